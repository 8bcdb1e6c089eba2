/* SPDX-License-Identifier: Apache-2.0 */
/* Each signature and each request as a line on standard error;
 * put it into cihsm_client_config.log, or
 * cihsm_token_config.log. */
#include <stdio.h>

#include <cihsm/log.h>

static void say(void *user, cihsm_log_level level,
                const char *component, const char *message)
{
    (void)user;
    fprintf(stderr, "<%d> %s: %s\n",
            level == CIHSM_LOG_INFO ? 6 : 4, component, message);
}

const cihsm_log LOG_OF_EXAMPLE = {say, NULL, CIHSM_LOG_INFO, NULL};
