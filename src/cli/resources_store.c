/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Number ranges, data stores and variables. Source: docs/sap-contract.md section 7.4.
 */
#include "cli/resources.h"

/* --- number ranges: all values are texts ------------------------------------------------------ */

static const cli_field NUMBER_RANGE_FIELDS[] = {
    {"name", "NAME", "its name", "Name", CLI_ENTITY, CLI_KEY | CLI_PLACE, NULL,
     CLI_LETTERS_AND_DIGITS " _"},
    {"min", "N", "the smallest number", "MinValue", CLI_WRITES, CLI_REQUIRED, NULL, CLI_DIGITS},
    {"max", "N", "the largest number", "MaxValue", CLI_WRITES, CLI_REQUIRED, NULL, CLI_DIGITS},
    {"current", "N", "the next number that is given", "CurrentValue", CLI_WRITES, 0, NULL,
     CLI_DIGITS},
    {"rotate", "true|false", "begin again after the largest one (false)", "Rotate", CLI_WRITES, 0,
     "false", NULL},
    {"field-length", "N", "digits, zeros in front; 0: as many as it takes", "FieldLength",
     CLI_WRITES, 0, "0", CLI_DIGITS},
    {"description", "TEXT", "what it is for", "Description", CLI_WRITES, 0, "", NULL},
    {0},
};

static const cli_kind NUMBER_RANGES[] = {
    {.set = "NumberRanges",
     .columns = "Name,CurrentValue,MinValue,MaxValue,Rotate,Description",
     .fields = NUMBER_RANGE_FIELDS,
     .repeats_key = true},
    {0},
};

const cli_resource CLI_NUMBER_RANGE = {
    .noun = "number-range",
    .one = "a number range",
    .many = "number ranges",
    .verbs = CLI_LIST | CLI_SHOW | CLI_CREATE | CLI_UPDATE | CLI_DELETE,
    .kinds = NUMBER_RANGES,
    .loss = "with the number that it has reached",
    .examples = {[CLI_VERB_LIST] = "",
                 [CLI_VERB_SHOW] = "\"Order numbers\"",
                 [CLI_VERB_CREATE] = "Invoices --min 1 --max 99999 --rotate true",
                 [CLI_VERB_UPDATE] = "Invoices --current 500",
                 [CLI_VERB_DELETE] = "Invoices"},
};

/* --- data stores ------------------------------------------------------------------------------ */

static const cli_field DATASTORE_FIELDS[] = {
    {"name", "NAME", "its name", "DataStoreName", CLI_ENTITY, CLI_KEY | CLI_PLACE, NULL, NULL},
    {"flow", "ID", "the flow that it belongs to; without: a global one", "IntegrationFlow",
     CLI_ENTITY, CLI_KEY, NULL, NULL},
    {"type", "TYPE", "its type, where list shows one", "Type", CLI_ENTITY, CLI_KEY, NULL, NULL},
    {"overdue", NULL, "only those with overdue messages", "overdueonly", CLI_LIST, CLI_PARAMETER,
     NULL, NULL},
    {0},
};

static const cli_kind DATASTORES[] = {
    {.set = "DataStores",
     .columns =
         "DataStoreName,IntegrationFlow,Type,NumberOfMessages,NumberOfOverdueMessages,Visibility",
     .fields = DATASTORE_FIELDS},
    {0},
};

const cli_resource CLI_DATASTORE = {
    .noun = "datastore",
    .one = "a data store",
    .many = "data stores",
    .verbs = CLI_LIST | CLI_SHOW | CLI_DELETE,
    .kinds = DATASTORES,
    .loss = "with all its messages",
    .examples = {[CLI_VERB_LIST] = "--overdue",
                 [CLI_VERB_SHOW] = "Orders --flow Order_Express",
                 [CLI_VERB_DELETE] = "Orders --flow Order_Express"},
};

static const cli_field ENTRY_FIELDS[] = {
    {"store", "STORE", "its data store", "DataStoreName", CLI_ALL,
     CLI_KEY | CLI_PLACE | CLI_PLACE_IN_LIST, NULL, NULL},
    {"entry", "ENTRY", "its id", "Id", CLI_ENTITY, CLI_KEY | CLI_PLACE, NULL, NULL},
    {"flow", "ID", "the flow of the data store; without: a global one", "IntegrationFlow", CLI_ALL,
     CLI_KEY, NULL, NULL},
    {"type", "TYPE", "type of the data store, where its list shows one", "Type", CLI_ALL, CLI_KEY,
     NULL, NULL},
    {"overdue", NULL, "only those that are overdue", "overdueonly", CLI_LIST, CLI_PARAMETER, NULL,
     NULL},
    {"message", "ID", "only those of this message", "messageid", CLI_LIST, CLI_PARAMETER, NULL,
     NULL},
    {0},
};

static const cli_parent DATASTORE_PARENT = {.set = "DataStores", .navigation = "Entries"};

static const cli_kind ENTRIES[] = {
    {.set = "DataStoreEntries",
     .columns = "Id,Status,MessageId,DueAt,CreatedAt,RetainUntil",
     .fields = ENTRY_FIELDS,
     .parent = &DATASTORE_PARENT,
     .value = "$value"},
    {0},
};

const cli_resource CLI_DATASTORE_ENTRY = {
    .noun = "datastore entry",
    .one = "an entry of a data store",
    .many = "the entries of a data store",
    .verbs = CLI_LIST | CLI_SHOW | CLI_GET | CLI_DELETE,
    .kinds = ENTRIES,
    .examples = {[CLI_VERB_LIST] = "Orders --flow Order_Express --overdue",
                 [CLI_VERB_SHOW] = "Orders Entry-00001 --flow Order_Express",
                 [CLI_VERB_GET] = "Orders Entry-00001 --flow Order_Express --out o.xml",
                 [CLI_VERB_DELETE] = "Orders Entry-00001 --flow Order_Express"},
};

/* --- variables -------------------------------------------------------------------------------- */

static const cli_field VARIABLE_FIELDS[] = {
    {"name", "NAME", "its name", "VariableName", CLI_ENTITY, CLI_KEY | CLI_PLACE, NULL, NULL},
    {"flow", "ID", "the flow that it belongs to; without: a global one", "IntegrationFlow",
     CLI_ENTITY, CLI_KEY, NULL, NULL},
    {0},
};

static const cli_kind VARIABLES[] = {
    {.set = "Variables",
     .columns = "VariableName,IntegrationFlow,Visibility,UpdatedAt,RetainUntil",
     .fields = VARIABLE_FIELDS,
     .value = "$value"},
    {0},
};

const cli_resource CLI_VARIABLE = {
    .noun = "variable",
    .one = "a variable",
    .many = "variables",
    .verbs = CLI_LIST | CLI_SHOW | CLI_GET | CLI_DELETE,
    .kinds = VARIABLES,
    .examples = {[CLI_VERB_LIST] = "",
                 [CLI_VERB_SHOW] = "LastRun --flow Order_Express",
                 [CLI_VERB_GET] = "LastRun --flow Order_Express",
                 [CLI_VERB_DELETE] = "LastRun --flow Order_Express"},
};
