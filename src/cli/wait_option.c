/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/wait_option.h"

#include "cli/report.h"

cihsm_status cli_wait_option(const cli_env *env, int64_t *out_s, cihsm_error *err)
{
    int64_t ms = 0;
    const char *text = cli_value(env, "wait");
    cihsm_error why = {0};
    if (text == NULL) {
        return CIHSM_OK;
    }
    if (cihsm_span_read(text, &ms, &why) != CIHSM_OK) {
        return cli_fail(err, CIHSM_E_USAGE, "--wait: %s", why.message);
    }
    *out_s = (ms + 999) / 1000;
    return CIHSM_OK;
}
