/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/assignment - "NAME=VALUE", as some options take it.
 */
#ifndef CLI_ASSIGNMENT_H
#define CLI_ASSIGNMENT_H

#include "cli/env.h"

#define CLI_NAME_MAX 128 /* bytes, the NUL included */

typedef struct cli_assignment {
    char name[CLI_NAME_MAX];
    const char *value; /**< borrowed */
    bool is_literal;   /**< it was written "NAME:=VALUE" */
} cli_assignment;

/**
 * @param option  for the message; the text is not repeated, it may hold a password
 * @retval CIHSM_E_USAGE  there is no "=", or no name before it
 */
CIHSM_NODISCARD cihsm_status cli_assignment_read(const char *option, const char *text,
                                                 cli_assignment *out, cihsm_error *err);

#endif
