/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks of a request. Each looks at one thing and adds its finding; add another one to
 * check_all.
 */
#include "identity/csr_finding.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "identity/certificate.h"
#include "identity/cleanup.h"
#include "identity/csr_summary.h"
#include "identity/finding.h"
#include "identity/strength.h"

FOREIGN_CLEANUP(basic_constraints, BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free)

bool csr_verifies(X509_REQ *request)
{
    ERR_set_mark();
    EVP_PKEY *key = X509_REQ_get0_pubkey(request);
    const bool fits = key != NULL && X509_REQ_verify(request, key) == 1;
    ERR_pop_to_mark();
    return fits;
}

static cihsm_status check_signature(bool verified, finding_list *to, cihsm_error *err)
{
    if (verified) {
        return CIHSM_OK;
    }
    return finding_add(to, IDENTITY_FATAL, "signature-invalid",
                       "make the CSR again with the key it is for", err,
                       "the signature does not verify: the CSR was changed, or signed by another "
                       "key");
}

static cihsm_status check_subject(const X509_REQ *request, finding_list *to, cihsm_error *err)
{
    if (X509_NAME_entry_count(X509_REQ_get_subject_name(request)) > 0) {
        return CIHSM_OK;
    }
    return finding_add(to, IDENTITY_WARN, "no-subject",
                       "make the CSR again with a subject, if the CA does not set one", err,
                       "the subject is empty");
}

static cihsm_status check_key(X509_REQ *request, finding_list *to, cihsm_error *err)
{
    const EVP_PKEY *key = X509_REQ_get0_pubkey(request);
    if (key == NULL) {
        return finding_add(to, IDENTITY_WARN, "unknown-key", STRENGTH_KEY_ADVICE, err,
                           "the public key is damaged or of a kind that is not known here");
    }
    if (!strength_weak_key(key)) {
        return CIHSM_OK;
    }
    char name[CERTIFICATE_KEY_MAX];
    certificate_key_name(key, name);
    return finding_add(to, IDENTITY_WARN, "weak-key", STRENGTH_KEY_ADVICE, err,
                       "the key (%s) is too weak or of an uncommon kind", name);
}

static cihsm_status check_hash(const X509_REQ *request, finding_list *to, cihsm_error *err)
{
    const int digest = csr_signature_digest(request);
    if (!strength_weak_digest(digest)) {
        return CIHSM_OK;
    }
    return finding_add(to, IDENTITY_WARN, "weak-hash", "sign it with SHA-256 or better", err,
                       "the CSR is signed with %s, which CAs refuse", OBJ_nid2sn(digest));
}

static bool has_usage(const EXTENDED_KEY_USAGE *usages, int nid)
{
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
        if (OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, i)) == nid) {
            return true;
        }
    }
    return false;
}

/* SAP answers 401 to a certificate without clientAuth: docs/sap-contract.md section 11.1. */
static cihsm_status check_extended_usage(const STACK_OF(X509_EXTENSION) * extensions,
                                         finding_list *to, cihsm_error *err)
{
    CIHSM_AUTO(extended_key_usage_cleanup)
    EXTENDED_KEY_USAGE *usages = X509V3_get_d2i(extensions, NID_ext_key_usage, NULL, NULL);
    if (has_usage(usages, NID_client_auth)) {
        return CIHSM_OK;
    }
    return finding_add(to, IDENTITY_WARN, "no-client-auth",
                       "make it with the extended key usage clientAuth, unless the CA adds it", err,
                       "the CSR does not ask for clientAuth, and SAP may answer 401 to a "
                       "certificate without it");
}

static cihsm_status check_usage(const STACK_OF(X509_EXTENSION) * extensions, finding_list *to,
                                cihsm_error *err)
{
    CIHSM_AUTO(bit_string_cleanup)
    ASN1_BIT_STRING *bits = X509V3_get_d2i(extensions, NID_key_usage, NULL, NULL);
    if (bits == NULL || ASN1_BIT_STRING_get_bit(bits, 0) == 1) {
        return CIHSM_OK;
    }
    return finding_add(to, IDENTITY_WARN, "no-digital-signature",
                       "make it with the key usage digitalSignature", err,
                       "the key usage has no digitalSignature, TLS servers may refuse the "
                       "certificate");
}

static cihsm_status check_ca(const STACK_OF(X509_EXTENSION) * extensions, finding_list *to,
                             cihsm_error *err)
{
    CIHSM_AUTO(basic_constraints_cleanup)
    BASIC_CONSTRAINTS *basic = X509V3_get_d2i(extensions, NID_basic_constraints, NULL, NULL);
    if (basic == NULL || basic->ca == 0) {
        return CIHSM_OK;
    }
    return finding_add(to, IDENTITY_WARN, "asks-for-ca", "make a CSR for a client instead", err,
                       "the CSR asks for a CA certificate, which no client needs");
}

/* X509V3_get_d2i says -1 for an extension that is not there, and -2 for one that is there twice. */
static cihsm_status check_encoding(const STACK_OF(X509_EXTENSION) * extensions, int nid,
                                   finding_list *to, cihsm_error *err)
{
    if (X509v3_get_ext_by_NID(extensions, nid, -1) < 0) {
        return CIHSM_OK;
    }
    int critical = 0;
    void *decoded = X509V3_get_d2i(extensions, nid, &critical, NULL);
    if (decoded != NULL) {
        ASN1_item_free(decoded, ASN1_ITEM_ptr(X509V3_EXT_get_nid(nid)->it));
        return CIHSM_OK;
    }
    return finding_add(to, IDENTITY_WARN, "damaged-extension", "make the CSR again", err,
                       "the extension %s %s", OBJ_nid2sn(nid),
                       critical == -2 ? "is there twice" : "is damaged");
}

static cihsm_status check_extensions(X509_REQ *request, finding_list *to, cihsm_error *err)
{
    static const int NIDS[] = {NID_subject_alt_name, NID_ext_key_usage, NID_key_usage,
                               NID_basic_constraints};
    CIHSM_AUTO(x509_extensions_cleanup)
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
    for (size_t i = 0; i < sizeof NIDS / sizeof *NIDS; i++) {
        CIHSM_TRY(check_encoding(extensions, NIDS[i], to, err));
    }
    CIHSM_TRY(check_extended_usage(extensions, to, err));
    CIHSM_TRY(check_usage(extensions, to, err));
    return check_ca(extensions, to, err);
}

static cihsm_status check_all(X509_REQ *request, bool verified, finding_list *to, cihsm_error *err)
{
    CIHSM_TRY(check_signature(verified, to, err));
    CIHSM_TRY(check_subject(request, to, err));
    CIHSM_TRY(check_key(request, to, err));
    CIHSM_TRY(check_hash(request, to, err));
    return check_extensions(request, to, err);
}

cihsm_status csr_findings_add(X509_REQ *request, bool verified, cihsm_value *summary,
                              cihsm_error *err)
{
    identity_finding items[IDENTITY_FINDINGS_MAX];
    finding_list found = {.items = items, .room = IDENTITY_FINDINGS_MAX};
    ERR_set_mark(); /* odd extensions leave entries in OpenSSL's queue */
    const cihsm_status status = check_all(request, verified, &found, err);
    ERR_pop_to_mark();
    CIHSM_TRY(status);

    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = NULL;
    CIHSM_TRY(finding_describe(&found, &list, err));
    CIHSM_TRY(cihsm_value_set_bool(summary, "verified", verified, err));
    return cihsm_value_set(summary, "findings", &list, err);
}
