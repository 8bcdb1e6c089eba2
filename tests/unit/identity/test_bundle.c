/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "base/buffer.h"
#include "identity/bundle.h"
#include "identity/certificate.h"
#include "identity/pem.h"
#include "unit/identity/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Bytes to read; freed with OPENSSL_free. */
typedef struct blob {
    unsigned char *bytes;
    size_t len;
} blob;

static void blob_free(blob *of)
{
    OPENSSL_free(of->bytes);
}

static PKCS7 *signed_data(X509 *const *certificates, size_t count)
{
    PKCS7 *message = PKCS7_new();
    assert_int_equal(PKCS7_set_type(message, NID_pkcs7_signed), 1);
    assert_int_equal(PKCS7_content_new(message, NID_pkcs7_data), 1);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(PKCS7_add_certificate(message, certificates[i]), 1);
    }
    return message;
}

static blob pkcs7_der(X509 *const *certificates, size_t count)
{
    PKCS7 *message = signed_data(certificates, count);
    blob made = {.bytes = NULL};
    const int len = i2d_PKCS7(message, &made.bytes);
    assert_true(len > 0);
    made.len = (size_t)len;
    PKCS7_free(message);
    return made;
}

static blob certificate_der(X509 *certificate)
{
    blob made = {.bytes = NULL};
    const int len = i2d_X509(certificate, &made.bytes);
    assert_true(len > 0);
    made.len = (size_t)len;
    return made;
}

/* DER with an armour of that label. */
static char *armoured(const blob *from, const char *label)
{
    CIHSM_AUTO(bio_cleanup) BIO *to = BIO_new(BIO_s_mem());
    assert_true(PEM_write_bio(to, label, "", from->bytes, (long)from->len) > 0);
    char *text = NULL;
    const long len = BIO_get_mem_data(to, &text);
    char *copy = strndup(text, (size_t)len);
    assert_non_null(copy);
    return copy;
}

static void assert_holds(const void *bytes, size_t len, X509 *const *wanted, size_t count)
{
    CIHSM_AUTO(bundle_free) identity_bundle got = {.certificates = NULL};
    cihsm_error err = {0};
    const cihsm_status status = bundle_read(bytes, len, "file x", &got, &err);
    if (status != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(sk_X509_num(got.certificates), (int)count);
    for (size_t i = 0; i < count; i++) {
        assert_true(certificate_same(sk_X509_value(got.certificates, (int)i), wanted[i]));
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void assert_refused(const void *bytes, size_t len, cihsm_status wanted, const char *part)
{
    identity_bundle got = {.certificates = NULL};
    cihsm_error err = {0};
    assert_int_equal(bundle_read(bytes, len, "file x", &got, &err), wanted);
    assert_error(&err, wanted, part);
    assert_null(got.certificates);
    assert_int_equal(ERR_peek_error(), 0);
}

static void pem_der_and_pkcs7_hold_the_same(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const all[] = {pki->lower, pki->leaf, pki->root, pki->upper};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(all, COUNT(all));
    assert_holds(pem, strlen(pem), all, COUNT(all));

    CIHSM_AUTO(blob_free) blob der = certificate_der(pki->leaf);
    assert_holds(der.bytes, der.len, &pki->leaf, 1);

    CIHSM_AUTO(blob_free) blob message = pkcs7_der(all, COUNT(all));
    CIHSM_AUTO(bundle_free) identity_bundle got = {.certificates = NULL};
    cihsm_error err = {0};
    assert_int_equal(bundle_read((char *)message.bytes, message.len, "x", &got, &err), CIHSM_OK);
    assert_int_equal(sk_X509_num(got.certificates), (int)COUNT(all)); /* DER sorts a SET */
}

static void each_armour_around_pkcs7_is_read(void **state)
{
    const fixture_pki *pki = *state;
    static const char *const LABELS[] = {"PKCS7", "CMS", "CERTIFICATE"};
    CIHSM_AUTO(blob_free) blob message = pkcs7_der(&pki->leaf, 1);
    for (size_t i = 0; i < COUNT(LABELS); i++) {
        CIHSM_AUTO(text_free) char *text = armoured(&message, LABELS[i]);
        assert_holds(text, strlen(text), &pki->leaf, 1);
    }
}

static void every_form_of_pem_text_is_read(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const two[] = {pki->leaf, pki->lower};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(two, 2);
    for (int form = 0; form < FORM_COUNT; form++) {
        CIHSM_AUTO(text_free) char *text = fixture_reshape(pem, (fixture_form)form);
        assert_holds(text, strlen(text), two, 2);
    }
}

static void several_der_certificates_in_a_row_are_read_and_doubles_are_not(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const three[] = {pki->leaf, pki->lower, pki->leaf};
    CIHSM_AUTO(buffer_free) buffer bytes = buffer_new(100000);
    for (size_t i = 0; i < COUNT(three); i++) {
        CIHSM_AUTO(blob_free) blob der = certificate_der(three[i]);
        assert_int_equal(buffer_append(&bytes, der.bytes, der.len, NULL), CIHSM_OK);
    }
    assert_holds(bytes.data, bytes.len, three, 2);
}

static void a_private_key_beside_the_certificate_is_noticed(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    CIHSM_AUTO(text_free) char *key = fixture_key_pem(pki->leaf_key, false, NULL);
    CIHSM_AUTO(text_free) char *both = NULL;
    cihsm_error err = {0};
    assert_int_equal(text_format(&both, &err, "%s%s", key, pem), CIHSM_OK);
    CIHSM_AUTO(bundle_free) identity_bundle got = {.certificates = NULL};
    assert_int_equal(bundle_read(both, strlen(both), "x", &got, &err), CIHSM_OK);
    assert_true(got.has_private_key);
    assert_refused(key, strlen(key), CIHSM_E_CONFIG, "there is only a private key");
}

static void every_cut_of_der_is_refused(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const two[] = {pki->leaf, pki->lower};
    CIHSM_AUTO(blob_free) blob message = pkcs7_der(two, 2);
    CIHSM_AUTO(blob_free) blob der = certificate_der(pki->leaf);
    const blob *const whole[] = {&message, &der};
    for (size_t w = 0; w < COUNT(whole); w++) {
        for (size_t len = 1; len < whole[w]->len; len++) {
            assert_refused(whole[w]->bytes, len, CIHSM_E_CONFIG, "file x");
        }
        assert_refused(whole[w]->bytes, whole[w]->len - 1, CIHSM_E_CONFIG, "is cut off: it has ");
    }
}

static void a_cut_pem_is_refused(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(blob_free) blob message = pkcs7_der(&pki->leaf, 1);
    CIHSM_AUTO(text_free) char *text = armoured(&message, "PKCS7");
    assert_refused(text, strlen(text) / 2, CIHSM_E_CONFIG, "has no END line");
}

static blob request_der(const fixture_pki *pki)
{
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = X509_REQ_new();
    assert_int_equal(X509_REQ_set_pubkey(request, pki->leaf_key), 1);
    assert_true(X509_REQ_sign(request, pki->leaf_key, EVP_sha256()) > 0);
    blob made = {.bytes = NULL};
    made.len = (size_t)i2d_X509_REQ(request, &made.bytes);
    return made;
}

static blob archive_der(const fixture_pki *pki)
{
    PKCS12 *archive = PKCS12_create("x", "x", pki->leaf_key, pki->leaf, NULL, 0, 0, 0, 0, 0);
    assert_non_null(archive);
    blob made = {.bytes = NULL};
    made.len = (size_t)i2d_PKCS12(archive, &made.bytes);
    PKCS12_free(archive);
    return made;
}

static void what_is_no_certificate_is_named(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(blob_free) blob request = request_der(pki);
    CIHSM_AUTO(blob_free) blob archive = archive_der(pki);
    CIHSM_AUTO(blob_free) blob none = pkcs7_der(NULL, 0);
    CIHSM_AUTO(blob_free) blob key = {.bytes = NULL};
    key.len = (size_t)i2d_PrivateKey(pki->leaf_key, &key.bytes);
    CIHSM_AUTO(text_free) char *request_pem = armoured(&request, "CERTIFICATE REQUEST");
    assert_refused(request.bytes, request.len, CIHSM_E_CONFIG, "certificate request");
    assert_refused(request_pem, strlen(request_pem), CIHSM_E_CONFIG, "certificate request");
    assert_refused(archive.bytes, archive.len, CIHSM_E_CONFIG, "PKCS#12");
    assert_refused(key.bytes, key.len, CIHSM_E_CONFIG, "it is a private key");
    assert_refused(none.bytes, none.len, CIHSM_E_CONFIG, "PKCS#7 without certificates");
    assert_refused("", 0, CIHSM_E_CONFIG, "file x is empty");
    assert_refused("hello", 5, CIHSM_E_CONFIG, "holds no certificate");
    assert_refused("0\x03\x02\x01\x05", 5, CIHSM_E_CONFIG, "another kind of file");
}

static void bytes_behind_a_der_certificate_are_refused(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(blob_free) blob der = certificate_der(pki->leaf);
    CIHSM_AUTO(buffer_free) buffer bytes = buffer_new(10000);
    assert_int_equal(buffer_append(&bytes, der.bytes, der.len, NULL), CIHSM_OK);
    assert_int_equal(buffer_append(&bytes, "more", 4, NULL), CIHSM_OK);
    assert_refused(bytes.data, bytes.len, CIHSM_E_CONFIG, "4 bytes behind");
}

static void too_many_certificates_are_refused(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    CIHSM_AUTO(bundle_free) identity_bundle got = {.certificates = NULL};
    cihsm_error err = {0};
    for (int i = 0; i < BUNDLE_CERTIFICATES_MAX; i++) {
        CIHSM_AUTO(x509_cleanup)
        X509 *one = fixture_certificate("x", pki->leaf_key, pki->lower, pki->lower_key, &wish);
        assert_int_equal(bundle_add(&got, one, &err), CIHSM_OK);
    }
    assert_int_equal(bundle_add(&got, pki->leaf, &err), CIHSM_E_LIMIT);
    assert_error(&err, CIHSM_E_LIMIT, "more than 256 certificates");
}

static void a_file_of_ten_megabytes_is_refused(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    CIHSM_AUTO(buffer_free) buffer big = buffer_new((size_t)11 << 20);
    while (big.len < (size_t)10 << 20) {
        assert_int_equal(buffer_append_text(&big, pem, NULL), CIHSM_OK);
    }
    CIHSM_AUTO(fixture_file_remove) char *path = fixture_file(big.data, big.len, 0600);
    identity_bundle got = {.certificates = NULL};
    cihsm_error err = {0};
    assert_int_equal(bundle_read_file(path, "certificate file", &got, &err), CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "is larger than 1048576 bytes");
}

static void a_chain_is_written_leaf_first(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const upper[] = {pki->lower, pki->upper};
    X509 *const wanted[] = {pki->leaf, pki->lower, pki->upper};
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *others = fixture_list(upper, 2);
    CIHSM_AUTO(text_free) char *pem = NULL;
    cihsm_error err = {0};
    assert_int_equal(bundle_pem(pki->leaf, others, &pem, &err), CIHSM_OK);
    assert_holds(pem, strlen(pem), wanted, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pem_der_and_pkcs7_hold_the_same),
        cmocka_unit_test(each_armour_around_pkcs7_is_read),
        cmocka_unit_test(every_form_of_pem_text_is_read),
        cmocka_unit_test(several_der_certificates_in_a_row_are_read_and_doubles_are_not),
        cmocka_unit_test(a_private_key_beside_the_certificate_is_noticed),
        cmocka_unit_test(every_cut_of_der_is_refused),
        cmocka_unit_test(a_cut_pem_is_refused),
        cmocka_unit_test(what_is_no_certificate_is_named),
        cmocka_unit_test(bytes_behind_a_der_certificate_are_refused),
        cmocka_unit_test(too_many_certificates_are_refused),
        cmocka_unit_test(a_file_of_ten_megabytes_is_refused),
        cmocka_unit_test(a_chain_is_written_leaf_first),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
