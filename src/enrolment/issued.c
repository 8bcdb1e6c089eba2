/* SPDX-License-Identifier: Apache-2.0 */
#include "enrolment/issued.h"

#include <openssl/err.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/certificate_report.h"
#include "identity/bundle.h"
#include "identity/chain.h"
#include "identity/csr_request.h"

static cihsm_status read_pool(const buffer *pem, const char *name, identity_bundle *out,
                              cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *where = NULL;
    CIHSM_TRY(text_format(&where, err, "what was issued as %.80s", name));
    cihsm_error why = {0};
    const cihsm_status status = bundle_read(buffer_text(pem), pem->len, where, out, &why);
    CIHSM_TRY_MEMORY(status, err);
    return status == CIHSM_OK
               ? CIHSM_OK
               : cihsm_fail(err, CIHSM_E_PROTOCOL, why.origin, why.native, "%s", why.message);
}

/* NULL: none has that key. */
static X509 *certificate_of(const identity_bundle *pool, const EVP_PKEY *key)
{
    X509 *found = NULL;
    ERR_set_mark(); /* a key of an unknown kind leaves entries in OpenSSL's queue */
    for (int i = 0; found == NULL && i < sk_X509_num(pool->certificates); i++) {
        X509 *candidate = sk_X509_value(pool->certificates, i);
        const EVP_PKEY *own = X509_get0_pubkey(candidate);
        found = own != NULL && EVP_PKEY_eq(own, key) == 1 ? candidate : NULL;
    }
    ERR_pop_to_mark();
    return found;
}

static cihsm_status find_leaf(const identity_bundle *pool, const char *name, const cihsm_csr *csr,
                              X509 **out, cihsm_error *err)
{
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = NULL;
    CIHSM_TRY(csr_request(csr, &request, err));
    const EVP_PKEY *key = X509_REQ_get0_pubkey(request);
    if (key == NULL) {
        return cihsm_fail_openssl(err, CIHSM_E_CONFIG, "the key of the CSR is of an unknown kind");
    }
    *out = certificate_of(pool, key);
    return *out != NULL
               ? CIHSM_OK
               : cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                                  "the certificate %.80s in the Destination service is for another "
                                  "key than that of the CSR: choose another --name, or remove that "
                                  "certificate",
                                  name);
}

static cihsm_status describe(const identity_chain *chain, const identity_bundle *pool,
                             const cihsm_certificate_rules *rules, cihsm_value *to, size_t *errors,
                             cihsm_error *err)
{
    CIHSM_AUTO(certificate_rules_free) certificate_rules known = {.service_key = NULL};
    CIHSM_TRY(certificate_rules_read(rules, &known, err));
    CIHSM_TRY(certificate_put_chain(chain, to, err));
    CIHSM_TRY(certificate_put_findings(chain, pool, &known, to, errors, err));
    return certificate_put_pem(chain, to, err);
}

cihsm_status issued_judge(const buffer *pem, const char *name, const cihsm_csr *csr,
                          const cihsm_certificate_rules *rules, cihsm_value **out, size_t *errors,
                          cihsm_error *err)
{
    CIHSM_AUTO(bundle_free) identity_bundle pool = {.certificates = NULL};
    CIHSM_TRY(read_pool(pem, name, &pool, err));
    X509 *leaf = NULL;
    CIHSM_TRY(find_leaf(&pool, name, csr, &leaf, err));
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    CIHSM_TRY(identity_chain_build(pool.certificates, leaf, &chain, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = cihsm_value_new_object();
    if (report == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(describe(chain, &pool, rules, report, errors, err));
    *out = CIHSM_MOVE(report);
    return CIHSM_OK;
}
