/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the certificate of a partner into the tenant's keystore. */
#include <cihsm/keystore.h>
#include <cihsm/scope.h>

cihsm_status trust(cihsm_client *client, const char *fingerprint,
                   cihsm_error *err)
{
    CIHSM_AUTO(cihsm_keystore_write_free)
    cihsm_keystore_write *write = NULL;
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    cihsm_keystore_import from = {0};
    from.alias = "partner";
    from.path = "partner.pem";
    from.fingerprint = fingerprint; /* as its owner told it */

    cihsm_status status =
        cihsm_keystore_import_certificate(&from, &write, err);
    if (status == CIHSM_OK) {
        status = cihsm_client_send(
            client, cihsm_keystore_request(write), &answer, err);
        status = status == CIHSM_OK
                     ? CIHSM_OK
                     : cihsm_keystore_explain(client, write, err);
    }
    return status;
}
