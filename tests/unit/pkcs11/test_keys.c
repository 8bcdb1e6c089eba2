/* SPDX-License-Identifier: Apache-2.0 */
#include "objects.h"

#include <string.h>

#include <openssl/pem.h>

#include "base/error.h"
#include "base/foreign.h"
#include "pkcs11/certificate.h"
#include "pkcs11/functions.h"
#include "pkcs11/module.h"
#include "pkcs11/token.h"

static void generates_keys_that_cannot_leave(void **state)
{
    static const struct {
        const char *type;
        const char *label;
        cihsm_scheme scheme;
    } ROWS[] = {
        {"rsa:2048", "a2048", CIHSM_RSA_PSS}, {"rsa:3072", "b3072", CIHSM_RSA_PSS},
        {"rsa:4096", "c4096", CIHSM_RSA_PSS}, {"ec:P-256", "d256", CIHSM_ECDSA},
        {"ec:P-384", "e384", CIHSM_ECDSA},
    };
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        cihsm_key_spec spec = {.label = ROWS[i].label};
        assert_true(cihsm_key_type_parse(ROWS[i].type, &spec.type, &spec.bits));
        CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
        assert_int_equal(cihsm_key_generate(token, &spec, &made, NULL), CIHSM_OK);
        assert_int_equal(cihsm_key_list_count(made), 1);
        assert_null(cihsm_key_list_at(made, 1));

        const cihsm_key_info *info = cihsm_key_list_at(made, 0);
        char type[16];
        cihsm_key_type_format(info->type, info->bits, type);
        assert_string_equal(type, ROWS[i].type);
        assert_string_equal(info->label, ROWS[i].label);
        assert_int_equal(info->id_len, 16);
        assert_int_equal(info->sensitive, CIHSM_YES);
        assert_int_equal(info->extractable, CIHSM_NO);
        assert_int_equal(info->always_sensitive, CIHSM_YES);
        assert_int_equal(info->never_extractable, CIHSM_YES);
        assert_int_equal(info->local, CIHSM_YES);
        assert_int_equal(info->sign, CIHSM_YES);

        pkcs11_key *key = NULL; /* the URI finds it */
        assert_int_equal(pkcs11_key_find(token, info->uri, &key, NULL), CIHSM_OK);
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
        assert_int_equal(pkcs11_key_public(key, &public_key, NULL), CIHSM_OK);
        fixture_sign_and_verify(key, public_key, ROWS[i].scheme, CIHSM_SHA256);
        pkcs11_key_free(&key);
    }
}

static void does_not_touch_a_key_of_the_same_label_or_id(void **state)
{
    fixture *of = *state;
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    const uint8_t id[] = {0xca, 0xfe};
    cihsm_key_spec spec = {
        .type = CIHSM_KEY_EC_P256, .label = "only one", .id = id, .id_len = sizeof id};
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
    assert_int_equal(cihsm_key_generate(token, &spec, &made, NULL), CIHSM_OK);
    assert_non_null(strstr(cihsm_key_list_at(made, 0)->uri, "id=%CA%FE;object=only%20one"));

    cihsm_error err = {0};
    cihsm_key_list *second = NULL;
    spec.label = "another";
    assert_int_equal(cihsm_key_generate(token, &spec, &second, &err), CIHSM_E_CONFLICT);
    fixture_expect(&err, CIHSM_E_CONFLICT, "of that id");
    spec.id = NULL;
    spec.label = "only one";
    assert_int_equal(cihsm_key_generate(token, &spec, &second, &err), CIHSM_E_CONFLICT);
    fixture_expect(&err, CIHSM_E_CONFLICT, "of that label");
    assert_null(second);
    assert_null(strstr(strstr(of->log, "C_GenerateKeyPair") + 1, "C_GenerateKeyPair"));
}

static void refuses_what_no_token_should_make(void **state)
{
    static char long_label[CIHSM_KEY_LABEL_MAX + 1];
    memset(long_label, 'x', sizeof long_label - 1);
    static const uint8_t ID[CIHSM_KEY_ID_MAX + 1] = {1};
    const struct {
        cihsm_key_spec spec;
        const char *text;
    } rows[] = {
        {{.type = CIHSM_KEY_RSA, .bits = 1024, .label = "x"}, "rsa:2048"},
        {{.type = CIHSM_KEY_OTHER, .label = "x"}, "rsa:2048"},
        {{.type = CIHSM_KEY_EC_P256}, "needs a label"},
        {{.type = CIHSM_KEY_EC_P256, .label = ""}, "needs a label"},
        {{.type = CIHSM_KEY_EC_P256, .label = long_label}, "at most 127 bytes"},
        {{.type = CIHSM_KEY_EC_P256, .label = "\xff"}, "UTF-8"},
        {{.type = CIHSM_KEY_EC_P256, .label = "x", .id = ID, .id_len = 0}, "1 to 64"},
        {{.type = CIHSM_KEY_EC_P256, .label = "x", .id = ID, .id_len = sizeof ID}, "1 to 64"},
    };
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cihsm_error err = {0};
        cihsm_key_list *made = NULL;
        assert_int_equal(cihsm_key_generate(token, &rows[i].spec, &made, &err), CIHSM_E_USAGE);
        fixture_expect(&err, CIHSM_E_USAGE, rows[i].text);
    }
}

static void says_why_the_token_does_not_generate(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_GenerateKeyPair #1 -> CKR_TEMPLATE_INCONSISTENT\n"
                                  "C_GenerateKeyPair #2 -> CKR_FUNCTION_NOT_SUPPORTED"));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    const cihsm_key_spec spec = {.type = CIHSM_KEY_RSA, .bits = 2048, .label = "never"};
    cihsm_key_list *made = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_key_generate(token, &spec, &made, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN,
                   "does not generate a rsa:2048 key: CKR_TEMPLATE_INCONSISTENT");
    assert_int_equal(cihsm_key_generate(token, &spec, &made, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN, "vendor's own tool");
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_GenerateKeyPair"), 2);
    assert_true(shim_is_clean(of->hsm));
}

static void lists_the_keys_that_match(void **state)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    fixture_generate(token, "ec:P-256", "listed");
    static const struct {
        const char *uri;
        size_t count;
    } ROWS[] = {
        {"pkcs11:object=listed", 1},
        {"pkcs11:id=%7c", 1},
        {"pkcs11:object=unlisted", 0},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *list = NULL;
        assert_int_equal(cihsm_key_list_fetch(token, ROWS[i].uri, &list, NULL), CIHSM_OK);
        assert_int_equal(cihsm_key_list_count(list), ROWS[i].count);
    }
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *all = NULL;
    assert_int_equal(cihsm_key_list_fetch(token, NULL, &all, NULL), CIHSM_OK);
    assert_true(cihsm_key_list_count(all) >= 1);
    cihsm_key_list *none = NULL;
    assert_int_equal(cihsm_key_list_fetch(token, "pkcs11:colour=red", &none, NULL), CIHSM_E_USAGE);
}

static void reads_attributes_that_tokens_leave_out_as_unknown(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_GetAttributeValue -> CKR_ATTRIBUTE_TYPE_INVALID"));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    const cihsm_key_spec spec = {.type = CIHSM_KEY_EC_P256, .label = "silent"};
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
    assert_int_equal(cihsm_key_generate(token, &spec, &made, NULL), CIHSM_OK);
    const cihsm_key_info *info = cihsm_key_list_at(made, 0);
    assert_int_equal(info->sensitive, CIHSM_UNKNOWN);
    assert_int_equal(info->type, CIHSM_KEY_OTHER);
    assert_int_equal(info->id_len, 0);
}

static void destroy_public_key(cihsm_token *token, CK_BYTE id)
{
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, &id, 1}};
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_ULONG found = 0;
    assert_int_equal(pkcs11_pool_open_writable(token->pool, &session, NULL), CIHSM_OK);
    assert_int_equal(pkcs11_c_find_objects_init(&token->link, session, wanted, 2), CKR_OK);
    assert_int_equal(pkcs11_c_find_objects(&token->link, session, &object, 1, &found), CKR_OK);
    assert_int_equal(pkcs11_c_find_objects_final(&token->link, session), CKR_OK);
    assert_int_equal(found, 1);
    assert_int_equal(token->link.module->functions->C_DestroyObject(session, object), CKR_OK);
    assert_int_equal(pkcs11_c_close_session(&token->link, session), CKR_OK);
}

static void finds_the_public_half_wherever_it_is(void **state)
{
    static const struct {
        const char *type;
        const char *label;
        bool without_object; /* the attributes of the private key are enough */
    } ROWS[] = {{"rsa:2048", "rsa-public", true}, {"ec:P-256", "Ec-public", false}};
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const CK_BYTE id = (CK_BYTE)(0x10 + ROWS[i].label[0]);
        fixture_generate(token, ROWS[i].type, ROWS[i].label);
        CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = fixture_find(token, ROWS[i].label);
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *from_object = NULL;
        assert_int_equal(pkcs11_key_public(key, &from_object, NULL), CIHSM_OK);

        destroy_public_key(token, id);
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *from_private = NULL;
        cihsm_error err = {0};
        const cihsm_status status = pkcs11_key_public(key, &from_private, &err);
        assert_int_equal(status, ROWS[i].without_object ? CIHSM_OK : CIHSM_E_TOKEN);
        if (ROWS[i].without_object) {
            assert_int_equal(EVP_PKEY_eq(from_object, from_private), 1);
            continue;
        }
        fixture_expect(&err, CIHSM_E_TOKEN, "give the certificate");

        objects_store_certificate(token, id, from_object);
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *from_certificate = NULL;
        assert_int_equal(pkcs11_key_public(key, &from_certificate, NULL), CIHSM_OK);
        assert_int_equal(EVP_PKEY_eq(from_object, from_certificate), 1);
    }
}

static void reads_all_certificates_and_leaves_out_what_is_none(void **state)
{
    fixture *of = *state;
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *before = NULL;
    assert_int_equal(pkcs11_certificates(token, &before, NULL), CIHSM_OK);

    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *some = EVP_EC_gen("P-384");
    unsigned char junk[] = "no certificate";
    objects_store_certificate(token, 0xf0, some);
    objects_store_bytes(token, 0xf1, junk, sizeof junk);
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *after = NULL;
    assert_int_equal(pkcs11_certificates(token, &after, NULL), CIHSM_OK);
    assert_int_equal(sk_X509_num(after), sk_X509_num(before) + 1);
    assert_non_null(strstr(of->log, "is no certificate"));
}

static void parses_and_formats_key_types(void **state)
{
    (void)state;
    cihsm_key_type type = CIHSM_KEY_OTHER;
    unsigned bits = 0;
    assert_true(cihsm_key_type_parse("RSA:3072", &type, &bits));
    assert_int_equal(bits, 3072);
    static const char *const WRONG[] = {"", "rsa", "rsa:1024", "rsa:3072x", "ec:P-521", "ec"};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        assert_false(cihsm_key_type_parse(WRONG[i], &type, &bits));
    }
    char text[16];
    cihsm_key_type_format(CIHSM_KEY_OTHER, 0, text);
    assert_string_equal(text, "other");
    cihsm_key_type_format(CIHSM_KEY_RSA, 1024, text);
    assert_string_equal(text, "rsa:1024");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(does_not_touch_a_key_of_the_same_label_or_id, fixture_reset),
        cmocka_unit_test_setup(generates_keys_that_cannot_leave, fixture_reset),
        cmocka_unit_test_setup(refuses_what_no_token_should_make, fixture_reset),
        cmocka_unit_test_setup(says_why_the_token_does_not_generate, fixture_reset),
        cmocka_unit_test_setup(lists_the_keys_that_match, fixture_reset),
        cmocka_unit_test_setup(reads_attributes_that_tokens_leave_out_as_unknown, fixture_reset),
        cmocka_unit_test_setup(finds_the_public_half_wherever_it_is, fixture_reset),
        cmocka_unit_test_setup(reads_all_certificates_and_leaves_out_what_is_none, fixture_reset),
        cmocka_unit_test(parses_and_formats_key_types),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
