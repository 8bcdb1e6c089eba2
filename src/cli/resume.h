/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/resume - work that goes on when it is run again, because what is complete stays.
 */
#ifndef CLI_RESUME_H
#define CLI_RESUME_H

#include "cli/env.h"

/**
 * Reports how such work ended before its end: after a signal by a line and the signal's exit code,
 * else by its error, which says how to go on unless it would end the same way again.
 *
 * @param status  not CIHSM_OK
 * @return what the command returns
 */
CIHSM_NODISCARD cihsm_status cli_resume_end(cli_env *env, cihsm_status status, cihsm_error *err);

#endif
