/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integration packages as entities. Source: docs/sap-contract.md sections 5.3, 6.2 and 7.2.
 *
 * Mode is read only: a write that has it is refused. A PUT resets what it does not name.
 */
#include "cli/resources.h"

enum { CHANGES = CLI_CREATE | CLI_UPDATE };

static const cli_field PACKAGE_FIELDS[] = {
    {"id", "ID", "its id", "Id", CLI_ENTITY, CLI_KEY | CLI_PLACE, NULL, NULL},
    {"name", "NAME", "its name", "Name", CHANGES, CLI_REQUIRED, NULL, NULL},
    {"short-text", "TEXT", "what it is for, in a line", "ShortText", CHANGES, CLI_REQUIRED, NULL,
     NULL},
    {"description", "HTML", "what it is for", "Description", CHANGES, 0, NULL, NULL},
    {"package-version", "VERSION", "its version", "Version", CHANGES, 0, NULL, NULL},
    {"vendor", "NAME", "who made it", "Vendor", CHANGES, 0, NULL, NULL},
    {"platform", "NAME", "supported platform", "SupportedPlatform", CHANGES, 0, NULL, NULL},
    {"products", "NAMES", "products it is about", "Products", CHANGES, 0, NULL, NULL},
    {"keywords", "WORDS", "words it is found by", "Keywords", CHANGES, 0, NULL, NULL},
    {"countries", "NAMES", "countries it is for", "Countries", CHANGES, 0, NULL, NULL},
    {"industries", "NAMES", "industries it is for", "Industries", CHANGES, 0, NULL, NULL},
    {"line-of-business", "NAMES", "lines of business it is for", "LineOfBusiness", CHANGES, 0, NULL,
     NULL},
    {0},
};

static const cli_kind PACKAGES[] = {
    {.set = "IntegrationPackages",
     .columns = "Id,Name,Version,Mode,ShortText",
     .fields = PACKAGE_FIELDS,
     .explain = cihsm_package_explain},
    {0},
};

const cli_resource CLI_PACKAGE = {
    .noun = "package",
    .one = "a package",
    .many = "the integration packages",
    .verbs = CLI_LIST | CLI_SHOW | CLI_CREATE | CLI_UPDATE | CLI_DELETE,
    .kinds = PACKAGES,
    .loss = "with all its artifacts; what runs of them goes on running",
    .examples = {[CLI_VERB_LIST] = "",
                 [CLI_VERB_SHOW] = "Sales",
                 [CLI_VERB_CREATE] = "Sales --name \"Sales\" --short-text \"Orders and offers\"",
                 [CLI_VERB_UPDATE] = "Sales --vendor ACME --yes",
                 [CLI_VERB_DELETE] = "Sales --yes"},
};
