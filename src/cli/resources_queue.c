/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message queues. What is documented is read with their broker, which has one name on all tenants.
 * Source: docs/sap-contract.md section 7.4.
 */
#include "cli/resources.h"

#define BROKER "JmsBrokers"
#define BROKER_KEY "Broker1"

static const char NOTE[] =
    "A State of 0 is OK, 1 a warning, 2 critical. The sets Queues, JmsMessages and "
    "MessagingMessages and the calls activateQueue, deactivateQueue, RetryMessagingMessages and "
    "MoveMessagingMessages are in the metadata of tenants and not documented: \"cihsm get Queues\" "
    "and \"cihsm call activateQueue --param Name=NAME\" reach them.";

static const cli_field QUEUE_FIELDS[] = {
    {"queue", "QUEUE", "its name", "Name", CLI_SHOW, CLI_KEY | CLI_PLACE, NULL, NULL},
    {0},
};

static const cli_kind QUEUES[] = {
    {.type = "any",
     .set = BROKER,
     .columns = "Name,State",
     .fields = QUEUE_FIELDS,
     .only = BROKER_KEY,
     .inside = "QueueStates"},
    {.type = "inactive",
     .set = BROKER,
     .columns = "Name,State,NumbOfMsgs,Size,Exclusive",
     .fields = QUEUE_FIELDS,
     .only = BROKER_KEY,
     .inside = "InactiveQueues"},
    {0},
};

const cli_resource CLI_QUEUE = {
    .noun = "queue",
    .one = "a message queue",
    .many = "message queues with their states",
    .verbs = CLI_LIST | CLI_SHOW,
    .kinds = QUEUES,
    .types = "any (if not given), inactive (stopped ones, with what is in them)",
    .note = NOTE,
    .examples = {[CLI_VERB_LIST] = "--type inactive", [CLI_VERB_SHOW] = "Orders_Retry"},
};

static const cli_field BROKER_FIELDS[] = {{0}};

static const cli_kind BROKERS[] = {
    {.set = BROKER, .fields = BROKER_FIELDS, .only = BROKER_KEY},
    {0},
};

const cli_resource CLI_QUEUE_BROKER = {
    .noun = "queue",
    .one = "the message broker",
    .verbs = CLI_STATUS,
    .kinds = BROKERS,
    .note = NOTE,
    .examples = {[CLI_VERB_STATUS] = ""},
};
