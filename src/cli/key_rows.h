/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/key_rows - keys on a token as rows for people and scripts.
 */
#ifndef CLI_KEY_ROWS_H
#define CLI_KEY_ROWS_H

#include "cli/env.h"

/** One key by its attributes. @p out is yours. */
CIHSM_NODISCARD cihsm_status cli_key_row(const cihsm_key_info *info, cihsm_value **out,
                                         cihsm_error *err);

/** Columns of cli_key_rows for a table. */
extern const char CLI_KEY_COLUMNS[];

/** An array: each key of a review, with its certificates and what is wrong with it. */
CIHSM_NODISCARD cihsm_status cli_key_rows(const cihsm_key_review *review, cihsm_value **out,
                                          cihsm_error *err);

#endif
