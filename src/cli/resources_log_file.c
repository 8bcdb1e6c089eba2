/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log files of the runtime nodes. Source: docs/sap-contract.md section 7.6.
 */
#include "cli/resources.h"

#define LOG_TYPES "http|trace"

static const char NOTE[] =
    "SAP documents log files for the Neo environment only. Tenants in Cloud Foundry name these "
    "sets too, and what they answer, and to which role, is not documented.";

static const cli_field FILE_FIELDS[] = {
    {"name", "NAME", "its name", "Name", CLI_ENTITY, CLI_KEY | CLI_PLACE, NULL, NULL},
    {"application", "NAME", "the application that wrote it, as list shows it", "Application",
     CLI_ALL, CLI_KEY | CLI_REQUIRED, NULL, NULL},
    {"log-type", LOG_TYPES, "only those of this type", "LogFileType", CLI_LIST, 0, NULL, NULL},
    {"node", "NODE", "only those of this kind of node, such as worker", "NodeScope", CLI_LIST, 0,
     NULL, NULL},
    {0},
};

static const cli_kind FILES[] = {
    {.set = "LogFiles",
     .columns = "Name,Application,LastModified,Size,LogFileType,NodeScope",
     .fields = FILE_FIELDS,
     .value = "$value"},
    {0},
};

const cli_resource CLI_LOG_FILE = {
    .noun = "log-file",
    .one = "a log file",
    .many = "log files",
    .verbs = CLI_LIST | CLI_SHOW | CLI_GET,
    .kinds = FILES,
    .note = NOTE,
    .examples = {[CLI_VERB_LIST] = "--log-type http --node worker",
                 [CLI_VERB_SHOW] = "http_access_2026-03-01.log --application sandbox",
                 [CLI_VERB_GET] =
                     "http_access_2026-03-01.log --application sandbox --out access.log.gz"},
};

static const cli_field ARCHIVE_FIELDS[] = {
    {"scope", "all|latest", "which files", "Scope", CLI_ENTITY, CLI_KEY | CLI_PLACE, NULL, NULL},
    {"log-type", LOG_TYPES, "of which type", "LogFileType", CLI_ENTITY, CLI_KEY | CLI_PLACE, NULL,
     NULL},
    {"node", "NODE", "kind of node (worker)", "NodeScope", CLI_ENTITY, CLI_KEY, "worker", NULL},
    {"modified-after", "TIME", "only files that changed since: 2026-03-01T00:00:00Z",
     "ModifiedAfter", CLI_GET, CLI_PARAMETER, NULL, NULL},
    {0},
};

static const cli_kind ARCHIVES[] = {
    {.set = "LogFileArchives",
     .columns = "Scope,LogFileType,NodeScope,ContentType",
     .fields = ARCHIVE_FIELDS,
     .value = "$value"},
    {0},
};

const cli_resource CLI_LOG_FILE_ARCHIVE = {
    .noun = "log-file archive",
    .one = "a ZIP of log files",
    .many = "the ZIPs of log files that there are",
    .verbs = CLI_LIST | CLI_GET,
    .kinds = ARCHIVES,
    .note = NOTE,
    .examples = {[CLI_VERB_LIST] = "", [CLI_VERB_GET] = "latest http --out http.zip"},
};
