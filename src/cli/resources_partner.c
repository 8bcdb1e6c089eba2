/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partner Directory. Source: docs/sap-contract.md section 7.5.
 */
#include "cli/resources.h"

/* Written as CreatedBy and LastModifiedBy, of credentials and partners to the audit log only. */
#define MODIFIED_BY                                                                             \
    {                                                                                           \
        "modified-by", "NAME", "who the tenant records as the one who made the change", "user", \
            CLI_SET | CLI_DELETE, CLI_PARAMETER, NULL, NULL                                     \
    }

#define SIGNS CLI_LETTERS_AND_DIGITS "-._~<>@" /* of partners and ids */

/* --- partners: they exist through their entries ---------------------------------------------- */

static const cli_field PARTNER_FIELDS[] = {
    {"partner", "PARTNER", "its id", "Pid", CLI_DELETE, CLI_KEY | CLI_PLACE, NULL, NULL},
    {"exclude", "SETS", "keep what it has in these entity sets: BinaryParameters", "exclude",
     CLI_DELETE, CLI_PARAMETER, NULL, NULL},
    MODIFIED_BY,
    {0},
};

static const cli_kind PARTNERS[] = {
    {.set = "Partners", .columns = "Pid", .fields = PARTNER_FIELDS},
    {0},
};

const cli_resource CLI_PARTNER = {
    .noun = "partner",
    .one = "a partner",
    .many = "partners",
    .verbs = CLI_LIST | CLI_DELETE,
    .kinds = PARTNERS,
    .loss = "with all that it has, but for what --exclude names",
    .examples = {[CLI_VERB_LIST] = "", [CLI_VERB_DELETE] = "Shopify"},
};

/* --- parameters ------------------------------------------------------------------------------- */

#define PARTNER_AND_ID                                                                         \
    {"partner", "PARTNER", "only those of this partner", "Pid", CLI_ALL, CLI_KEY | CLI_PLACE,  \
     NULL,      SIGNS},                                                                        \
    {                                                                                          \
        "id", "ID", "only those with this id", "Id", CLI_ALL, CLI_KEY | CLI_PLACE, NULL, SIGNS \
    }

static const cli_field STRING_FIELDS[] = {
    PARTNER_AND_ID,
    {"value", "VALUE", "what it says", "Value", CLI_SET, CLI_PLACE | CLI_REQUIRED, NULL, NULL},
    MODIFIED_BY,
    {0},
};

static const cli_kind STRINGS[] = {
    {.set = "StringParameters",
     .columns = "Pid,Id,Value,LastModifiedTime,LastModifiedBy",
     .fields = STRING_FIELDS,
     .value = "Value"},
    {0},
};

const cli_resource CLI_PARTNER_STRING = {
    .noun = "partner string",
    .one = "a string parameter",
    .many = "string parameters",
    .verbs = CLI_LIST | CLI_SHOW | CLI_GET | CLI_SET | CLI_DELETE,
    .kinds = STRINGS,
    .examples = {[CLI_VERB_LIST] = "--partner Shopify",
                 [CLI_VERB_SHOW] = "Shopify Endpoint",
                 [CLI_VERB_GET] = "Shopify Endpoint",
                 [CLI_VERB_SET] = "Shopify Endpoint https://shop.example/in",
                 [CLI_VERB_DELETE] = "Shopify Endpoint"},
};

static const cli_field BINARY_FIELDS[] = {
    PARTNER_AND_ID,
    {"file", "FILE", "the file with its bytes, \"-\": standard input", "Value", CLI_SET,
     CLI_REQUIRED | CLI_FILE, NULL, NULL},
    {"content-type", "TYPE", "xml, xsl, xsd, json, text, zip, gz, zlib or crt", "ContentType",
     CLI_SET, CLI_REQUIRED, NULL, NULL},
    MODIFIED_BY,
    {0},
};

static const cli_kind BINARIES[] = {
    {.set = "BinaryParameters",
     .columns = "Pid,Id,ContentType,LastModifiedTime,LastModifiedBy",
     .fields = BINARY_FIELDS,
     .value = "Value"},
    {0},
};

const cli_resource CLI_PARTNER_BINARY = {
    .noun = "partner binary",
    .one = "a binary parameter",
    .many = "binary parameters",
    .verbs = CLI_LIST | CLI_SHOW | CLI_GET | CLI_SET | CLI_DELETE,
    .kinds = BINARIES,
    .examples = {[CLI_VERB_LIST] = "--partner Ariba",
                 [CLI_VERB_SHOW] = "Ariba Mapping-001",
                 [CLI_VERB_GET] = "Ariba Mapping-001 --out mapping.xsl",
                 [CLI_VERB_SET] = "Ariba Mapping-001 --file m.xsl --content-type xsl",
                 [CLI_VERB_DELETE] = "Ariba Mapping-001"},
};

/* --- alternative partners: the keys are hex, made from what people write ---------------------- */

static const cli_field ALTERNATIVE_FIELDS[] = {
    {"agency", "AGENCY", "only those of this agency", "Agency", CLI_ALL,
     CLI_KEY | CLI_HEX | CLI_PLACE, NULL, NULL},
    {"scheme", "SCHEME", "only those of this scheme", "Scheme", CLI_ALL,
     CLI_KEY | CLI_HEX | CLI_PLACE, NULL, NULL},
    {"id", "ID", "only those with this id", "Id", CLI_ALL, CLI_KEY | CLI_HEX | CLI_PLACE, NULL,
     NULL},
    {"partner", "PARTNER", "the partner that is meant", "Pid", CLI_LIST | CLI_SET, CLI_REQUIRED,
     NULL, SIGNS},
    MODIFIED_BY,
    {0},
};

static const cli_kind ALTERNATIVES[] = {
    {.set = "AlternativePartners", .columns = "Agency,Scheme,Id,Pid", .fields = ALTERNATIVE_FIELDS},
    {0},
};

const cli_resource CLI_PARTNER_ALTERNATIVE = {
    .noun = "partner alternative",
    .one = "an alternative partner",
    .many = "alternative partners",
    .verbs = CLI_LIST | CLI_SHOW | CLI_SET | CLI_DELETE,
    .kinds = ALTERNATIVES,
    .examples = {[CLI_VERB_LIST] = "--partner Ariba",
                 [CLI_VERB_SHOW] = "GLN 014 4012345000009",
                 [CLI_VERB_SET] = "GLN 014 4012345000009 --partner Ariba",
                 [CLI_VERB_DELETE] = "GLN 014 4012345000009"},
};

/* --- users and their credentials -------------------------------------------------------------- */

static const cli_field USER_FIELDS[] = {
    {"user", "USER", "its name, in lower case", "User", CLI_ENTITY, CLI_KEY | CLI_PLACE, NULL,
     NULL},
    {"partner", "PARTNER", "the partner that it may act for", "Pid", CLI_LIST | CLI_SET,
     CLI_REQUIRED, NULL, SIGNS},
    MODIFIED_BY,
    {0},
};

static const cli_kind USERS[] = {
    {.set = "AuthorizedUsers", .columns = "User,Pid", .fields = USER_FIELDS},
    {0},
};

const cli_resource CLI_PARTNER_USER = {
    .noun = "partner user",
    .one = "an authorized user",
    .many = "authorized users",
    .verbs = CLI_LIST | CLI_SHOW | CLI_SET | CLI_DELETE,
    .kinds = USERS,
    .examples = {[CLI_VERB_LIST] = "--partner Shopify",
                 [CLI_VERB_SHOW] = "shop-user",
                 [CLI_VERB_SET] = "shop-user --partner Shopify",
                 [CLI_VERB_DELETE] = "shop-user"},
};

/* The list needs a partner; a POST makes or replaces one. */
static const cli_field CREDENTIAL_FIELDS[] = {
    {"partner", "PARTNER", "its partner", "Pid", CLI_ALL, CLI_KEY | CLI_PLACE | CLI_PLACE_IN_LIST,
     NULL, SIGNS},
    {"id", "ID", "its id", "Id", CLI_ENTITY, CLI_KEY | CLI_PLACE, NULL, SIGNS},
    {"user", "USER", "the name of the user", "User", CLI_SET, CLI_REQUIRED, NULL, NULL},
    {"password-source", "SRC", "the password from " CLI_SECRET_SOURCES, "Password", CLI_SET,
     CLI_REQUIRED | CLI_SECRET, NULL, NULL},
    MODIFIED_BY,
    {0},
};

static const cli_kind CREDENTIALS[] = {
    {.set = "UserCredentialParameters",
     .columns = "Pid,Id,User,LastModifiedTime,LastModifiedBy",
     .fields = CREDENTIAL_FIELDS,
     .method = "POST"},
    {0},
};

const cli_resource CLI_PARTNER_CREDENTIAL = {
    .noun = "partner credential",
    .one = "a credential of a partner",
    .many = "the credentials of a partner",
    .verbs = CLI_LIST | CLI_SHOW | CLI_SET | CLI_DELETE,
    .kinds = CREDENTIALS,
    .examples = {[CLI_VERB_LIST] = "Shopify",
                 [CLI_VERB_SHOW] = "Shopify Login",
                 [CLI_VERB_SET] = "Shopify Login --user shop --password-source prompt",
                 [CLI_VERB_DELETE] = "Shopify Login"},
};
