/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/proof.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "base/error.h"
#include "base/foreign.h"
#include "pkcs11/find.h"
#include "pkcs11/key_object.h"

enum { DER_MAX = 160 }; /* of two numbers of P-521 */

FOREIGN_CLEANUP(ecdsa_sig, ECDSA_SIG, ECDSA_SIG_free)

static cihsm_status read_in_session(pkcs11_key *key, const pkcs11_lease *lease, CK_KEY_TYPE *type,
                                    bool *present, cihsm_error *err)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CIHSM_TRY(pkcs11_key_handle(key, lease, &object, err));
    return pkcs11_attribute_ulong(&key->token->link, lease->session, object, CKA_KEY_TYPE, type,
                                  present, err);
}

static cihsm_status read_type(pkcs11_key *key, CK_KEY_TYPE *type, cihsm_error *err)
{
    bool present = false;
    pkcs11_lease lease;
    CIHSM_TRY(pkcs11_lease_take(key->token, &lease, err));
    const cihsm_status status = read_in_session(key, &lease, type, &present, &lease.failure);
    CIHSM_TRY(pkcs11_lease_return(&lease, status, err));
    if (!present || (*type != CKK_RSA && *type != CKK_EC)) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN, "%s is neither an RSA nor an EC key", key->uri);
    }
    return CIHSM_OK;
}

static cihsm_status sign(pkcs11_key *key, pkcs11_proof *proof, cihsm_error *err)
{
    const cihsm_sign_request request = {.scheme = proof->scheme,
                                        .digest = CIHSM_SHA256,
                                        .hash = proof->hash,
                                        .hash_len = sizeof proof->hash,
                                        .salt_len = sizeof proof->hash};
    return pkcs11_key_sign(key, &request, proof->sig, &proof->sig_len, err);
}

cihsm_status pkcs11_proof_make(pkcs11_key *key, pkcs11_proof *out, cihsm_error *err)
{
    CK_KEY_TYPE type = CKK_RSA;
    CIHSM_TRY(read_type(key, &type, err));
    if (RAND_bytes(out->hash, sizeof out->hash) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "no random bytes to sign");
    }
    out->scheme = type == CKK_RSA ? CIHSM_RSA_PKCS1 : CIHSM_ECDSA;
    cihsm_error first = {0};
    const cihsm_status status = sign(key, out, &first);
    if (status == CIHSM_E_TOKEN && type == CKK_RSA && first.native == CKR_MECHANISM_INVALID) {
        out->scheme = CIHSM_RSA_PSS;
        return sign(key, out, err);
    }
    return status == CIHSM_OK
               ? CIHSM_OK
               : cihsm_fail(err, status, first.origin, first.native, "%s", first.message);
}

/* r and s joined, as tokens give them, in the form that OpenSSL verifies; 0 if that fails. */
static size_t der_of(const uint8_t *raw, size_t len, uint8_t der[DER_MAX])
{
    CIHSM_AUTO(ecdsa_sig_cleanup) ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, (int)(len / 2), NULL);
    BIGNUM *s = BN_bin2bn(raw + len / 2, (int)(len / 2), NULL);
    if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return 0;
    }
    const int der_len = i2d_ECDSA_SIG(sig, NULL);
    unsigned char *at = der;
    if (der_len <= 0 || der_len > DER_MAX) {
        return 0;
    }
    return (size_t)i2d_ECDSA_SIG(sig, &at);
}

static bool choose_padding(EVP_PKEY_CTX *ctx, cihsm_scheme scheme)
{
    if (scheme == CIHSM_ECDSA) {
        return true;
    }
    const int padding = scheme == CIHSM_RSA_PSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, padding) == 1 &&
           EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1;
}

static bool verify(const pkcs11_proof *proof, EVP_PKEY *public_key)
{
    uint8_t der[DER_MAX];
    const uint8_t *sig = proof->sig;
    size_t sig_len = proof->sig_len;
    if (proof->scheme == CIHSM_ECDSA) {
        sig_len = der_of(proof->sig, proof->sig_len, der);
        sig = der;
    }
    CIHSM_AUTO(pkey_ctx_cleanup) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(public_key, NULL);
    return ctx != NULL && sig_len > 0 && EVP_PKEY_verify_init(ctx) == 1 &&
           choose_padding(ctx, proof->scheme) &&
           EVP_PKEY_verify(ctx, sig, sig_len, proof->hash, sizeof proof->hash) == 1;
}

bool pkcs11_proof_fits(const pkcs11_proof *proof, EVP_PKEY *public_key)
{
    const char *type = proof->scheme == CIHSM_ECDSA ? "EC" : "RSA";
    if (public_key == NULL || EVP_PKEY_is_a(public_key, type) != 1) {
        return false;
    }
    ERR_set_mark(); /* "does not fit" is an answer, not an error of OpenSSL */
    const bool fits = verify(proof, public_key);
    ERR_pop_to_mark();
    return fits;
}
