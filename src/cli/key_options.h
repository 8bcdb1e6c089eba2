/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/key_options - what a new key shall be, as "key generate" and "csr create" are told.
 */
#ifndef CLI_KEY_OPTIONS_H
#define CLI_KEY_OPTIONS_H

#include "cli/env.h"

#define CLI_KEY_TYPES "rsa:2048, rsa:3072, rsa:4096, ec:P-256 or ec:P-384"

/** Reads 1 to CIHSM_KEY_ID_MAX bytes in hex; false, and *len 0: it is something else. */
bool cli_key_id_read(const char *hex, uint8_t out[CIHSM_KEY_ID_MAX], size_t *len);

/**
 * Reads --label and --id, and the type from the option of that name (rsa:3072 if not given).
 *
 * @param spec  out: borrows from the command line and from @p id
 */
CIHSM_NODISCARD cihsm_status cli_key_spec(const cli_env *env, const char *type_option,
                                          uint8_t id[CIHSM_KEY_ID_MAX], cihsm_key_spec *spec,
                                          cihsm_error *err);

#endif
