/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Business documents of B2B scenarios. Source: docs/sap-contract.md section 7.7.
 */
#include "cli/resources.h"

static const char NOTE[] =
    "Which role these sets want is not documented. Windows of time and other "
    "conditions: \"cihsm get BusinessDocuments --filter ...\".";

static const cli_field DOCUMENT_FIELDS[] = {
    {"document", "DOCUMENT", "its id", "Id", CLI_SHOW, CLI_KEY | CLI_PLACE, NULL, NULL},
    {"status", "STATUS", "only those with this overall status, such as FAILED", "OverallStatus",
     CLI_LIST, 0, NULL, NULL},
    {"sender", "NAME", "only those of this trading partner", "SenderTradingPartnerName", CLI_LIST,
     0, NULL, NULL},
    {"receiver", "NAME", "only those for this trading partner", "ReceiverTradingPartnerName",
     CLI_LIST, 0, NULL, NULL},
    {0},
};

static const cli_kind DOCUMENTS[] = {
    {.set = "BusinessDocuments",
     .columns = "Id,DocumentCreationTime,OverallStatus,SenderTradingPartnerName,"
                "ReceiverTradingPartnerName,TransactionTypeName",
     .fields = DOCUMENT_FIELDS,
     .expand = "LastErrorDetails,BusinessDocumentPayloads,SenderTechnicalAcknowledgement,"
               "ReceiverTechnicalAcknowledgement,SenderFunctionalAcknowledgement,"
               "ReceiverFunctionalAcknowledgement"},
    {0},
};

const cli_resource CLI_B2B_DOCUMENT = {
    .noun = "b2b document",
    .one = "a business document",
    .many = "business documents",
    .verbs = CLI_LIST | CLI_SHOW,
    .kinds = DOCUMENTS,
    .note = NOTE,
    .examples = {[CLI_VERB_LIST] = "--status FAILED --sender \"Acme GmbH\"",
                 [CLI_VERB_SHOW] = "4f0a1c2e9b7d"},
};

static const cli_field PAYLOAD_FIELDS[] = {
    {"document", "DOCUMENT", "id of the business document", "Id", CLI_LIST,
     CLI_KEY | CLI_PLACE_IN_LIST, NULL, NULL},
    {"payload", "PAYLOAD", "its id, as list shows it", "Id", CLI_GET, CLI_KEY | CLI_PLACE, NULL,
     NULL},
    {0},
};

static const cli_parent DOCUMENT_PAYLOADS = {.set = "BusinessDocuments",
                                             .navigation = "BusinessDocumentPayloads"};

static const cli_kind PAYLOADS[] = {
    {.set = "BusinessDocumentPayloads",
     .columns = "Id,ProcessingState,Direction,PayloadContentType,ArchivingRelevant",
     .fields = PAYLOAD_FIELDS,
     .parent = &DOCUMENT_PAYLOADS,
     .value = "$value"},
    {0},
};

const cli_resource CLI_B2B_PAYLOAD = {
    .noun = "b2b payload",
    .one = "a payload of a business document",
    .many = "the payloads of a business document",
    .verbs = CLI_LIST | CLI_GET,
    .kinds = PAYLOADS,
    .note = NOTE,
    .examples = {[CLI_VERB_LIST] = "4f0a1c2e9b7d", [CLI_VERB_GET] = "7c31d0aa --out order.edi"},
};

static const cli_field ACKNOWLEDGEMENT_FIELDS[] = {
    {"acknowledgement", "ID", "its id, as \"cihsm b2b document show\" tells it", "Id", CLI_ENTITY,
     CLI_KEY | CLI_PLACE, NULL, NULL},
    {0},
};

static const cli_kind ACKNOWLEDGEMENTS[] = {
    {.type = "technical",
     .set = "TechnicalAcknowledgements",
     .fields = ACKNOWLEDGEMENT_FIELDS,
     .value = "$value"},
    {.type = "functional",
     .set = "FunctionalAcknowledgements",
     .fields = ACKNOWLEDGEMENT_FIELDS,
     .value = "$value"},
    {0},
};

const cli_resource CLI_B2B_ACKNOWLEDGEMENT = {
    .noun = "b2b acknowledgement",
    .one = "an acknowledgement",
    .verbs = CLI_SHOW | CLI_GET,
    .kinds = ACKNOWLEDGEMENTS,
    .types = "technical (if not given), functional",
    .note = NOTE,
    .examples =
        {[CLI_VERB_SHOW] = "a90be1f2", [CLI_VERB_GET] = "c5d6e7f8 --type functional --out ack.edi"},
};

static const cli_field INTERCHANGE_FIELDS[] = {
    {"interchange", "INTERCHANGE", "its id", "Id", CLI_SHOW, CLI_KEY | CLI_PLACE, NULL, NULL},
    {"adapter", "TYPE", "only those of this type of adapter", "AdapterType", CLI_LIST, 0, NULL,
     NULL},
    {0},
};

static const cli_kind INTERCHANGES[] = {
    {.set = "OrphanedInterchanges",
     .columns = "Id,Date,AdapterType",
     .fields = INTERCHANGE_FIELDS,
     .expand = "ErrorDetails"},
    {0},
};

const cli_resource CLI_B2B_INTERCHANGE = {
    .noun = "b2b interchange",
    .one = "an orphaned interchange",
    .many = "orphaned interchanges: what no business document could be made of",
    .verbs = CLI_LIST | CLI_SHOW,
    .kinds = INTERCHANGES,
    .note = NOTE,
    .examples = {[CLI_VERB_LIST] = "--adapter AS2", [CLI_VERB_SHOW] = "e8f90a1b"},
};
