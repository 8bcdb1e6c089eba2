/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/completion_words - the words that can follow in a command line, from the tables of commands
 * and options: docs/adr/0014.
 */
#ifndef CLI_COMPLETION_WORDS_H
#define CLI_COMPLETION_WORDS_H

#include "cli/env.h"

/**
 * Prints what can follow, one a line: the next word of a command, its options, or the values of the
 * option that comes last where the help tells them all.
 *
 * @param line  the words so far with blanks between them, without "cihsm"
 */
CIHSM_NODISCARD cihsm_status cli_complete_words(const char *line, cihsm_error *err);

#endif
