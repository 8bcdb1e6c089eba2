/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/pin.h"

#include "base/error.h"
#include "base/secret_source.h"

enum { PIN_MAX = 256 };

cihsm_status cihsm_pin_read(const char *source, cihsm_secret **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    const secret_wish wish = {
        .name = "PIN", .source = source, .max = PIN_MAX, .status = CIHSM_E_PIN};
    return secret_source_read(&wish, out, err);
}

cihsm_status cihsm_pin_from_source(void *user, const cihsm_pin_request *request, cihsm_secret **out,
                                   cihsm_error *err)
{
    cihsm_error_clear(err);
    const char *source = user;
    if (source == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_PIN,
                                "the PIN of token \"%.32s\" is needed and no source of it is set: "
                                "give file:PATH, fd:N, env:NAME or cred:NAME",
                                request->token_label);
    }
    return cihsm_pin_read(source, out, err);
}
