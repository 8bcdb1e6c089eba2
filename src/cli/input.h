/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/input - a whole file or standard input, which may hold a password.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "cli/env.h"

/**
 * @param path   "-": standard input
 * @param bytes  yours (cli_input_free), must be NULL
 * @retval CIHSM_E_CONFIG  cannot be read, or is larger than 64 MiB
 */
CIHSM_NODISCARD cihsm_status cli_input_read(const char *path, char **bytes, size_t *len,
                                            cihsm_error *err);

/** Wipes and frees; NULL is fine. */
void cli_input_free(char **bytes, size_t len);

#endif
