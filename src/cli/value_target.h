/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/value_target - where a value goes: a file, a file in a folder by the tenant's name for it, a
 * pipe, or a terminal, which gets text only and only what is complete.
 */
#ifndef CLI_VALUE_TARGET_H
#define CLI_VALUE_TARGET_H

#include "cli/env.h"

/** Start with {0}. */
typedef struct value_target {
    const char *out; /**< of --out, borrowed; NULL: standard output */
    bool is_folder;
    bool is_terminal;
    char *path; /**< of the file in the folder, once it is known */
    cihsm_file *file;
    char *text; /**< for the terminal */
    size_t text_len;
} value_target;

/**
 * Finds out where a value goes.
 *
 * @param out  released by value_target_free, whatever the result
 * @retval CIHSM_E_USAGE  --out names a folder that is not there
 */
CIHSM_NODISCARD cihsm_status value_target_open(const cli_env *env, value_target *out,
                                               cihsm_error *err);

/** @return a sink that writes there; valid as long as the target. */
cihsm_sink value_target_sink(value_target *of);

/** When the value is complete: gives the file its name, shows the text. */
CIHSM_NODISCARD cihsm_status value_target_commit(value_target *of, cihsm_error *err);

/** Leaves nothing behind of what was not committed. */
void value_target_free(value_target *of);

#endif
