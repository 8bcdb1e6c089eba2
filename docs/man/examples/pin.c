/* SPDX-License-Identifier: Apache-2.0 */
/* Has the PIN of a token come from a service of yours; put it
 * into cihsm_token_config.pin. */
#include <cihsm/pin.h>

cihsm_status ask_service(void *user,
                         const cihsm_pin_request *request,
                         cihsm_secret **out, cihsm_error *err)
{
    if (request->final_try) {
        return cihsm_error_set(err, CIHSM_E_PIN,
                               "one wrong PIN more locks %s",
                               request->token_label);
    }
    return cihsm_pin_read((const char *)user, out, err);
}
