/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/foreign.h"
#include "unit/provider/soft_signer.h"
#include "unit/tls/pki.h"

enum { RSA_KEY, P256_KEY, P384_KEY, KEY_COUNT };
static const char *const KINDS[] = {"RSA", "P-256", "P-384"};

static EVP_PKEY *software[KEY_COUNT];
static soft_signer signers[KEY_COUNT];
static provider_key *keys[KEY_COUNT];

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        software[i] = pki_key(KINDS[i]);
        signers[i].key = software[i];
        keys[i] = soft_signer_key(&signers[i], software[i]);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        provider_key_free(&keys[i]);
        EVP_PKEY_free(software[i]);
    }
    return 0;
}

typedef struct form {
    size_t key;
    const char *digest;
    int salt; /* -100: not PSS */
    int signature_nid;
} form;

#define NO_PSS (-100)

static const form FORMS[] = {
    {RSA_KEY, "SHA256", NO_PSS, NID_sha256WithRSAEncryption},
    {RSA_KEY, "SHA512", NO_PSS, NID_sha512WithRSAEncryption},
    {RSA_KEY, "SHA256", RSA_PSS_SALTLEN_DIGEST, NID_rsassaPss},
    {RSA_KEY, "SHA384", 32, NID_rsassaPss},
    {RSA_KEY, "SHA512", RSA_PSS_SALTLEN_MAX, NID_rsassaPss},
    {P256_KEY, "SHA256", NO_PSS, NID_ecdsa_with_SHA256},
    {P256_KEY, "SHA384", NO_PSS, NID_ecdsa_with_SHA384},
    {P384_KEY, "SHA384", NO_PSS, NID_ecdsa_with_SHA384},
    {P384_KEY, "SHA512", NO_PSS, NID_ecdsa_with_SHA512},
};
#define FORM_COUNT (sizeof FORMS / sizeof *FORMS)

static X509_REQ *request(EVP_PKEY *signer, const form *as)
{
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *settings = NULL;
    X509_REQ *made = X509_REQ_new();
    assert_int_equal(X509_REQ_set_version(made, X509_REQ_VERSION_1), 1);
    assert_int_equal(X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(made), "CN",
                                                MBSTRING_UTF8, (const unsigned char *)"client", -1,
                                                -1, 0),
                     1);
    assert_int_equal(X509_REQ_set_pubkey(made, signer), 1);
    assert_int_equal(EVP_DigestSignInit_ex(ctx, &settings, as->digest, NULL, NULL, signer, NULL),
                     1);
    if (as->salt != NO_PSS) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, as->salt), 1);
    }
    assert_true(X509_REQ_sign_ctx(made, ctx) > 0);
    return made;
}

static void a_request_verifies_with_a_key_of_the_default_context(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        CIHSM_AUTO(x509_req_cleanup)
        X509_REQ *made = request(provider_key_pkey(keys[FORMS[i].key]), &FORMS[i]);
        assert_int_equal(X509_REQ_verify(made, software[FORMS[i].key]), 1);
        assert_int_equal(X509_REQ_get_signature_nid(made), FORMS[i].signature_nid);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

/* X509_REQ_get0_pubkey gives our own key back while the request was not written and read. */
static void a_request_verifies_in_the_same_process_with_its_own_key(void **state) /* P4 */
{
    (void)state;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        CIHSM_AUTO(x509_req_cleanup)
        X509_REQ *made = request(provider_key_pkey(keys[FORMS[i].key]), &FORMS[i]);
        assert_int_equal(X509_REQ_verify(made, X509_REQ_get0_pubkey(made)), 1);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void a_request_survives_being_written_and_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        CIHSM_AUTO(x509_req_cleanup)
        X509_REQ *made = request(provider_key_pkey(keys[FORMS[i].key]), &FORMS[i]);
        unsigned char *der = NULL;
        const int len = i2d_X509_REQ(made, &der);
        assert_true(len > 0);
        const unsigned char *at = der;
        CIHSM_AUTO(x509_req_cleanup) X509_REQ *read = d2i_X509_REQ(NULL, &at, len);
        OPENSSL_free(der);
        assert_non_null(read);
        assert_int_equal(X509_REQ_verify(read, X509_REQ_get0_pubkey(read)), 1);
        assert_int_equal(EVP_PKEY_eq(X509_REQ_get0_pubkey(read), software[FORMS[i].key]), 1);
    }
}

/* Parameters: PSS full, RSA NULL, ECDSA absent; the default provider writes the same bytes. */
static void the_algorithm_identifier_is_the_one_of_the_default_provider(void **state) /* P5 */
{
    (void)state;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        const size_t key = FORMS[i].key;
        CIHSM_AUTO(x509_req_cleanup)
        X509_REQ *made = request(provider_key_pkey(keys[key]), &FORMS[i]);
        CIHSM_AUTO(x509_req_cleanup) X509_REQ *model = request(software[key], &FORMS[i]);
        const X509_ALGOR *made_id = NULL;
        const X509_ALGOR *model_id = NULL;
        X509_REQ_get0_signature(made, NULL, &made_id);
        X509_REQ_get0_signature(model, NULL, &model_id);
        assert_int_equal(X509_ALGOR_cmp(made_id, model_id), 0);
    }
}

static void a_certificate_is_signed(void **state)
{
    (void)state;
    pki *of = pki_new();
    for (size_t i = 0; i < KEY_COUNT; i++) {
        CIHSM_AUTO(x509_cleanup) X509 *leaf = pki_leaf(of, "self", software[i]);
        assert_true(X509_sign(leaf, provider_key_pkey(keys[i]), EVP_sha256()) > 0);
        assert_int_equal(X509_verify(leaf, software[i]), 1);
    }
    pki_free(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_verifies_with_a_key_of_the_default_context),
        cmocka_unit_test(a_request_verifies_in_the_same_process_with_its_own_key),
        cmocka_unit_test(a_request_survives_being_written_and_read),
        cmocka_unit_test(the_algorithm_identifier_is_the_one_of_the_default_provider),
        cmocka_unit_test(a_certificate_is_signed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
