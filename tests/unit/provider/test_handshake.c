/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "base/foreign.h"
#include "provider/failure.h"
#include "unit/provider/soft_signer.h"
#include "unit/tls/pair.h"

enum { RSA_KEY, P256_KEY, P384_KEY, KEY_COUNT };
static const char *const KINDS[] = {"RSA", "P-256", "P-384"};
static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static pki *of;
static EVP_PKEY *software[KEY_COUNT];
static X509 *leaves[KEY_COUNT];

static int setup(void **state)
{
    (void)state;
    of = pki_new();
    for (size_t i = 0; i < KEY_COUNT; i++) {
        software[i] = pki_key(KINDS[i]);
        leaves[i] = pki_leaf(of, KINDS[i], software[i]);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        EVP_PKEY_free(software[i]);
        X509_free(leaves[i]);
    }
    pki_free(&of);
    return 0;
}

/* One handshake in the default context with client authentication required. */
static bool handshake(EVP_PKEY *key, X509 *leaf, int version, const char *sigalgs)
{
    SSL_CTX *server = pair_server_ctx(of, version, true, true);
    SSL_CTX *client = pair_client_ctx(of, version);
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *chain = pki_chain(of);
    assert_int_equal(SSL_CTX_use_cert_and_key(client, leaf, key, chain, 1), 1);
    if (sigalgs != NULL) {
        pair_limit_sigalgs(server, sigalgs);
    }
    pair ends = pair_new(client, server, PKI_HOST, NULL);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    const bool connected = pair_connect(&ends);
    const X509 *seen = SSL_get0_peer_certificate(ends.server);
    if (connected) {
        assert_int_equal(X509_cmp(seen, leaf), 0);
        assert_int_equal(SSL_get_verify_result(ends.server), X509_V_OK);
    }
    pair_free(&ends);
    return connected;
}

static void every_key_authenticates_in_every_version_with_one_signature(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * KEY_COUNT; i++) {
        soft_signer signer = {.key = software[i / 2], .leaves_junk = true};
        CIHSM_AUTO(provider_key_free)
        provider_key *key = soft_signer_key(&signer, software[i / 2]);
        assert_true(handshake(provider_key_pkey(key), leaves[i / 2], VERSIONS[i % 2], NULL));
        assert_int_equal(provider_key_signature_count(key), 1);
        assert_int_equal(signer.signed_count, 1);
    }
}

static void every_signature_algorithm_of_a_server_is_answered(void **state)
{
    (void)state;
    static const struct {
        size_t key;
        int version;
        const char *sigalgs;
    } CASES[] = {
        {RSA_KEY, TLS1_2_VERSION, "RSA+SHA256"},
        {RSA_KEY, TLS1_2_VERSION, "RSA+SHA384"},
        {RSA_KEY, TLS1_2_VERSION, "RSA+SHA512"},
        {RSA_KEY, TLS1_2_VERSION, "rsa_pss_rsae_sha256"},
        {RSA_KEY, TLS1_3_VERSION, "rsa_pss_rsae_sha256"},
        {RSA_KEY, TLS1_3_VERSION, "rsa_pss_rsae_sha384"},
        {RSA_KEY, TLS1_3_VERSION, "rsa_pss_rsae_sha512"},
        {P256_KEY, TLS1_2_VERSION, "ECDSA+SHA256"},
        {P256_KEY, TLS1_2_VERSION, "ECDSA+SHA384"}, /* P13: digest longer than the order */
        {P256_KEY, TLS1_2_VERSION, "ECDSA+SHA512"}, /* P13 */
        {P256_KEY, TLS1_3_VERSION, "ECDSA+SHA256"},
        {P384_KEY, TLS1_3_VERSION, "ECDSA+SHA384"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        EVP_PKEY *own = software[CASES[i].key];
        soft_signer signer = {.key = own};
        CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, own);
        assert_true(handshake(provider_key_pkey(key), leaves[CASES[i].key], CASES[i].version,
                              CASES[i].sigalgs));
    }
}

static void a_failing_signer_fails_the_handshake_with_its_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * KEY_COUNT; i++) {
        soft_signer signer = {.key = software[i / 2], .failure = CIHSM_E_TOKEN};
        CIHSM_AUTO(provider_key_free)
        provider_key *key = soft_signer_key(&signer, software[i / 2]);
        cihsm_error err = {0};
        assert_false(handshake(provider_key_pkey(key), leaves[i / 2], VERSIONS[i % 2], NULL));
        /* libcurl prints the first entry */
        const char *data = NULL;
        int flags = 0;
        const unsigned long code = ERR_peek_error_all(NULL, NULL, NULL, &data, &flags);
        assert_int_equal(ERR_GET_LIB(code), provider_error_library());
        assert_int_equal(ERR_GET_REASON(code), PROVIDER_TOKEN_FAILED);
        assert_string_equal(data, "the token in slot 7 went away");
        assert_true(provider_key_last_error(key, &err));
        assert_string_equal(err.message, "the token in slot 7 went away");
        assert_int_equal(signer.signed_count, 1); /* libssl does not ask again */
        ERR_clear_error();
    }
}

static void a_wrong_pair_is_caught_before_the_server_sees_a_signature(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *other = pki_key("P-256");
        soft_signer signer = {.key = other};
        CIHSM_AUTO(provider_key_free)
        provider_key *key = soft_signer_key(&signer, software[P256_KEY]);
        cihsm_error err = {0};
        assert_false(handshake(provider_key_pkey(key), leaves[P256_KEY], VERSIONS[i], NULL));
        assert_true(provider_key_last_error(key, &err));
        assert_int_equal(err.status, CIHSM_E_CONFIG);
        assert_int_equal(provider_key_signature_count(key), 0);
        ERR_clear_error();
    }
}

/* A connection that libcurl keeps may need its key when everything else of ours is gone. */
static void a_connection_outlives_its_key(void **state)
{
    (void)state;
    soft_signer signer = {.key = software[RSA_KEY]};
    provider_key *key = soft_signer_key(&signer, software[RSA_KEY]);
    SSL_CTX *server = pair_server_ctx(of, TLS1_3_VERSION, true, true);
    SSL_CTX *client = pair_client_ctx(of, TLS1_3_VERSION);
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *chain = pki_chain(of);
    assert_int_equal(
        SSL_CTX_use_cert_and_key(client, leaves[RSA_KEY], provider_key_pkey(key), chain, 1), 1);
    provider_key_free(&key);
    pair ends = pair_new(client, server, PKI_HOST, NULL);
    assert_true(pair_connect(&ends));
    pair_free(&ends);
    SSL_CTX_free(server);
    assert_int_equal(signer.released_count, 0);
    SSL_CTX_free(client);
    assert_int_equal(signer.released_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_authenticates_in_every_version_with_one_signature),
        cmocka_unit_test(every_signature_algorithm_of_a_server_is_answered),
        cmocka_unit_test(a_failing_signer_fails_the_handshake_with_its_message),
        cmocka_unit_test(a_wrong_pair_is_caught_before_the_server_sees_a_signature),
        cmocka_unit_test(a_connection_outlives_its_key),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
