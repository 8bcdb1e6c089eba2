/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that brings its own key operation: calls the API through libcihsm with a signer that
 * is no PKCS#11 token. Here the "other HSM" is a PEM file, read by OpenSSL.
 *
 *   own_signer KEY.pem CHAIN.pem SERVICE-KEY.json CA.pem PATH
 *
 * Prints what the path answers; ends with the status's exit code.
 */
#include <stdio.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "cihsm/cihsm.h"

static unsigned signatures;
static unsigned releases;

static const EVP_MD *digest_of(cihsm_digest digest)
{
    switch (digest) {
    case CIHSM_SHA256:
        return EVP_sha256();
    case CIHSM_SHA384:
        return EVP_sha384();
    case CIHSM_SHA512:
        return EVP_sha512();
    }
    return NULL;
}

/* OpenSSL makes DER; the signer's contract is r and s joined. */
static int join(const uint8_t *der, size_t der_len, size_t unit, uint8_t *sig, size_t *sig_len)
{
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
    if (parsed == NULL) {
        return 0;
    }
    const int made = BN_bn2binpad(ECDSA_SIG_get0_r(parsed), sig, (int)unit) > 0 &&
                     BN_bn2binpad(ECDSA_SIG_get0_s(parsed), sig + unit, (int)unit) > 0;
    ECDSA_SIG_free(parsed);
    *sig_len = 2 * unit;
    return made;
}

static int prepare(EVP_PKEY_CTX *ctx, const cihsm_sign_request *request)
{
    if (EVP_PKEY_sign_init(ctx) <= 0) {
        return 0;
    }
    if (request->scheme == CIHSM_ECDSA) {
        return 1;
    }
    const int is_pss = request->scheme == CIHSM_RSA_PSS;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) >
               0 &&
           EVP_PKEY_CTX_set_signature_md(ctx, digest_of(request->digest)) > 0 &&
           (!is_pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)request->salt_len) > 0);
}

static cihsm_status sign(void *context, const cihsm_sign_request *request, uint8_t *sig,
                         size_t *sig_len, cihsm_error *err)
{
    EVP_PKEY *key = context;
    uint8_t made[CIHSM_SIGNATURE_MAX];
    size_t made_len = sizeof made;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    const int done = ctx != NULL && prepare(ctx, request) &&
                     EVP_PKEY_sign(ctx, made, &made_len, request->hash, request->hash_len) > 0;
    EVP_PKEY_CTX_free(ctx);
    if (!done) {
        return cihsm_error_set(err, CIHSM_E_TOKEN, "the other HSM did not sign");
    }
    signatures++;
    if (request->scheme == CIHSM_ECDSA) {
        const size_t unit = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
        return join(made, made_len, unit, sig, sig_len) ? CIHSM_OK : CIHSM_E_INTERNAL;
    }
    for (size_t i = 0; i < made_len; i++) {
        sig[i] = made[i];
    }
    *sig_len = made_len;
    return CIHSM_OK;
}

static void release(void *context)
{
    EVP_PKEY_free(context);
    releases++;
}

static EVP_PKEY *read_key(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return NULL;
    }
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    return key;
}

static cihsm_status get(const cihsm_client_config *config, const char *path, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    cihsm_status status = cihsm_client_open(config, &client, err);
    if (status != CIHSM_OK) {
        return status;
    }
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    status = cihsm_client_get(client, path, NULL, &result, err);
    if (status != CIHSM_OK) {
        return status;
    }
    size_t len = 0;
    const char *bytes = cihsm_result_bytes(result, &len);
    fwrite(bytes, 1, len, stdout);
    return CIHSM_OK;
}

int main(int argc, char **argv)
{
    EVP_PKEY *key = argc == 6 ? read_key(argv[1]) : NULL;
    if (key == NULL) {
        fputs("usage: own_signer KEY.pem CHAIN.pem SERVICE-KEY.json CA.pem PATH\n", stderr);
        return 2;
    }
    const cihsm_signer signer = {.sign = sign, .release = release, .context = key};
    const cihsm_client_config config = {
        .service_key = argv[3], .chain = argv[2], .ca = argv[4], .signer = &signer};
    cihsm_error err = {0};
    const cihsm_status status = get(&config, argv[5], &err);
    fprintf(stderr, "signatures %u releases %u\n", signatures, releases);
    if (status != CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
    }
    return cihsm_status_exit_code(status);
}
