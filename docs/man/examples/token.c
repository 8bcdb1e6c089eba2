/* SPDX-License-Identifier: Apache-2.0 */
/* Logs in to a token. A PIN that was refused is not offered
 * again. */
#include <stdio.h>

#include <cihsm/pin.h>
#include <cihsm/scope.h>
#include <cihsm/token.h>

int log_in(const char *module, const char *uri,
           const char *pin_source)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    cihsm_token_config config = {0};
    cihsm_error err = {0};
    config.module = module;
    config.uri = uri;
    config.pin = cihsm_pin_from_source;
    config.pin_user = (void *)pin_source;

    if (cihsm_token_open(&config, &token, &err) != CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return cihsm_status_exit_code(err.status);
    }
    puts(cihsm_token_uri(token));
    return 0;
}
