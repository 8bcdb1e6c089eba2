/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What adapters remember on the tenant: which messages they have had, and how far they have read.
 * Source: docs/sap-contract.md sections 7.1, 7.2.
 */
#include "cli/resources.h"

/* --- idempotent repository -------------------------------------------------------------------- */

#define ID_FIELD                                                                         \
    {                                                                                    \
        "id", "ENTRY", "DIRECTORY/FILE for SFTP, the message id for XI", "id", CLI_LIST, \
            CLI_PARAMETER | CLI_REQUIRED, NULL, NULL                                     \
    }
#define SOURCE_AND_ENTRY                                                                        \
    {"source", "SOURCE",   "USER@HOST of SFTP, or an id that XI made",                          \
     "Source", CLI_ENTITY, CLI_KEY | CLI_HEX | CLI_PLACE,                                       \
     NULL,     NULL},                                                                           \
    {                                                                                           \
        "entry", "ENTRY", "what is locked", "Entry", CLI_ENTITY, CLI_KEY | CLI_HEX | CLI_PLACE, \
            NULL, NULL                                                                          \
    }

/* All of a key is needed: the tenant says that it deleted what it does not have. */
static const cli_field GENERIC_FIELDS[] = {
    ID_FIELD,
    {"vendor", "VENDOR", "vendor of the adapter, as list shows it", "Vendor", CLI_ENTITY,
     CLI_KEY | CLI_HEX | CLI_REQUIRED, NULL, NULL},
    SOURCE_AND_ENTRY,
    {"component", "NAME", "the adapter, as list shows it", "Component", CLI_ENTITY,
     CLI_KEY | CLI_HEX | CLI_REQUIRED, NULL, NULL},
    {0},
};

static const cli_field DEPRECATED_FIELDS[] = {ID_FIELD, SOURCE_AND_ENTRY, {0}};

static const cli_kind LOCKS[] = {
    {.type = "generic",
     .set = "GenericIdempotentRepositoryEntries",
     .columns = "Source,Entry,Vendor,Component,CreationTime,ExpirationTime",
     .fields = GENERIC_FIELDS,
     .deleted = "there is now no"},
    {.type = "deprecated",
     .set = "IdempotentRepositoryEntries",
     .columns = "Source,Entry,Component,CreationTime,ExpirationTime",
     .fields = DEPRECATED_FIELDS,
     .deleted = "there is now no"},
    {0},
};

const cli_resource CLI_LOCK = {
    .noun = "lock",
    .one = "a lock",
    .many = "locks: what the idempotent repository has of an entry",
    .verbs = CLI_LIST | CLI_SHOW | CLI_DELETE,
    .kinds = LOCKS,
    .types = "generic (if not given), deprecated (the set that was there before)",
    .loss = "so that the adapter may process that entry once more",
    .note = "The locks of artifacts in the editor (IntegrationDesigntimeLocks) and the set Locks "
            "are in the metadata of tenants, and what they can do is not documented: \"cihsm get "
            "IntegrationDesigntimeLocks\" reaches them.",
    .examples = {[CLI_VERB_LIST] = "--id Inbox/orders.csv",
                 [CLI_VERB_SHOW] =
                     "bank@sftp.example Inbox/orders.csv --vendor SAP --component SFTP",
                 [CLI_VERB_DELETE] =
                     "bank@sftp.example Inbox/orders.csv --vendor SAP --component SFTP"},
};

/* --- delta tokens of SAP Master Data Integration ---------------------------------------------- */

static const cli_field DELTA_FIELDS[] = {
    {"operation", "OPERATION", "what is done, such as READ", "Operation", CLI_ENTITY,
     CLI_KEY | CLI_PLACE, NULL, NULL},
    {"entity", "ENTITY", "full name of the entity type", "Entity", CLI_ENTITY, CLI_KEY | CLI_PLACE,
     NULL, NULL},
    {"version", "VERSION", "its version", "Version", CLI_ENTITY, CLI_KEY | CLI_PLACE, NULL, NULL},
    {0},
};

static const cli_kind DELTAS[] = {
    {.set = "MDIDeltaToken", .fields = DELTA_FIELDS},
    {0},
};

const cli_resource CLI_DELTA_TOKEN = {
    .noun = "mdi-delta-token",
    .one = "a delta token of the MDI adapter",
    .verbs = CLI_SHOW | CLI_DELETE,
    .kinds = DELTAS,
    .loss = "so that the adapter reads everything again",
    .note = "There is no list. A tenant whose plan has no Master Data Integration answers 405.",
    .examples = {[CLI_VERB_SHOW] = "READ sap.odm.businesspartner.BusinessPartner 2.1.1",
                 [CLI_VERB_DELETE] = "READ sap.odm.businesspartner.BusinessPartner 2.1.1"},
};
