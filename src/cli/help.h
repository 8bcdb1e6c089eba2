/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/help - help texts, made from the option tables.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"

#define CLI_GROUP_MAX 80 /* bytes, the NUL included */

/** Prints what there is. @param is_full  each command, not only the nouns and their verbs */
CIHSM_NODISCARD cihsm_status cli_help(bool is_full, cihsm_error *err);

/**
 * Finds the words that commands begin with, as "key generate" with "key".
 *
 * @param out  the longest such beginning of the words: "partner string"
 * @return how many words it is; 0: no command begins so
 */
size_t cli_help_group_of(const char *const *words, size_t count, char out[CLI_GROUP_MAX]);
/** Lists the commands of a group. */
CIHSM_NODISCARD cihsm_status cli_help_group(const char *group, cihsm_error *err);
CIHSM_NODISCARD cihsm_status cli_help_command(const cli_command *command, cihsm_error *err);
CIHSM_NODISCARD cihsm_status cli_print_version(cihsm_error *err);

#endif
