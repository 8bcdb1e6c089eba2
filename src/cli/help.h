/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/help - help texts, made from the option tables.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "cli/env.h"

#define CLI_GROUP_MAX 80 /* bytes, the NUL included */

/** Prints what there is: the nouns, on one screen. */
CIHSM_NODISCARD cihsm_status cli_help(cihsm_error *err);
/** The same to any file. */
void cli_help_short(FILE *to);
/** Prints each command and the options for every one. */
CIHSM_NODISCARD cihsm_status cli_help_full(cihsm_error *err);

/**
 * Finds the words that commands begin with, as "key generate" with "key".
 *
 * @param out  the longest such beginning of the words: "partner string"
 * @return how many words it is; 0: no command begins so
 */
size_t cli_help_group_of(const char *const *words, size_t count, char out[CLI_GROUP_MAX]);
/** Tells whether the only argument is a topic of the help that is no command: "options". */
bool cli_help_is_topic(const cli_env *env);
/** Lists the options that every command has. */
CIHSM_NODISCARD cihsm_status cli_help_topic(cihsm_error *err);
/** Lists the commands of a group, an example first. */
CIHSM_NODISCARD cihsm_status cli_help_group(const char *group, cihsm_error *err);
CIHSM_NODISCARD cihsm_status cli_help_command(const cli_command *command, cihsm_error *err);
CIHSM_NODISCARD cihsm_status cli_print_version(cihsm_error *err);

#endif
