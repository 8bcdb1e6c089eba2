/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/algorithm_id.h"

#include <stdbool.h>

#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/foreign.h"

FOREIGN_CLEANUP(algor, X509_ALGOR, X509_ALGOR_free)
FOREIGN_CLEANUP(pss_params, RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)
FOREIGN_CLEANUP(asn1_string, ASN1_STRING, ASN1_STRING_free)

/* Hands *string to the algorithm as its SEQUENCE. */
static bool set_sequence(X509_ALGOR *algor, int nid, ASN1_STRING **string)
{
    if (*string == NULL ||
        X509_ALGOR_set0(algor, OBJ_nid2obj(nid), V_ASN1_SEQUENCE, *string) != 1) {
        return false;
    }
    *string = NULL;
    return true;
}

/* RFC 4055 section 2.1: hash identifiers with NULL parameters. */
static X509_ALGOR *hash_id(const provider_digest *digest)
{
    CIHSM_AUTO(algor_cleanup) X509_ALGOR *made = X509_ALGOR_new();
    if (made == NULL || X509_ALGOR_set0(made, OBJ_nid2obj(digest->nid), V_ASN1_NULL, NULL) != 1) {
        return NULL;
    }
    return CIHSM_MOVE(made);
}

static X509_ALGOR *mgf1_id(const provider_digest *digest)
{
    CIHSM_AUTO(algor_cleanup) X509_ALGOR *hash = hash_id(digest);
    CIHSM_AUTO(algor_cleanup) X509_ALGOR *made = X509_ALGOR_new();
    if (hash == NULL || made == NULL) {
        return NULL;
    }
    CIHSM_AUTO(asn1_string_cleanup)
    ASN1_STRING *packed = ASN1_item_pack(hash, ASN1_ITEM_rptr(X509_ALGOR), NULL);
    return set_sequence(made, NID_mgf1, &packed) ? CIHSM_MOVE(made) : NULL;
}

/* RFC 4055 section 3.1, all but the default trailer field. */
static bool set_pss(X509_ALGOR *algor, const provider_digest *digest, size_t salt_len)
{
    CIHSM_AUTO(pss_params_cleanup) RSA_PSS_PARAMS *pss = RSA_PSS_PARAMS_new();
    if (pss == NULL) {
        return false;
    }
    pss->hashAlgorithm = hash_id(digest);
    pss->maskGenAlgorithm = mgf1_id(digest);
    pss->saltLength = ASN1_INTEGER_new();
    if (pss->hashAlgorithm == NULL || pss->maskGenAlgorithm == NULL || pss->saltLength == NULL ||
        ASN1_INTEGER_set_uint64(pss->saltLength, salt_len) != 1) {
        return false;
    }
    CIHSM_AUTO(asn1_string_cleanup)
    ASN1_STRING *packed = ASN1_item_pack(pss, ASN1_ITEM_rptr(RSA_PSS_PARAMS), NULL);
    return set_sequence(algor, NID_rsassaPss, &packed);
}

size_t provider_algorithm_id(cihsm_scheme scheme, const provider_digest *digest, size_t salt_len,
                             unsigned char **der)
{
    CIHSM_AUTO(algor_cleanup) X509_ALGOR *algor = X509_ALGOR_new();
    if (algor == NULL) {
        return 0;
    }
    bool set = false;
    switch (scheme) {
    case CIHSM_RSA_PSS:
        set = set_pss(algor, digest, salt_len);
        break;
    case CIHSM_RSA_PKCS1: /* RFC 4055 section 5: parameters are NULL */
        set = X509_ALGOR_set0(algor, OBJ_nid2obj(digest->rsa_nid), V_ASN1_NULL, NULL) == 1;
        break;
    case CIHSM_ECDSA: /* RFC 5758 section 3.2: parameters are absent */
        set = X509_ALGOR_set0(algor, OBJ_nid2obj(digest->ecdsa_nid), V_ASN1_UNDEF, NULL) == 1;
        break;
    }
    const int len = set ? i2d_X509_ALGOR(algor, der) : 0;
    return len > 0 ? (size_t)len : 0;
}
