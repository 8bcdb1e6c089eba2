/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/signing.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/error.h"
#include "base/foreign.h"
#include "provider/digest.h"
#include "provider/ecdsa.h"
#include "provider/failure.h"

static bool set_rsa_form(EVP_PKEY_CTX *ctx, const cihsm_sign_request *request, int salt_len)
{
    static const EVP_MD *(*const DIGESTS[])(void) = {
        [CIHSM_SHA256] = EVP_sha256, [CIHSM_SHA384] = EVP_sha384, [CIHSM_SHA512] = EVP_sha512};
    const bool pss = request->scheme == CIHSM_RSA_PSS;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) > 0 &&
           EVP_PKEY_CTX_set_signature_md(ctx, DIGESTS[request->digest]()) > 0 &&
           (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salt_len) > 0);
}

bool provider_verify(const provider_material *material, const cihsm_sign_request *request,
                     int salt_len, const uint8_t *sig, size_t sig_len)
{
    ERR_set_mark();
    CIHSM_AUTO(pkey_ctx_cleanup)
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, provider_material_public(material), NULL);
    const bool good =
        ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
        (!provider_material_is_rsa(material) || set_rsa_form(ctx, request, salt_len)) &&
        EVP_PKEY_verify(ctx, sig, sig_len, request->hash, request->hash_len) == 1;
    ERR_pop_to_mark();
    return good;
}

static cihsm_status ask_signer(const provider_material *material, const cihsm_sign_request *request,
                               uint8_t *raw, size_t *raw_len, cihsm_error *err)
{
    const cihsm_signer *signer = provider_material_signer(material);
    const cihsm_status status = signer->sign(signer->context, request, raw, raw_len, err);
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, status, "the key did not sign and gave no reason");
    }
    return CIHSM_OK;
}

/* A key that was the certificate's before is another one now: it was looked up again when the token
 * came back. */
static cihsm_status fail_replaced(cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                            "another key has taken the place of the certificate's on the token; "
                            "put that key back, or give the certificate that was issued for the "
                            "new one");
}

/* Brings the signer's bytes into OpenSSL's form. The length alone can tell that the key is another
 * one than the certificate's. */
static cihsm_status encode(const provider_material *material, const uint8_t *raw, size_t raw_len,
                           uint8_t *sig, size_t *sig_len, cihsm_error *err)
{
    const bool rsa = provider_material_is_rsa(material);
    const size_t unit = (provider_material_bits(material) + 7) / 8;
    const size_t expected = rsa ? unit : 2 * unit;
    if (raw_len != expected) {
        const bool proven = provider_material_proven(material) != 0;
        return cihsm_fail_plain(err, proven ? CIHSM_E_TOKEN : CIHSM_E_CONFIG,
                                "the key made a signature of %zu bytes where the certificate's key "
                                "makes %zu: give the certificate that was issued for this key",
                                raw_len, expected);
    }
    if (rsa) {
        memcpy(sig, raw, raw_len);
        *sig_len = raw_len;
        return CIHSM_OK;
    }
    return provider_ecdsa_to_der(raw, raw_len, sig, sig_len) ? CIHSM_OK : cihsm_fail_memory(err);
}

/* Key and certificate are read from different places: only a signature proves that they are a pair
 * (design: before the peer sees one). Once for each time that the key was looked up.
 *
 * @param lookup  0: of which one the key is that signed is not known */
static cihsm_status prove_pair(provider_material *material, unsigned long lookup,
                               const cihsm_sign_request *request, const uint8_t *sig,
                               size_t sig_len, cihsm_error *err)
{
    const unsigned long proven = provider_material_proven(material);
    if (proven != 0 && proven == lookup) {
        return CIHSM_OK;
    }
    if (provider_verify(material, request, (int)request->salt_len, sig, sig_len)) {
        provider_material_set_proven(material, lookup == 0 ? proven : lookup);
        return CIHSM_OK;
    }
    if (proven != 0) {
        return fail_replaced(err);
    }
    return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                            "the key does not belong to the certificate: its signature does "
                            "not verify with the certificate's public key; give the "
                            "certificate that was issued for this key, or name the other key");
}

static cihsm_status sign_once(provider_material *material, const cihsm_sign_request *request,
                              uint8_t *sig, size_t *sig_len, cihsm_error *err)
{
    uint8_t raw[CIHSM_SIGNATURE_MAX];
    size_t raw_len = 0;
    const unsigned long before = provider_material_lookups(material);
    CIHSM_TRY(ask_signer(material, request, raw, &raw_len, err));
    const bool is_one_key = provider_material_lookups(material) == before;
    CIHSM_TRY(encode(material, raw, raw_len, sig, sig_len, err));
    return prove_pair(material, is_one_key ? before : 0, request, sig, *sig_len, err);
}

int provider_sign(provider_material *material, const cihsm_sign_request *request, uint8_t *sig,
                  size_t *sig_len)
{
    cihsm_error err = {0};
    /* A stale entry of whoever signed would make libssl give up the handshake. */
    ERR_set_mark();
    const cihsm_status status = sign_once(material, request, sig, sig_len, &err);
    ERR_pop_to_mark();
    if (status != CIHSM_OK) {
        provider_material_set_error(material, &err);
        return provider_raise_error(&err);
    }
    provider_material_count_signature(material);
    return 1;
}
