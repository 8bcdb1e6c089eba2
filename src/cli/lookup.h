/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/lookup - finds the command that the words of a command line name.
 */
#ifndef CLI_LOOKUP_H
#define CLI_LOOKUP_H

#include "cli/env.h"

/**
 * @param used  in: 0; out: how many of the words are its name
 * @return the command with the longest name that the words begin with; NULL: none
 */
const cli_command *cli_lookup(const char **words, size_t count, size_t *used);

/** Says what is wrong with words that name no command: the verbs of a group, if it is one. */
CIHSM_NODISCARD cihsm_status cli_lookup_fail(const cli_env *env, cihsm_error *err);

#endif
