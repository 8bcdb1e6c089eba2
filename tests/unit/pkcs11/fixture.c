/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "base/error.h"
#include "base/foreign.h"

enum { THREADS_MAX = 16 };

static void log_write(void *user, cihsm_log_level level, const char *component, const char *message)
{
    fixture *of = user;
    const size_t used = strlen(of->log);
    snprintf(of->log + used, sizeof of->log - used, "%d %s %s\n", (int)level, component, message);
}

static cihsm_status give_pin(void *user, const cihsm_pin_request *request, cihsm_secret **out,
                             cihsm_error *err)
{
    fixture *of = user;
    of->asked++;
    of->request = *request;
    assert_string_equal(request->token_label, FIXTURE_LABEL);
    return cihsm_secret_new(of->pin, strlen(of->pin), out, err);
}

int fixture_reset(void **state)
{
    fixture *of = *state;
    of->asked = 0;
    of->pin = FIXTURE_PIN;
    of->log[0] = '\0';
    return shim_use(of->hsm, "") ? 0 : -1;
}

int fixture_setup(void **state)
{
    fixture *of = calloc(1, sizeof *of);
    if (of == NULL) {
        return -1;
    }
    of->hsm = softhsm_new(FIXTURE_LABEL, FIXTURE_PIN);
    of->sink = (cihsm_log){.write = log_write, .user = of, .level = CIHSM_LOG_TRACE};
    *state = of;
    return of->hsm == NULL ? -1 : fixture_reset(state);
}

int fixture_setup_key(void **state, const char *label)
{
    if (fixture_setup(state) != 0) {
        return -1;
    }
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    fixture_generate(token, "ec:P-256", label);
    return 0;
}

int fixture_teardown(void **state)
{
    fixture *of = *state;
    softhsm_free(&of->hsm);
    free(of);
    return 0;
}

cihsm_token_config fixture_config(fixture *of, const char *module)
{
    return (cihsm_token_config){
        .module = module,
        .uri = "pkcs11:token=" FIXTURE_LABEL,
        .pin = give_pin,
        .pin_user = of,
        .log = &of->sink,
    };
}

cihsm_token *fixture_open(fixture *of, const char *module)
{
    const cihsm_token_config config = fixture_config(of, module);
    cihsm_token *token = NULL;
    cihsm_error err = {0};
    if (cihsm_token_open(&config, &token, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    return token;
}

void fixture_generate(cihsm_token *token, const char *type, const char *label)
{
    const uint8_t id = (uint8_t)(0x10 + label[0]);
    cihsm_key_spec spec = {.label = label, .id = &id, .id_len = 1};
    assert_true(cihsm_key_type_parse(type, &spec.type, &spec.bits));
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
    cihsm_error err = {0};
    if (cihsm_key_generate(token, &spec, &made, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
}

pkcs11_key *fixture_find(cihsm_token *token, const char *label)
{
    char uri[128];
    snprintf(uri, sizeof uri, "pkcs11:object=%s", label);
    pkcs11_key *key = NULL;
    cihsm_error err = {0};
    if (pkcs11_key_find(token, uri, &key, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    return key;
}

static const uint8_t HASH[64] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde";

cihsm_sign_request fixture_request(cihsm_scheme scheme)
{
    return (cihsm_sign_request){
        .scheme = scheme, .digest = CIHSM_SHA256, .hash = HASH, .hash_len = 32, .salt_len = 32};
}

cihsm_status fixture_sign(pkcs11_key *key, cihsm_error *err)
{
    const cihsm_sign_request request = fixture_request(CIHSM_ECDSA);
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t sig_len = 0;
    cihsm_error_clear(err);
    return pkcs11_key_sign(key, &request, sig, &sig_len, err);
}

void fixture_expect_sign(pkcs11_key *key)
{
    cihsm_error err = {0};
    if (fixture_sign(key, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
}

/* r and s joined, as the token gives them, to the DER that OpenSSL verifies. */
static int der_of(const uint8_t *raw, size_t len, uint8_t *der)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, (int)(len / 2), NULL);
    BIGNUM *s = BN_bin2bn(raw + len / 2, (int)(len / 2), NULL);
    assert_int_equal(ECDSA_SIG_set0(sig, r, s), 1);
    unsigned char *at = der;
    const int der_len = i2d_ECDSA_SIG(sig, &at);
    ECDSA_SIG_free(sig);
    return der_len;
}

static const EVP_MD *md_of(cihsm_digest digest)
{
    return digest == CIHSM_SHA256   ? EVP_sha256()
           : digest == CIHSM_SHA384 ? EVP_sha384()
                                    : EVP_sha512();
}

bool fixture_verifies(EVP_PKEY *public_key, const cihsm_sign_request *request, const uint8_t *sig,
                      size_t sig_len)
{
    CIHSM_AUTO(pkey_ctx_cleanup) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(public_key, NULL);
    assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
    uint8_t der[256];
    if (request->scheme == CIHSM_ECDSA) {
        sig_len = (size_t)der_of(sig, sig_len, der);
        sig = der;
    } else {
        const bool pss = request->scheme == CIHSM_RSA_PSS;
        assert_int_equal(
            EVP_PKEY_CTX_set_rsa_padding(ctx, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, md_of(request->digest)), 1);
        if (pss) {
            assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)request->salt_len), 1);
        }
    }
    return EVP_PKEY_verify(ctx, sig, sig_len, request->hash, request->hash_len) == 1;
}

void fixture_sign_and_verify(pkcs11_key *key, EVP_PKEY *public_key, cihsm_scheme scheme,
                             cihsm_digest digest)
{
    static const size_t BYTES[] = {32, 48, 64};
    cihsm_sign_request request = fixture_request(scheme);
    request.digest = digest;
    request.hash_len = BYTES[digest];
    request.salt_len = BYTES[digest];
    if (scheme == CIHSM_ECDSA && (size_t)EVP_PKEY_get_bits(public_key) / 8 < request.hash_len) {
        request.hash_len = (size_t)EVP_PKEY_get_bits(public_key) / 8; /* the caller cuts it */
    }
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t sig_len = 0;
    cihsm_error err = {0};
    if (pkcs11_key_sign(key, &request, sig, &sig_len, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_true(fixture_verifies(public_key, &request, sig, sig_len));
    sig[sig_len / 2] ^= 1;
    assert_false(fixture_verifies(public_key, &request, sig, sig_len));
}

void fixture_run_threads(size_t count, void *(*run)(void *context), void *context)
{
    pthread_t threads[THREADS_MAX];
    assert_true(count <= THREADS_MAX);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run, context), 0);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

void fixture_sleep_ms(long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

void fixture_expect(const cihsm_error *err, cihsm_status status, const char *text)
{
    if (err->status != status || strstr(err->message, text) == NULL) {
        fail_msg("expected %s and \"%s\", got %s: %s", cihsm_status_name(status), text,
                 cihsm_status_name(err->status), err->message);
    }
    const size_t len = strlen(err->message);
    assert_true(len > 0 && err->message[len - 1] != '.');
    assert_null(strchr(err->message, '\n'));
    assert_null(strstr(err->message, FIXTURE_PIN));
}
