/* SPDX-License-Identifier: Apache-2.0 */
#include "token/store.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/foreign.h"
#include "pkcs11/certificate.h"
#include "unit/pkcs11/fixture.h"

static const uint8_t ID[] = {0x01, 0x02, 0x03};
static const uint8_t OTHER_ID[] = {0x04};

/* Self-signed; the serial number tells one from the other. */
static X509 *make_certificate(long serial)
{
    X509 *made = X509_new();
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_non_null(made);
    assert_non_null(key);
    X509_NAME *name = X509_get_subject_name(made);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                (const unsigned char *)"unit", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(made, name), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(made), serial), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(made), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(made), 3600));
    assert_int_equal(X509_set_pubkey(made, key), 1);
    assert_true(X509_sign(made, key, EVP_sha256()) > 0);
    return made;
}

static size_t count(cihsm_token *token)
{
    CIHSM_AUTO(pkcs11_certificate_list_free) pkcs11_certificate_list list = {.count = 0};
    assert_int_equal(pkcs11_certificate_list_read(token, &list, NULL), CIHSM_OK);
    return list.count;
}

static void must_store(cihsm_token *token, X509 *certificate, const uint8_t *id, size_t id_len,
                       bool expected)
{
    cihsm_error err = {0};
    bool added = !expected;
    if (token_store_certificate(token, certificate, id, id_len, "a label", &added, &err)) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(added, expected);
}

static void remove_all(cihsm_token *token)
{
    CIHSM_AUTO(pkcs11_certificate_list_free) pkcs11_certificate_list list = {.count = 0};
    assert_int_equal(pkcs11_certificate_list_read(token, &list, NULL), CIHSM_OK);
    for (size_t i = 0; i < list.count; i++) {
        const pkcs11_certificate *at = &list.entries[i];
        const cihsm_status status =
            token_remove_certificate(token, at->certificate, NULL, 0, NULL, NULL);
        assert_true(status == CIHSM_OK || status == CIHSM_E_NOT_FOUND); /* a copy went before */
    }
    assert_int_equal(count(token), 0);
}

static void gives_back_what_was_stored(void **state)
{
    fixture *of = *state;
    CIHSM_AUTO(x509_cleanup) X509 *certificate = make_certificate(1);
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    must_store(token, certificate, ID, sizeof ID, true);
    CIHSM_AUTO(pkcs11_certificate_list_free) pkcs11_certificate_list list = {.count = 0};
    assert_int_equal(pkcs11_certificate_list_read(token, &list, NULL), CIHSM_OK);
    assert_int_equal(list.count, 1);
    const pkcs11_certificate *at = &list.entries[0];
    assert_int_equal(X509_cmp(at->certificate, certificate), 0);
    assert_int_equal(at->id_len, sizeof ID);
    assert_memory_equal(at->id, ID, sizeof ID);
    assert_string_equal(at->label, "a label");
    remove_all(token);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

static void makes_no_second_copy(void **state)
{
    fixture *of = *state;
    CIHSM_AUTO(x509_cleanup) X509 *certificate = make_certificate(1);
    CIHSM_AUTO(x509_cleanup) X509 *other = make_certificate(2);
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    must_store(token, certificate, ID, sizeof ID, true);
    must_store(token, certificate, ID, sizeof ID, false);
    assert_int_equal(count(token), 1);
    must_store(token, certificate, OTHER_ID, sizeof OTHER_ID,
               true); /* another id: another object */
    must_store(token, other, ID, sizeof ID, true);
    assert_int_equal(count(token), 3);
    remove_all(token);
}

static void removes_what_it_is_told_and_nothing_else(void **state)
{
    fixture *of = *state;
    CIHSM_AUTO(x509_cleanup) X509 *certificate = make_certificate(1);
    CIHSM_AUTO(x509_cleanup) X509 *other = make_certificate(2);
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    must_store(token, certificate, ID, sizeof ID, true);
    must_store(token, certificate, OTHER_ID, sizeof OTHER_ID, true);
    must_store(token, other, ID, sizeof ID, true);

    size_t removed = 0;
    cihsm_error err = {0};
    assert_int_equal(
        token_remove_certificate(token, certificate, OTHER_ID, sizeof OTHER_ID, &removed, &err),
        CIHSM_OK);
    assert_int_equal(removed, 1);
    assert_int_equal(
        token_remove_certificate(token, certificate, OTHER_ID, sizeof OTHER_ID, &removed, &err),
        CIHSM_E_NOT_FOUND);
    assert_int_equal(count(token), 2);
    cihsm_error_clear(&err);
    must_store(token, certificate, OTHER_ID, sizeof OTHER_ID, true);
    assert_int_equal(token_remove_certificate(token, certificate, NULL, 0, &removed, &err),
                     CIHSM_OK);
    assert_int_equal(removed, 2);
    assert_int_equal(count(token), 1);
    remove_all(token);
}

static void leaves_keys_usable(void **state)
{
    fixture *of = *state;
    CIHSM_AUTO(x509_cleanup) X509 *certificate = make_certificate(1);
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    fixture_generate(token, "ec:P-256", "k");
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = fixture_find(token, "k");
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
    assert_int_equal(pkcs11_key_public(key, &public_key, NULL), CIHSM_OK);
    const unsigned long logins = cihsm_token_count(token).logins;
    must_store(token, certificate, ID, sizeof ID, true);
    fixture_sign_and_verify(key, public_key, CIHSM_ECDSA, CIHSM_SHA256);
    assert_int_equal(cihsm_token_count(token).logins, logins);
    remove_all(token);
    fixture_sign_and_verify(key, public_key, CIHSM_ECDSA, CIHSM_SHA256);
}

static void says_what_is_on_the_token_when_it_fails(void **state)
{
    fixture *of = *state;
    static const struct {
        const char *rules;
        const char *happened, *now;
        bool may_be_there;
    } ROWS[] = {
        {"C_CreateObject -> CKR_DEVICE_MEMORY", "the token is full", "(it is not on the token)",
         false},
        {"C_CreateObject -> after CKR_DEVICE_MEMORY", "the token is full",
         "(but it is on the token)", true},
        {"C_CreateObject -> CKR_TOKEN_WRITE_PROTECTED", "cannot be written",
         "(it is not on the token)", false},
        {"C_CreateObject -> CKR_DEVICE_REMOVED\nC_FindObjectsInit #2 -> CKR_SESSION_HANDLE_INVALID",
         "plugged in", "(it cannot be told whether it is on the token)", true},
        {"C_FindObjectsInit #2 -> CKR_DEVICE_REMOVED", "took certificate", "cihsm cert list", true},
        {"C_OpenSession #2 -> CKR_TOKEN_WRITE_PROTECTED", "may write", "cannot be written", false},
        {"C_GetTokenInfo -> flags +WRITE_PROTECTED", "is write-protected", "nothing was changed",
         false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(x509_cleanup) X509 *certificate = make_certificate(1);
        assert_true(shim_use(of->hsm, ROWS[i].rules));
        CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
        cihsm_error err = {0};
        bool added = false;
        assert_int_equal(
            token_store_certificate(token, certificate, ID, sizeof ID, "leaf", &added, &err),
            CIHSM_E_TOKEN);
        assert_int_equal(added, ROWS[i].may_be_there);
        fixture_expect(&err, CIHSM_E_TOKEN, ROWS[i].happened);
        fixture_expect(&err, CIHSM_E_TOKEN, ROWS[i].now);
        cihsm_token_free(&token);
        assert_true(shim_is_clean(of->hsm));
        assert_true(shim_use(of->hsm, ""));
        token = fixture_open(of, SHIM_MODULE);
        remove_all(token);
    }
}

static void leaves_the_token_clean_whichever_call_fails(void **state)
{
    fixture *of = *state;
    static const char *const FUNCTIONS[] = {
        "C_FindObjectsInit", "C_FindObjects",  "C_FindObjectsFinal", "C_GetAttributeValue",
        "C_OpenSession",     "C_CreateObject", "C_CloseSession",     "C_DestroyObject"};
    CIHSM_AUTO(x509_cleanup) X509 *certificate = make_certificate(1);
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
        for (unsigned nth = 2; nth <= 8; nth++) { /* the first session is the login's */
            char rule[64];
            snprintf(rule, sizeof rule, "%s #%u -> CKR_DEVICE_ERROR", FUNCTIONS[i], nth);
            assert_true(shim_use(of->hsm, rule));
            CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
            cihsm_error err = {0};
            if (token_store_certificate(token, certificate, ID, sizeof ID, "x", NULL, &err) !=
                CIHSM_OK) {
                assert_true(err.message[0] != '\0');
            }
            cihsm_error_clear(&err);
            if (token_remove_certificate(token, certificate, NULL, 0, NULL, &err) != CIHSM_OK) {
                assert_true(err.message[0] != '\0');
            }
            cihsm_token_free(&token);
            assert_true(shim_is_clean(of->hsm));
        }
    }
    assert_true(shim_use(of->hsm, ""));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    remove_all(token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(gives_back_what_was_stored, fixture_reset),
        cmocka_unit_test_setup(makes_no_second_copy, fixture_reset),
        cmocka_unit_test_setup(removes_what_it_is_told_and_nothing_else, fixture_reset),
        cmocka_unit_test_setup(leaves_keys_usable, fixture_reset),
        cmocka_unit_test_setup(says_what_is_on_the_token_when_it_fails, fixture_reset),
        cmocka_unit_test_setup(leaves_the_token_clean_whichever_call_fails, fixture_reset),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
