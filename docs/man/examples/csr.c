/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a request for the key of that label. */
#include <cihsm/csr.h>
#include <cihsm/file.h>
#include <cihsm/scope.h>

cihsm_status request_certificate(cihsm_token *token,
                                 cihsm_error *err)
{
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = NULL;
    cihsm_csr_spec spec = {0};
    spec.subject = "CN=cpi-client,O=Example,C=DE";

    cihsm_status status = cihsm_csr_create(
        token, "pkcs11:object=cpi-client", &spec, &csr, err);
    if (status == CIHSM_OK) {
        size_t len = 0;
        const char *pem = cihsm_csr_bytes(csr, &len);
        status =
            cihsm_file_write("client.csr", 0644, pem, len, err);
    }
    return status;
}
