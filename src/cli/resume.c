/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/resume.h"

#include "cli/report.h"
#include "cli/signals.h"

static bool would_end_again(cihsm_status status)
{
    return status == CIHSM_E_CONFIG || status == CIHSM_E_USAGE || status == CIHSM_E_NOT_FOUND;
}

cihsm_status cli_resume_end(cli_env *env, cihsm_status status, cihsm_error *err)
{
    if (status == CIHSM_E_CANCELED && cli_signals_caught() != 0) {
        cli_note("stopped: run the same command again to go on");
        env->has_exit_code = true;
        env->exit_code = 128 + cli_signals_caught();
        return CIHSM_OK;
    }
    if (!would_end_again(status)) {
        cli_fail_add(err, "run the same command again to go on");
    }
    return status;
}
