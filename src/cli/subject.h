/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/subject - the subject of a CSR of which only the common name is given.
 */
#ifndef CLI_SUBJECT_H
#define CLI_SUBJECT_H

#include "cli/env.h"

enum { CLI_SUBJECT_MAX = 256 };

/** Writes "CN=..." as RFC 4514 wants it. @retval CIHSM_E_USAGE  too long */
CIHSM_NODISCARD cihsm_status cli_subject_of_cn(const char *cn, char out[CLI_SUBJECT_MAX],
                                               cihsm_error *err);

#endif
