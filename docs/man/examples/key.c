/* SPDX-License-Identifier: Apache-2.0 */
/* Generates a key that can never leave the token, and prints its
 * URI. */
#include <stdio.h>

#include <cihsm/key.h>
#include <cihsm/scope.h>

cihsm_status generate(cihsm_token *token, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
    cihsm_key_spec spec = {
        CIHSM_KEY_RSA, 3072, "cpi-client", NULL, 0, false, NULL};

    const cihsm_status status =
        cihsm_key_generate(token, &spec, &made, err);
    if (status == CIHSM_OK) {
        puts(cihsm_key_list_at(made, 0)->uri);
    }
    return status;
}
