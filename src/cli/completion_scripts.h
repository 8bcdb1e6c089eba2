/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/completion_scripts - the scripts of src/cli/completions, compiled in.
 */
#ifndef CLI_COMPLETION_SCRIPTS_H
#define CLI_COMPLETION_SCRIPTS_H

#include <stddef.h>

extern const unsigned char *const completion_bash, *const completion_zsh, *const completion_fish;
extern const size_t completion_bash_len, completion_zsh_len, completion_fish_len;

#endif
