/* SPDX-License-Identifier: Apache-2.0 */
/* Clones: one key under several URIs, signed with by several threads while tokens fail. */
#include "unit/pkcs11/fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/foreign.h"
#include "client/clones.h"

enum { THREADS = 4, ROUNDS = 25, FAILS_FROM = 20, FAILS_TO = 60 };

/* The key of label "k" has the id 0x10 + 'k'. */
static const char FIRST[] = "pkcs11:token=" FIXTURE_LABEL ";object=k";
static const char *const CLONES[] = {"pkcs11:token=" FIXTURE_LABEL ";id=%7B",
                                     "pkcs11:token=" FIXTURE_LABEL ";id=%7B;object=k"};

static int make_key(void **state)
{
    if (fixture_setup(state) != 0) {
        return -1;
    }
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    fixture_generate(token, "ec:P-256", "k");
    fixture_generate(token, "ec:P-256", "x");
    return 0;
}

static EVP_PKEY *public_half(fixture *of)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = fixture_find(token, "k");
    EVP_PKEY *public_key = NULL;
    assert_int_equal(pkcs11_key_public(key, &public_key, NULL), CIHSM_OK);
    return public_key;
}

/* Something that signs with these keys over the shim. */
typedef struct scene {
    EVP_PKEY *public_key;
    clones *keys;
    cihsm_signer signer;
    atomic_uint failed;
} scene;

static void scene_free(scene *of)
{
    clones_free(&of->keys);
    pkey_cleanup(&of->public_key);
}

static void scene_open(scene *of, fixture *on, const char *rules, const char *const *others,
                       size_t count)
{
    of->public_key = public_half(on);
    assert_true(shim_use(on->hsm, rules));
    cihsm_client_config config = {.key = FIRST, .clones = others, .clone_count = count};
    config.token = fixture_config(on, SHIM_MODULE);
    cihsm_error err = {0};
    if (clones_open(&config, &of->keys, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    const signing_record record = {.serial = "01", .purpose = "unit"};
    assert_int_equal(clones_signer(of->keys, of->public_key, &record, &of->signer, &err), CIHSM_OK);
}

static cihsm_status sign_once(scene *of, cihsm_error *err)
{
    const cihsm_sign_request request = fixture_request(CIHSM_ECDSA);
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t sig_len = 0;
    CIHSM_TRY(of->signer.sign(of->signer.context, &request, sig, &sig_len, err));
    return fixture_verifies(of->public_key, &request, sig, sig_len) ? CIHSM_OK : CIHSM_E_CHECK;
}

/* cmocka's asserts belong to the main thread: this only counts. */
static void *sign_many(void *context)
{
    scene *of = context;
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add(&of->failed, sign_once(of, NULL) == CIHSM_OK ? 0 : 1);
    }
    return NULL;
}

/* By codes that no recovery helps against. */
static void every_signature_succeeds_while_tokens_fail(void **state)
{
    fixture *on = *state;
    on->sink.level = CIHSM_LOG_ERROR; /* the log of the fixture is for one thread */
    {
        CIHSM_AUTO(scene_free) scene of = {.failed = 0};
        scene_open(&of, on, "C_Sign #20 -> CKR_DEVICE_MEMORY\nC_Sign #60 -> CKR_ACTION_PROHIBITED",
                   CLONES, 2);
        pthread_t threads[THREADS];
        for (size_t i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_create(&threads[i], NULL, sign_many, &of), 0);
        }
        for (size_t i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        }
        assert_int_equal(of.failed, 0);
    }
    on->sink.level = CIHSM_LOG_TRACE;
    assert_true(shim_is_clean(on->hsm));
    assert_int_equal(shim_reported(on->hsm, "C_Finalize"), 1); /* never closed in between */
}

static void the_only_key_is_tried_again_next_time(void **state)
{
    CIHSM_AUTO(scene_free) scene of = {.failed = 0};
    scene_open(&of, *state, "C_Sign #1 -> CKR_DEVICE_MEMORY", NULL, 0);
    cihsm_error err = {0};
    assert_int_equal(sign_once(&of, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN, "CKR_DEVICE_MEMORY");
    assert_int_equal(sign_once(&of, NULL), CIHSM_OK);
}

static void when_all_failed_the_next_signature_tries_again(void **state)
{
    fixture *on = *state;
    {
        CIHSM_AUTO(scene_free) scene of = {.failed = 0};
        scene_open(&of, on,
                   "C_Sign #1 -> CKR_DEVICE_MEMORY\nC_Sign #2 -> CKR_ACTION_PROHIBITED\n"
                   "C_Sign #3 -> CKR_ACTION_PROHIBITED",
                   CLONES, 1);
        cihsm_error err = {0};
        assert_int_equal(sign_once(&of, &err), CIHSM_E_TOKEN);
        fixture_expect(&err, CIHSM_E_TOKEN, "none of the 2 keys can be used");
        assert_non_null(strstr(err.message, "1 (pkcs11:token=" FIXTURE_LABEL ";object=k): "));
        assert_non_null(strstr(err.message, "CKR_DEVICE_MEMORY"));
        assert_non_null(strstr(err.message, "2 (pkcs11:token=" FIXTURE_LABEL ";id=%7B): "));
        assert_non_null(strstr(err.message, "CKR_ACTION_PROHIBITED"));
        assert_int_equal(sign_once(&of, NULL),
                         CIHSM_OK); /* #3 is the first key's, then the second */
        assert_int_equal(sign_once(&of, NULL), CIHSM_OK);
    }
    assert_true(shim_is_clean(on->hsm));
}

/* From the last key the way leads to the first. */
static void a_key_that_failed_is_tried_again_when_the_next_one_fails(void **state)
{
    CIHSM_AUTO(scene_free) scene of = {.failed = 0};
    /* #2 is the second key's proof, #4 its second signature. */
    scene_open(&of, *state, "C_Sign #1 -> CKR_DEVICE_MEMORY\nC_Sign #4 -> CKR_DEVICE_MEMORY",
               CLONES, 1);
    for (int i = 0; i < 3; i++) {
        cihsm_error err = {0};
        if (sign_once(&of, &err) != CIHSM_OK) {
            fail_msg("%d: %s", i, err.message);
        }
    }
}

/* One round for all that wait for it; each thread is well again when the tokens are. */
static void fail_signatures(char *rules, size_t size, int from, int to)
{
    size_t used = 0;
    for (int i = from; i <= to; i++) {
        used += (size_t)snprintf(rules + used, size - used, "C_Sign #%d -> CKR_DEVICE_MEMORY\n", i);
    }
    assert_true(used < size);
}

static void threads_find_their_way_back_when_all_failed(void **state)
{
    fixture *on = *state;
    char rules[2048];
    fail_signatures(rules, sizeof rules, FAILS_FROM, FAILS_TO);
    on->sink.level = CIHSM_LOG_ERROR;
    {
        CIHSM_AUTO(scene_free) scene of = {.failed = 0};
        scene_open(&of, on, rules, CLONES, 2);
        pthread_t threads[THREADS];
        for (size_t i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_create(&threads[i], NULL, sign_many, &of), 0);
        }
        for (size_t i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        }
        assert_in_range(of.failed, 1, FAILS_TO - FAILS_FROM + 1);
        assert_int_equal(sign_once(&of, NULL), CIHSM_OK);
    }
    on->sink.level = CIHSM_LOG_TRACE;
    assert_true(shim_is_clean(on->hsm));
}

static void a_key_of_another_pair_takes_over_for_nobody(void **state)
{
    static const char *const OTHER[] = {"pkcs11:token=" FIXTURE_LABEL ";object=x"};
    CIHSM_AUTO(scene_free) scene of = {.failed = 0};
    scene_open(&of, *state, "C_Sign #1 -> CKR_DEVICE_MEMORY", OTHER, 1);
    cihsm_error err = {0};
    assert_int_equal(sign_once(&of, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN, "another key than that of the certificate");
}

static void other_failures_than_the_tokens_end_it(void **state)
{
    fixture *on = *state;
    {
        CIHSM_AUTO(scene_free) scene of = {.failed = 0};
        scene_open(&of, on, "C_Sign #1 -> CKR_FUNCTION_REJECTED", CLONES, 2);
        assert_int_equal(sign_once(&of, NULL), CIHSM_E_CANCELED);
    }
    assert_int_equal(shim_reported(on->hsm, "C_Sign"), 1);
    assert_int_equal(shim_reported(on->hsm, "C_Login"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_signature_succeeds_while_tokens_fail, fixture_reset),
        cmocka_unit_test_setup(the_only_key_is_tried_again_next_time, fixture_reset),
        cmocka_unit_test_setup(when_all_failed_the_next_signature_tries_again, fixture_reset),
        cmocka_unit_test_setup(a_key_that_failed_is_tried_again_when_the_next_one_fails,
                               fixture_reset),
        cmocka_unit_test_setup(threads_find_their_way_back_when_all_failed, fixture_reset),
        cmocka_unit_test_setup(a_key_of_another_pair_takes_over_for_nobody, fixture_reset),
        cmocka_unit_test_setup(other_failures_than_the_tokens_end_it, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_key, fixture_teardown);
}
