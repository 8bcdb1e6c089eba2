/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is on or off for a whole tenant. The key of these sets is ignored: the tenant is that of the
 * login. Source: docs/sap-contract.md section 7.1.
 */
#include "cli/resources.h"

#define ANY_TENANT "any"

/* --- external logging ------------------------------------------------------------------------- */

static const cli_field LOGGING_FIELDS[] = {
    {"level", "NONE|INFO|ERROR", "what is sent of the flows that have no level of their own",
     "defaultLogLevel", CLI_ACTIVATE, CLI_PARAMETER | CLI_REQUIRED, NULL, NULL},
    {0},
};

static const cli_kind LOGGING[] = {
    {.set = "ExternalLoggingActivationStatus",
     .fields = LOGGING_FIELDS,
     .only = ANY_TENANT,
     .activate = {"activateExternalLogging",
                  "sends the logs of messages to the system of the destination "
                  "CloudIntegration_MonitoringDataConsumer; go on?"},
     .deactivate = {"deactivateExternalLogging",
                    "ends: nothing is sent to the external system any more; go on?"}},
    {0},
};

const cli_resource CLI_EXTERNAL_LOGGING = {
    .noun = "external-logging",
    .one = "the external logging",
    .verbs = CLI_STATUS | CLI_ACTIVATE | CLI_DEACTIVATE,
    .kinds = LOGGING,
    .note = "A new level takes up to 5 minutes where external logging is on already.",
    .examples =
        {[CLI_VERB_STATUS] = "", [CLI_VERB_ACTIVATE] = "--level ERROR", [CLI_VERB_DEACTIVATE] = ""},
};

static const cli_field NO_FIELDS[] = {{0}};

static const cli_kind EVENTS[] = {
    {.set = "ExternalLoggingEvents",
     .columns = "Timestamp,EventType,EventObject,HasError,StatusText",
     .fields = NO_FIELDS},
    {0},
};

const cli_resource CLI_EXTERNAL_LOGGING_EVENT = {
    .noun = "external-logging event",
    .one = "an event of external logging",
    .many = "what happened to external logging in the last 14 days",
    .verbs = CLI_LIST,
    .kinds = EVENTS,
    .examples = {[CLI_VERB_LIST] = ""},
};

/* --- archiving -------------------------------------------------------------------------------- */

#define ARCHIVING_TYPES "message (if not given), b2b (business documents)"
#define ARCHIVING_QUESTION "is switched on, and no call is documented that switches it off; go on?"

static const cli_kind ARCHIVING[] = {
    {.type = "message",
     .set = "ArchivingConfigurations",
     .fields = NO_FIELDS,
     .only = ANY_TENANT,
     .activate = {"activateArchivingConfiguration", ARCHIVING_QUESTION}},
    {.type = "b2b",
     .set = "B2BArchivingConfigurations",
     .fields = NO_FIELDS,
     .only = ANY_TENANT,
     .activate = {"activateB2BArchivingConfiguration", ARCHIVING_QUESTION}},
    {0},
};

const cli_resource CLI_ARCHIVING = {
    .noun = "archiving",
    .one = "the archiving of data",
    .verbs = CLI_STATUS | CLI_ACTIVATE,
    .kinds = ARCHIVING,
    .types = ARCHIVING_TYPES,
    .examples = {[CLI_VERB_STATUS] = "", [CLI_VERB_ACTIVATE] = "--type b2b"},
};

#define RUN_COLUMNS(counted)                                                                 \
    "RunStart,RunStatus,RunFailedPhase," counted "ToBeArchived," counted "Archived," counted \
    "ArchivingFailed,DataUploadedInMb,RunDurationInMinutes"

static const cli_kind RUNS[] = {
    {.type = "message",
     .set = "ArchivingKeyPerformanceIndicators",
     .columns = RUN_COLUMNS("Mpls"),
     .fields = NO_FIELDS},
    {.type = "b2b",
     .set = "B2BArchivingKeyPerformanceIndicators",
     .columns = RUN_COLUMNS("Documents"),
     .fields = NO_FIELDS},
    {0},
};

const cli_resource CLI_ARCHIVING_KPI = {
    .noun = "archiving kpi",
    .one = "a run of archiving",
    .many = "the runs of archiving with their key performance indicators",
    .verbs = CLI_LIST,
    .kinds = RUNS,
    .types = ARCHIVING_TYPES,
    .examples = {[CLI_VERB_LIST] = "-o csv"},
};
