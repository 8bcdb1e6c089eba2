/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "base/foreign.h"
#include "unit/provider/soft_signer.h"
#include "unit/tls/pki.h"

#define THREADS 4
#define ROUNDS 20

typedef struct job {
    provider_key *key; /* shared by all threads */
    EVP_PKEY *software;
    unsigned good, bad;
} job;

static bool sign_and_verify(const job *of, unsigned char text)
{
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *sign = EVP_MD_CTX_new();
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *check = EVP_MD_CTX_new();
    unsigned char sig[CIHSM_SIGNATURE_MAX];
    size_t len = sizeof sig;
    return EVP_DigestSignInit_ex(sign, NULL, "SHA256", NULL, NULL, provider_key_pkey(of->key),
                                 NULL) == 1 &&
           EVP_DigestSign(sign, sig, &len, &text, 1) == 1 &&
           EVP_DigestVerifyInit_ex(check, NULL, "SHA256", NULL, NULL, of->software, NULL) == 1 &&
           EVP_DigestVerify(check, sig, len, &text, 1) == 1;
}

static void *work(void *arg)
{
    job *mine = arg;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const bool good = sign_and_verify(mine, (unsigned char)round);
        mine->good += good ? 1 : 0;
        mine->bad += good ? 0 : 1;
    }
    ERR_clear_error();
    return NULL;
}

static void run(provider_key *key, EVP_PKEY *software, job jobs[THREADS])
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        jobs[i] = (job){.key = key, .software = software};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void four_threads_sign_with_one_key(void **state)
{
    (void)state;
    static const char *const KINDS[] = {"RSA", "P-256"};
    for (size_t i = 0; i < 2; i++) {
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *software = pki_key(KINDS[i]);
        soft_signer signer = {.key = software};
        provider_key *key = soft_signer_key(&signer, software);
        job jobs[THREADS];
        run(key, software, jobs);
        for (size_t at = 0; at < THREADS; at++) {
            assert_int_equal(jobs[at].good, ROUNDS);
        }
        assert_int_equal(provider_key_signature_count(key), THREADS * ROUNDS);
        provider_key_free(&key);
        assert_int_equal(signer.released_count, 1);
    }
}

static void errors_of_several_threads_do_not_mix(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *software = pki_key("P-256");
    soft_signer signer = {.key = software, .failure = CIHSM_E_TOKEN};
    CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, software);
    job jobs[THREADS];
    run(key, software, jobs);
    cihsm_error err = {0};
    for (size_t at = 0; at < THREADS; at++) {
        assert_int_equal(jobs[at].bad, ROUNDS);
    }
    assert_true(provider_key_last_error(key, &err));
    assert_string_equal(err.message, "the token in slot 7 went away");
    assert_int_equal(provider_key_signature_count(key), 0);
}

/* Each thread makes, uses and frees keys of its own; the context behind them is shared. */
static void *make_and_free(void *arg)
{
    job *mine = arg;
    for (unsigned round = 0; round < ROUNDS; round++) {
        soft_signer signer = {.key = mine->software};
        provider_key *key = NULL;
        if (provider_key_new(soft_signer_table(&signer), mine->software, &key, NULL) == CIHSM_OK) {
            const job once = {.key = key, .software = mine->software};
            mine->good += sign_and_verify(&once, 1) ? 1 : 0;
        }
        provider_key_free(&key);
        mine->bad += signer.released_count == 1 ? 0 : 1;
    }
    return NULL;
}

static void four_threads_make_and_free_keys(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *software = pki_key("P-256");
    pthread_t threads[THREADS];
    job jobs[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        jobs[i] = (job){.software = software};
        assert_int_equal(pthread_create(&threads[i], NULL, make_and_free, &jobs[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(jobs[i].good, ROUNDS);
        assert_int_equal(jobs[i].bad, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_threads_make_and_free_keys),
        cmocka_unit_test(four_threads_sign_with_one_key),
        cmocka_unit_test(errors_of_several_threads_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
