/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/out_file - --out FILE: standard output becomes a file that is complete or not there.
 */
#ifndef CLI_OUT_FILE_H
#define CLI_OUT_FILE_H

#include "cli/env.h"

/**
 * Turns stdout into the temporary file of --out, if that was given to a command that has no --out
 * of its own. However the program ends, it is not left behind.
 *
 * @param out  to be ended with cli_out_commit or cihsm_file_discard; NULL: there is no file
 */
CIHSM_NODISCARD cihsm_status cli_out_begin(const cli_env *env, cihsm_file **out, cihsm_error *err);

/**
 * Begins a file that cli/signals removes where the program ends at once; one at a time.
 *
 * @param out  as for cli_out_begin
 */
CIHSM_NODISCARD cihsm_status cli_out_file(const char *path, cihsm_file **out, cihsm_error *err);

/** Gives the file its name, sets *out to NULL. NULL is fine. */
CIHSM_NODISCARD cihsm_status cli_out_commit(cihsm_file **out, cihsm_error *err);

#endif
