/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator does with keys: strict generation, deletion, proof of possession. */
#include "objects.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/foreign.h"
#include "pkcs11/key_list.h"
#include "pkcs11/proof.h"

static cihsm_status generate_strict(fixture *of, const char *label, const char *leave_out,
                                    cihsm_error *err)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    const cihsm_key_spec spec = {
        .type = CIHSM_KEY_EC_P256, .label = label, .strict = true, .leave_out = leave_out};
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
    return cihsm_key_generate(token, &spec, &made, err);
}

static unsigned count_keys(fixture *of)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *list = NULL;
    assert_int_equal(cihsm_key_list_fetch(token, NULL, &list, NULL), CIHSM_OK);
    return (unsigned)cihsm_key_list_count(list);
}

static void asks_for_the_strict_attributes(void **state)
{
    fixture *of = *state;
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    static const char *const TYPES[] = {"rsa:2048", "ec:P-384"};
    for (size_t i = 0; i < 2; i++) {
        cihsm_key_spec spec = {.label = TYPES[i], .strict = true};
        assert_true(cihsm_key_type_parse(TYPES[i], &spec.type, &spec.bits));
        CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
        cihsm_error err = {0};
        if (cihsm_key_generate(token, &spec, &made, &err) != CIHSM_OK) {
            fail_msg("%s", err.message);
        }
        pkcs11_key *key = NULL;
        assert_int_equal(pkcs11_key_find(token, cihsm_key_list_at(made, 0)->uri, &key, NULL),
                         CIHSM_OK);
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
        assert_int_equal(pkcs11_key_public(key, &public_key, NULL), CIHSM_OK);
        fixture_sign_and_verify(key, public_key, i == 0 ? CIHSM_RSA_PSS : CIHSM_ECDSA,
                                CIHSM_SHA256);
        pkcs11_key_free(&key);
    }
}

static void names_the_strict_attributes_that_a_token_refuses(void **state)
{
    static const struct {
        const char *rules;
        const char *text;
    } ROWS[] = {
        {"C_GenerateKeyPair attribute CKA_COPYABLE -> CKR_TEMPLATE_INCONSISTENT",
         "refuses CKA_COPYABLE (CKR_TEMPLATE_INCONSISTENT); repeat with --leave-out copyable"},
        {"C_GenerateKeyPair attribute CKA_ENCRYPT -> CKR_KEY_TYPE_INCONSISTENT\n"
         "C_GenerateKeyPair attribute CKA_COPYABLE -> CKR_GENERAL_ERROR",
         "CKA_COPYABLE and CKA_ENCRYPT"},
        /* like NSS, which takes it for keys of a session */
        {"C_GenerateKeyPair #1 attribute CKA_COPYABLE -> CKR_GENERAL_ERROR",
         "refuses CKA_DECRYPT (CKR_GENERAL_ERROR); repeat with --leave-out decrypt"},
        /* a token that refuses everything tells nothing */
        {"C_GenerateKeyPair -> CKR_GENERAL_ERROR", "does not show which"},
    };
    fixture *of = *state;
    const unsigned before = count_keys(of);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_true(shim_use(of->hsm, ROWS[i].rules));
        cihsm_error err = {0};
        assert_int_equal(generate_strict(of, "refused", NULL, &err), CIHSM_E_TOKEN);
        fixture_expect(&err, CIHSM_E_TOKEN, ROWS[i].text);
        assert_true(shim_is_clean(of->hsm));
        assert_int_equal(count_keys(of), before); /* nothing is left of the probes */
    }
}

static void leaves_out_what_the_person_says(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_GenerateKeyPair attribute CKA_COPYABLE -> CKR_GENERAL_ERROR\n"
                                  "C_GenerateKeyPair attribute CKA_ENCRYPT -> CKR_GENERAL_ERROR"));
    cihsm_error err = {0};
    assert_int_equal(generate_strict(of, "left out", "copyable,encrypt", &err), CIHSM_OK);
    assert_int_equal(shim_reported(of->hsm, "C_GenerateKeyPair"), 1);
}

static void refuses_attributes_that_are_not_strict(void **state)
{
    (void)state;
    const cihsm_key_spec unknown = {
        .type = CIHSM_KEY_EC_P256, .label = "x", .strict = true, .leave_out = "copyable,sign"};
    cihsm_error err = {0};
    assert_int_equal(cihsm_key_spec_check(&unknown, &err), CIHSM_E_USAGE);
    fixture_expect(&err, CIHSM_E_USAGE, "\"sign\" is none of the strict attributes");
    const cihsm_key_spec loose = {.type = CIHSM_KEY_EC_P256, .label = "x", .leave_out = "copyable"};
    assert_int_equal(cihsm_key_spec_check(&loose, &err), CIHSM_E_USAGE);
    fixture_expect(&err, CIHSM_E_USAGE, "--strict");
}

static void says_what_a_failed_generation_leaves_behind(void **state)
{
    fixture *of = *state;
    const uint8_t id = 0xe0;
    const cihsm_key_spec spec = {
        .type = CIHSM_KEY_EC_P256, .label = "half", .id = &id, .id_len = 1};
    cihsm_key_list *made = NULL;
    cihsm_error err = {0};
    assert_true(shim_use(of->hsm, "C_GenerateKeyPair -> after CKR_DEVICE_ERROR"));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    assert_int_equal(cihsm_key_generate(token, &spec, &made, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN, "a part of the key is left on the token");
    cihsm_key_deleted deleted;
    assert_int_equal(cihsm_key_delete(token, "pkcs11:object=half", &deleted, NULL), CIHSM_OK);
    cihsm_token_free(&token);

    /* four searches look whether the name is free; the fifth is for what is left */
    assert_true(shim_use(of->hsm, "C_GenerateKeyPair -> CKR_DEVICE_REMOVED\n"
                                  "C_FindObjectsInit #5 -> CKR_DEVICE_REMOVED"));
    token = fixture_open(of, SHIM_MODULE);
    assert_int_equal(cihsm_key_generate(token, &spec, &made, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN, "not known whether a key was made");
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

static void deletes_both_halves_and_no_certificate(void **state)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *some = EVP_EC_gen("P-256");
    objects_generate(token, 0xd0, "doomed");
    objects_store_certificate(token, 0xd0, some);
    objects_generate(token, 0xd1, "kept");
    cihsm_key_deleted deleted;
    cihsm_error err = {0};
    if (cihsm_key_delete(token, "pkcs11:object=doomed", &deleted, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(deleted.private_keys, 1);
    assert_int_equal(deleted.public_keys, 1);
    assert_int_equal(deleted.certificates_left, 1);
    assert_int_equal(objects_count(token, CKO_PRIVATE_KEY, 0xd0, NULL), 0);
    assert_int_equal(objects_count(token, CKO_PUBLIC_KEY, 0xd0, NULL), 0);
    assert_int_equal(objects_count(token, CKO_CERTIFICATE, 0xd0, NULL), 1);
    assert_int_equal(objects_count(token, CKO_PRIVATE_KEY, 0xd1, NULL), 1);
    assert_int_equal(objects_count(token, CKO_PUBLIC_KEY, 0xd1, NULL), 1);
}

static void deletes_one_of_two_keys_of_one_id_with_its_own_public_half(void **state)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    objects_generate(token, 0xd2, "first");
    objects_generate(token, 0xd2, "second");
    cihsm_key_deleted deleted;
    cihsm_error err = {0};
    assert_int_equal(cihsm_key_delete(token, "pkcs11:id=%D2", &deleted, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN, "several keys match");
    assert_int_equal(cihsm_key_delete(token, "pkcs11:object=first", &deleted, NULL), CIHSM_OK);
    assert_int_equal(deleted.public_keys, 1);
    assert_int_equal(objects_count(token, CKO_PRIVATE_KEY, 0xd2, "second"), 1);
    assert_int_equal(objects_count(token, CKO_PUBLIC_KEY, 0xd2, "second"), 1);
    assert_int_equal(objects_count(token, CKO_PUBLIC_KEY, 0xd2, NULL), 1);
}

static void deletes_none_of_several_that_are_given_one_at_a_time(void **state)
{
    fixture *of = *state;
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    objects_generate(token, 0xd8, "alike");
    objects_generate(token, 0xd9, "alike");
    cihsm_token_free(&token);
    assert_true(shim_use(of->hsm, "C_FindObjects -> short 1"));
    token = fixture_open(of, SHIM_MODULE);
    cihsm_key_deleted deleted;
    cihsm_error err = {0};
    assert_int_equal(cihsm_key_delete(token, "pkcs11:object=alike", &deleted, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN, "several keys match");
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_DestroyObject"), 0);
    assert_true(shim_is_clean(of->hsm));
}

static void deletes_a_public_key_that_stands_alone(void **state)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    objects_generate(token, 0xd3, "orphan");
    assert_int_equal(objects_remove(token, CKO_PRIVATE_KEY, 0xd3), 1);
    cihsm_key_deleted deleted;
    assert_int_equal(cihsm_key_delete(token, "pkcs11:object=orphan", &deleted, NULL), CIHSM_OK);
    assert_int_equal(deleted.private_keys, 0);
    assert_int_equal(deleted.public_keys, 1);
    assert_int_equal(objects_count(token, CKO_PUBLIC_KEY, 0xd3, NULL), 0);
}

static void says_what_is_left_when_a_deletion_stops(void **state)
{
    static const struct {
        const char *rule;
        unsigned private_left;
        const char *text;
    } ROWS[] = {
        {"C_DestroyObject #1 -> CKR_TOKEN_WRITE_PROTECTED", 1, "nothing was done"},
        {"C_DestroyObject #2 -> CKR_DEVICE_ERROR", 0, "but not its public key object; repeat"},
    };
    fixture *of = *state;
    for (size_t i = 0; i < 2; i++) {
        assert_true(shim_use(of->hsm, ROWS[i].rule));
        cihsm_token *token = fixture_open(of, SHIM_MODULE);
        const CK_BYTE id = (CK_BYTE)(0xd4 + i);
        objects_generate(token, id, "stubborn");
        cihsm_key_deleted deleted;
        cihsm_error err = {0};
        assert_int_equal(cihsm_key_delete(token, "pkcs11:object=stubborn", &deleted, &err),
                         CIHSM_E_TOKEN);
        fixture_expect(&err, CIHSM_E_TOKEN, ROWS[i].text);
        assert_int_equal(objects_count(token, CKO_PRIVATE_KEY, id, NULL), ROWS[i].private_left);
        assert_int_equal(objects_count(token, CKO_PUBLIC_KEY, id, NULL), 1);
        assert_int_equal(cihsm_key_delete(token, "pkcs11:object=stubborn", &deleted, NULL),
                         CIHSM_OK); /* as the message says */
        assert_int_equal(objects_count(token, CKO_PUBLIC_KEY, id, NULL), 0);
        cihsm_token_free(&token);
        assert_true(shim_is_clean(of->hsm));
    }
}

static void deletes_nothing_that_is_not_named(void **state)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    static const struct {
        const char *uri;
        cihsm_status status;
        const char *text;
    } ROWS[] = {
        {NULL, CIHSM_E_USAGE, "say which key"},
        {"pkcs11:token=" FIXTURE_LABEL, CIHSM_E_USAGE, "say which key"},
        {"pkcs11:object=never-was", CIHSM_E_TOKEN, "no such key"},
        {"pkcs11:token=another;object=kept", CIHSM_E_TOKEN, "another token"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        cihsm_key_deleted deleted;
        cihsm_error err = {0};
        assert_int_equal(cihsm_key_delete(token, ROWS[i].uri, &deleted, &err), ROWS[i].status);
        fixture_expect(&err, ROWS[i].status, ROWS[i].text);
    }
}

static void proves_possession_to_the_right_public_key_only(void **state)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    fixture_generate(token, "ec:P-256", "0-ec");
    fixture_generate(token, "rsa:2048", "1-rsa");
    static const char *const LABELS[] = {"0-ec", "1-rsa"};
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *foreign = EVP_EC_gen("P-256");
    for (size_t i = 0; i < 2; i++) {
        CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = fixture_find(token, LABELS[i]);
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *own = NULL;
        assert_int_equal(pkcs11_key_public(key, &own, NULL), CIHSM_OK);
        pkcs11_proof proof;
        assert_int_equal(pkcs11_proof_make(key, &proof, NULL), CIHSM_OK);
        assert_true(pkcs11_proof_fits(&proof, own));
        assert_false(pkcs11_proof_fits(&proof, foreign));
        assert_false(pkcs11_proof_fits(&proof, NULL));
        proof.hash[0] ^= 1;
        assert_false(pkcs11_proof_fits(&proof, own));
    }
}

static void proves_with_pss_where_pkcs1_is_refused(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_SignInit mechanism CKM_RSA_PKCS -> CKR_MECHANISM_INVALID"));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = fixture_find(token, "1-rsa");
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *own = NULL;
    assert_int_equal(pkcs11_key_public(key, &own, NULL), CIHSM_OK);
    pkcs11_proof proof;
    assert_int_equal(pkcs11_proof_make(key, &proof, NULL), CIHSM_OK);
    assert_int_equal(proof.scheme, CIHSM_RSA_PSS);
    assert_true(pkcs11_proof_fits(&proof, own));
}

static void finds_the_public_half_under_another_id_by_a_signature(void **state)
{
    fixture *of = *state;
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    objects_generate(token, 0xc0, "lonely");
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = fixture_find(token, "lonely");
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *own = NULL;
    assert_int_equal(pkcs11_key_public(key, &own, NULL), CIHSM_OK);
    assert_int_equal(objects_remove(token, CKO_PUBLIC_KEY, 0xc0), 1);
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *none = NULL;
    assert_int_equal(pkcs11_key_public(key, &none, NULL), CIHSM_E_TOKEN);

    objects_store_certificate(token, 0xc1, own);
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *proven = NULL;
    assert_int_equal(pkcs11_key_public(key, &proven, NULL), CIHSM_OK);
    assert_int_equal(EVP_PKEY_eq(own, proven), 1);
}

static void tells_how_a_key_was_generated(void **state)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    objects_generate(token, 0xc2, "told");
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *list = NULL;
    assert_int_equal(cihsm_key_list_fetch(token, "pkcs11:object=told", &list, NULL), CIHSM_OK);
    const cihsm_key_info *info = cihsm_key_list_at(list, 0);
    assert_string_equal(info->mechanism, "CKM_EC_KEY_PAIR_GEN");
    assert_int_equal(info->always_authenticate, CIHSM_NO);
    const char *name = NULL;
    cihsm_tristate known = CIHSM_UNKNOWN;
    assert_true(pkcs11_key_attribute(info, 0, &name, &known));
    assert_string_equal(name, "CKA_SENSITIVE");
    assert_int_equal(known, CIHSM_YES);
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *told = NULL;
    assert_int_equal(pkcs11_key_list_public(token, list, 0, &told, NULL), CIHSM_OK);
    assert_non_null(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(asks_for_the_strict_attributes, fixture_reset),
        cmocka_unit_test_setup(names_the_strict_attributes_that_a_token_refuses, fixture_reset),
        cmocka_unit_test_setup(leaves_out_what_the_person_says, fixture_reset),
        cmocka_unit_test(refuses_attributes_that_are_not_strict),
        cmocka_unit_test_setup(says_what_a_failed_generation_leaves_behind, fixture_reset),
        cmocka_unit_test_setup(deletes_both_halves_and_no_certificate, fixture_reset),
        cmocka_unit_test_setup(deletes_one_of_two_keys_of_one_id_with_its_own_public_half,
                               fixture_reset),
        cmocka_unit_test_setup(deletes_none_of_several_that_are_given_one_at_a_time, fixture_reset),
        cmocka_unit_test_setup(deletes_a_public_key_that_stands_alone, fixture_reset),
        cmocka_unit_test_setup(says_what_is_left_when_a_deletion_stops, fixture_reset),
        cmocka_unit_test_setup(deletes_nothing_that_is_not_named, fixture_reset),
        cmocka_unit_test_setup(proves_possession_to_the_right_public_key_only, fixture_reset),
        cmocka_unit_test_setup(proves_with_pss_where_pkcs1_is_refused, fixture_reset),
        cmocka_unit_test_setup(finds_the_public_half_under_another_id_by_a_signature,
                               fixture_reset),
        cmocka_unit_test_setup(tells_how_a_key_was_generated, fixture_reset),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
