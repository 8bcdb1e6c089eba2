/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/help_json - the tables of commands and options as JSON: what manual pages are made from.
 */
#ifndef CLI_HELP_JSON_H
#define CLI_HELP_JSON_H

#include "cli/command.h"

/**
 * Prints {"version", "options": [{"name", "argument", "letter", "help"}], "commands": [{"name",
 * "arguments", "summary", "example", "changes_tenant", "note", "options"}]} in the order of the
 * help. A member that has no value is left out.
 */
CIHSM_NODISCARD cihsm_status cli_help_json(cihsm_error *err);

#endif
