/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/help - help texts, made from the option tables.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"

CIHSM_NODISCARD cihsm_status cli_help(cihsm_error *err);
/** Whether commands begin with this word, as "key generate" with "key". */
bool cli_help_has_group(const char *group);
/** Lists the commands that begin with this word. */
CIHSM_NODISCARD cihsm_status cli_help_group(const char *group, cihsm_error *err);
CIHSM_NODISCARD cihsm_status cli_help_command(const cli_command *command, cihsm_error *err);
CIHSM_NODISCARD cihsm_status cli_print_version(cihsm_error *err);

#endif
