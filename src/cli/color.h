/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/color - the few places that may be coloured: headings, states, and the mark of an error. A
 * colour never says what the words do not.
 *
 * Colours are on where the stream is a terminal, TERM is not "dumb", and NO_COLOR is unset or empty
 * (https://no-color.org); --color always and never decide for both streams.
 */
#ifndef CLI_COLOR_H
#define CLI_COLOR_H

#include <stdio.h>

#include "cli/env.h"

typedef enum cli_tone {
    CLI_PLAIN = 0,
    CLI_HEADING, /**< bold */
    CLI_GOOD,    /**< green */
    CLI_CARE,    /**< yellow */
    CLI_BAD      /**< red */
} cli_tone;

/** Takes the setting "color"; until then it is "auto". @retval CIHSM_E_USAGE  unknown */
CIHSM_NODISCARD cihsm_status cli_color_choose(const cli_env *env, cihsm_error *err);

/** @return the tone of a state: CLI_BAD for "FAILED", CLI_PLAIN for a word that is none. */
cli_tone cli_color_of(const char *word);

/** @return what to print before a text of this tone on stdout or stderr; "" without colours. */
const char *cli_color_begin(FILE *to, cli_tone tone);

/** @return what to print behind it. */
const char *cli_color_end(FILE *to, cli_tone tone);

#endif
