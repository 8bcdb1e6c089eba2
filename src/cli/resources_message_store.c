/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hangs below the entries of the message store, which "cihsm message payload" lists.
 * Source: docs/sap-contract.md section 7.4.
 */
#include "cli/resources.h"

static const cli_field ATTACHMENT_FIELDS[] = {
    {"entry", "ENTRY-ID", "id of the entry, as \"cihsm message payload\" shows it", "Id", CLI_LIST,
     CLI_KEY | CLI_PLACE_IN_LIST, NULL, NULL},
    {"attachment", "ATTACHMENT-ID", "its id, as list shows it", "Id", CLI_ENTITY,
     CLI_KEY | CLI_PLACE, NULL, NULL},
    {0},
};

static const cli_parent ENTRY_ATTACHMENTS = {.set = "MessageStoreEntries",
                                             .navigation = "Attachments"};

static const cli_kind ATTACHMENTS[] = {
    {.set = "MessageStoreEntryAttachments",
     .columns = "Id,Name,ContentType",
     .fields = ATTACHMENT_FIELDS,
     .parent = &ENTRY_ATTACHMENTS,
     .value = "$value"},
    {0},
};

const cli_resource CLI_MESSAGE_STORE_ATTACHMENT = {
    .noun = "message-store attachment",
    .one = "an attachment of an entry",
    .many = "the attachments of an entry of the message store",
    .verbs = CLI_LIST | CLI_SHOW | CLI_GET,
    .kinds = ATTACHMENTS,
    .examples = {[CLI_VERB_LIST] = "sap-it-res:msg:c0ffee42:1b9d6bcd",
                 [CLI_VERB_SHOW] = "sap-it-res:att:c0ffee42:1b9d6bcd",
                 [CLI_VERB_GET] = "sap-it-res:att:c0ffee42:1b9d6bcd --out invoice.pdf"},
};

static const cli_field PROPERTY_FIELDS[] = {
    {"of", "ID", "id of the entry or of the attachment", "Id", CLI_LIST,
     CLI_KEY | CLI_PLACE_IN_LIST, NULL, NULL},
    {0},
};

static const cli_parent ENTRY_PROPERTIES = {.set = "MessageStoreEntries",
                                            .navigation = "Properties"};
static const cli_parent ATTACHMENT_PROPERTIES = {.set = "MessageStoreEntryAttachments",
                                                 .navigation = "Properties"};

static const cli_kind PROPERTIES[] = {
    {.type = "entry",
     .set = "MessageStoreEntryProperties",
     .columns = "Name,Value",
     .fields = PROPERTY_FIELDS,
     .parent = &ENTRY_PROPERTIES},
    {.type = "attachment",
     .set = "MessageStoreEntryAttachmentProperties",
     .columns = "Name,Value",
     .fields = PROPERTY_FIELDS,
     .parent = &ATTACHMENT_PROPERTIES},
    {0},
};

const cli_resource CLI_MESSAGE_STORE_PROPERTY = {
    .noun = "message-store property",
    .one = "a property of the message store",
    .many = "the properties of an entry of the message store, or of its attachment",
    .verbs = CLI_LIST,
    .kinds = PROPERTIES,
    .types = "entry (if not given), attachment",
    .examples = {[CLI_VERB_LIST] = "sap-it-res:msg:c0ffee42:1b9d6bcd"},
};
