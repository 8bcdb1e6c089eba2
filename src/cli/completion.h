/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/completion - names for a shell that completes words: one a line, nothing else.
 */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "cli/env.h"

/**
 * Prints the names that are known without a token or the network: of the tenant's metadata as far
 * as that is kept, else of the documentation. What cannot be found out is left out without a word.
 *
 * @param what  sets, functions, profiles; properties, navigations: of the set @p name; words: that
 *              can follow those of @p name, with the names that can
 * @retval CIHSM_E_USAGE  something else is wanted
 */
CIHSM_NODISCARD cihsm_status cli_complete(const cli_env *env, const char *what, const char *name,
                                          cihsm_error *err);

#endif
