/* SPDX-License-Identifier: Apache-2.0 */
#include "client/certificate_match.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "identity/certificate.h"
#include "pkcs11/key.h"
#include "pkcs11/key_list.h"
#include "pkcs11/proof.h"

void certificate_match_free(certificate_match *of)
{
    cihsm_key_list_free(&of->keys);
    *of = (certificate_match){.leaf = NULL};
}

/* Tells whether a certificate was issued for the key that is looked at. */
typedef struct judge {
    const EVP_PKEY *public_key; /* NULL: the token does not tell it */
    pkcs11_proof proof;         /* then this */
} judge;

static bool fits(const judge *by, const X509 *certificate)
{
    ERR_set_mark();
    EVP_PKEY *own = X509_get0_pubkey(certificate);
    bool same = false;
    if (own != NULL) {
        same = by->public_key != NULL ? EVP_PKEY_eq(own, by->public_key) == 1
                                      : pkcs11_proof_fits(&by->proof, own);
    }
    ERR_pop_to_mark();
    return same;
}

static cihsm_status fail_two_certificates(const X509 *one, const X509 *other, const char *path,
                                          cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *first = NULL;
    CIHSM_AUTO(text_free) char *second = NULL;
    CIHSM_TRY(certificate_serial(one, &first, err));
    CIHSM_TRY(certificate_serial(other, &second, err));
    return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                            "certificate file %s holds two certificates of the same key (serial "
                            "%.64s and %.64s); keep the newer one",
                            path, first, second);
}

static cihsm_status match_key(const judge *by, const cihsm_key_info *key,
                              const identity_bundle *bundle, const char *path,
                              certificate_match *out, cihsm_error *err)
{
    for (int i = 0; i < sk_X509_num(bundle->certificates); i++) {
        X509 *certificate = sk_X509_value(bundle->certificates, i);
        if (!fits(by, certificate)) {
            continue;
        }
        if (out->key != NULL && out->key != key) {
            return cihsm_fail_plain(
                err, CIHSM_E_TOKEN,
                "certificate file %s fits several keys (%.150s, %.150s); choose "
                "one with --key",
                path, out->key->uri, key->uri);
        }
        if (out->leaf != NULL) {
            return fail_two_certificates(out->leaf, certificate, path, err);
        }
        out->leaf = certificate;
        out->key = key;
    }
    return CIHSM_OK;
}

static cihsm_status look_at_key(cihsm_token *token, size_t at, const identity_bundle *bundle,
                                const char *path, certificate_match *out, cihsm_error *err)
{
    const cihsm_key_info *key = cihsm_key_list_at(out->keys, at);
    if (key->type == CIHSM_KEY_OTHER) {
        return CIHSM_OK; /* no kind that this library signs with */
    }
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
    CIHSM_TRY(pkcs11_key_list_public(token, out->keys, at, &public_key, err));
    judge by = {.public_key = public_key};
    if (public_key == NULL) {
        CIHSM_AUTO(pkcs11_key_free) pkcs11_key *signing = NULL;
        CIHSM_TRY(pkcs11_key_find(token, key->uri, &signing, err));
        CIHSM_TRY(pkcs11_proof_make(signing, &by.proof, err));
    }
    return match_key(&by, key, bundle, path, out, err);
}

/* The subject of the certificate that is no CA, to say what was delivered instead. */
static cihsm_status delivered_subject(const identity_bundle *bundle, char **out, cihsm_error *err)
{
    X509 *shown = sk_X509_value(bundle->certificates, 0);
    for (int i = sk_X509_num(bundle->certificates) - 1; i >= 0; i--) {
        X509 *certificate = sk_X509_value(bundle->certificates, i);
        shown = X509_check_ca(certificate) == 0 ? certificate : shown;
    }
    return certificate_subject(shown, out, err);
}

static cihsm_status fail_no_match(const cihsm_token *token, const char *key_uri,
                                  const identity_bundle *bundle, const char *path, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_TRY(delivered_subject(bundle, &subject, err));
    return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                            "no certificate in %.150s (%.80s) belongs to %s%.150s: import what was "
                            "issued for the CSR of "
                            "the key, or name the %s",
                            path, subject, key_uri == NULL ? "a key on " : "key ",
                            key_uri == NULL ? cihsm_token_uri(token) : key_uri,
                            key_uri == NULL ? "token that holds its key" : "other key with --key");
}

cihsm_status certificate_match_find(cihsm_token *token, const char *key_uri,
                                    const identity_bundle *bundle, const char *path,
                                    certificate_match *out, cihsm_error *err)
{
    CIHSM_TRY(cihsm_key_list_fetch(token, key_uri, &out->keys, err));
    const size_t count = cihsm_key_list_count(out->keys);
    if (count == 0) { /* says what there is instead */
        CIHSM_AUTO(pkcs11_key_free) pkcs11_key *none = NULL;
        CIHSM_TRY(pkcs11_key_find(token, key_uri, &none, err));
    }
    for (size_t i = 0; i < count; i++) {
        CIHSM_TRY(look_at_key(token, i, bundle, path, out, err));
    }
    if (out->leaf == NULL) {
        return fail_no_match(token, key_uri, bundle, path, err);
    }
    return CIHSM_OK;
}
