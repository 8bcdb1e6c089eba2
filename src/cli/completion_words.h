/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/completion_words - the words that can follow in a command line, from the tables of commands
 * and options: docs/adr/0014.
 */
#ifndef CLI_COMPLETION_WORDS_H
#define CLI_COMPLETION_WORDS_H

#include "cli/env.h"

#define CLI_COMPLETION_SET_MAX 256 /* bytes, the NUL included */

/** Names that can follow, too, and are not in the tables. */
typedef struct cli_wanted_names {
    const char *what;                 /**< as for cli_complete: "sets", "profiles"; NULL: none */
    char set[CLI_COMPLETION_SET_MAX]; /**< of properties and navigations; "": none was typed */
} cli_wanted_names;

/**
 * Prints what can follow, one a line: the next word of a command, its options, or the values of the
 * option that comes last where the help tells them all. Behind a word, after a tab, what the help
 * tells of it.
 *
 * @param line    the words so far with blanks between them, without "cihsm"
 * @param wanted  out: filled in every case
 */
CIHSM_NODISCARD cihsm_status cli_complete_words(const char *line, cli_wanted_names *wanted,
                                                cihsm_error *err);

#endif
