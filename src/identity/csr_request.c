/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/csr_request.h"

#include <openssl/pem.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/scope.h"

cihsm_status csr_request(const cihsm_csr *csr, X509_REQ **out, cihsm_error *err)
{
    size_t len = 0;
    const char *bytes = cihsm_csr_bytes(csr, &len);
    CIHSM_AUTO(bio_cleanup) BIO *from = BIO_new_mem_buf(bytes, (int)len);
    if (from == NULL) {
        return cihsm_fail_memory(err);
    }
    const bool is_pem = text_starts(bytes, "-----BEGIN");
    *out = is_pem ? PEM_read_bio_X509_REQ(from, NULL, NULL, NULL) : d2i_X509_REQ_bio(from, NULL);
    return *out != NULL ? CIHSM_OK
                        : cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "the CSR cannot be read again");
}

cihsm_status csr_request_pem(const cihsm_csr *csr, buffer *out, cihsm_error *err)
{
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = NULL;
    CIHSM_TRY(csr_request(csr, &request, err));
    CIHSM_AUTO(bio_cleanup) BIO *to = BIO_new(BIO_s_mem());
    if (to == NULL) {
        return cihsm_fail_memory(err);
    }
    if (PEM_write_bio_X509_REQ(to, request) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot encode the CSR");
    }
    char *bytes = NULL;
    const long len = BIO_get_mem_data(to, &bytes);
    return buffer_append(out, bytes, (size_t)len, err);
}
