/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters that create an External Certificate service key: docs/sap-contract.md section 2.2.
 */
#include <openssl/pem.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "identity/chain.h"
#include "identity/pem.h"
#include "identity/service_key.h"

static cihsm_status leaf_pem(X509 *leaf, char **out, cihsm_error *err)
{
    CIHSM_AUTO(bio_cleanup) BIO *to = BIO_new(BIO_s_mem());
    if (to == NULL || PEM_write_bio_X509(to, leaf) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot encode a certificate");
    }
    char *text = NULL;
    const long len = BIO_get_mem_data(to, &text);
    return text_format(out, err, "%.*s", (int)len, text);
}

/* The chain does not know where its certificates came from: the source is named here. */
static cihsm_status leaf_params(const STACK_OF(X509) * pool, const char *where, cihsm_value **out,
                                cihsm_error *err)
{
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    cihsm_error why = {0};
    const cihsm_status status = identity_chain_build(pool, NULL, &chain, &why);
    if (status != CIHSM_OK) {
        return cihsm_fail(err, status, why.origin, why.native, "%s: %s", where, why.message);
    }
    CIHSM_AUTO(text_free) char *pem = NULL;
    CIHSM_TRY(leaf_pem(chain->leaf, &pem, err));

    CIHSM_AUTO(cihsm_value_free) cihsm_value *parameters = cihsm_value_new_object();
    if (parameters == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(parameters, "key-type", "certificate_external", err));
    CIHSM_TRY(cihsm_value_set_string(parameters, "X.509", pem, err));
    *out = CIHSM_MOVE(parameters);
    return CIHSM_OK;
}

cihsm_status cihsm_service_key_params(const char *cert_path, cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *pool = NULL;
    CIHSM_AUTO(text_free) char *where = NULL;
    CIHSM_TRY(text_format(&where, err, "certificate file %s", cert_path));
    CIHSM_TRY(pem_read_file(cert_path, "certificate file", &pool, err));
    return leaf_params(pool, where, out, err);
}

cihsm_status cihsm_service_key_params_pem(const char *pem, size_t len, const char *where,
                                          cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *pool = NULL;
    CIHSM_TRY(pem_read_certificates(pem, len, where, &pool, err));
    return leaf_params(pool, where, out, err);
}
