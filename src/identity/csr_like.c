/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/csr_like.h"

#include "base/error.h"
#include "identity/bundle.h"
#include "identity/chain.h"
#include "identity/cleanup.h"

FOREIGN_CLEANUP(x509_extension, X509_EXTENSION, X509_EXTENSION_free)

cihsm_status csr_like_read(const char *path, X509 **out, cihsm_error *err)
{
    CIHSM_AUTO(bundle_free) identity_bundle bundle = {0};
    CIHSM_TRY(bundle_read_file(path, "certificate file", &bundle, err));
    if (sk_X509_num(bundle.certificates) == 1) { /* as it is, even if it is no leaf */
        *out = sk_X509_pop(bundle.certificates);
        return CIHSM_OK;
    }
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    CIHSM_TRY(identity_chain_build(bundle.certificates, NULL, &chain, err));
    *out = CIHSM_MOVE(chain->leaf);
    return CIHSM_OK;
}

cihsm_status csr_like_subject(const X509 *like, X509_NAME **out, cihsm_error *err)
{
    const X509_NAME *subject = X509_get_subject_name(like);
    if (X509_NAME_entry_count(subject) == 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the certificate to renew has no subject; give one as "
                                "\"CN=name,O=company,C=DE\"");
    }
    *out = X509_NAME_dup(subject);
    return *out == NULL ? cihsm_fail_memory(err) : CIHSM_OK;
}

cihsm_status csr_like_extension(const X509 *like, int nid, STACK_OF(X509_EXTENSION) * to,
                                bool *copied, cihsm_error *err)
{
    const int at = like == NULL ? -1 : X509_get_ext_by_NID(like, nid, -1);
    *copied = at >= 0;
    if (at < 0) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(x509_extension_cleanup)
    X509_EXTENSION *copy = X509_EXTENSION_dup(X509_get_ext(like, at));
    if (copy == NULL || sk_X509_EXTENSION_push(to, copy) == 0) {
        return cihsm_fail_memory(err);
    }
    copy = NULL; /* the list's now */
    return CIHSM_OK;
}
