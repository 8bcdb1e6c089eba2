/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>

#include "base/text.h"
#include "cihsm/keystore.h"
#include "cihsm/scope.h"
#include "fixture.h"
#include "identity/certificate.h"
#include "keystore/write.h"

static const char FILE_NAME[] = "keystore-test.pem";

static void write_file(X509 *const *certificates, size_t count)
{
    FILE *to = fopen(FILE_NAME, "we");
    assert_non_null(to);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(PEM_write_X509(to, certificates[i]), 1);
    }
    assert_int_equal(fclose(to), 0);
}

static const char *parameter(const cihsm_keystore_write *write, const char *name)
{
    const cihsm_request *request = cihsm_keystore_request(write);
    for (size_t i = 0; i < request->parameter_count; i++) {
        if (strcmp(request->parameters[i].name, name) == 0) {
            return request->parameters[i].value;
        }
    }
    return "";
}

/* --- aliases --------------------------------------------------------------------------------- */

static void aliases_of_sap_are_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "", "sap_", "sap_x", "hcicertificate", "hcicertificate1", "hcimsgcertificate", "\xff"};
    static const char *const GOOD[] = {"sap", "SAP_x", "hcicertificate2", "a;b\\", "\xc3\xbc"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_int_equal(cihsm_keystore_check_alias(BAD[i], NULL), CIHSM_E_USAGE);
    }
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        assert_int_equal(cihsm_keystore_check_alias(GOOD[i], NULL), CIHSM_OK);
    }
}

static void aliases_have_at_most_250_characters(void **state)
{
    (void)state;
    char alias[2 * 251 + 1];
    for (size_t i = 0; i < 251; i++) {
        memcpy(alias + 2 * i, "\xc3\xbc", 2);
    }
    alias[500] = '\0';
    assert_int_equal(cihsm_keystore_check_alias(alias, NULL), CIHSM_OK);
    memcpy(alias + 500, "\xc3\xbc", 3);
    assert_int_equal(cihsm_keystore_check_alias(alias, NULL), CIHSM_E_USAGE);
}

static void several_aliases_are_told_apart(void **state)
{
    (void)state;
    static const char *const ALIASES[] = {"a;b", "c\\", "\\;", "d"};
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    assert_int_equal(cihsm_keystore_delete(ALIASES, 4, &write, NULL), CIHSM_OK);
    assert_string_equal(cihsm_keystore_request(write)->method, "PUT");
    assert_string_equal(cihsm_value_get_string(cihsm_keystore_request(write)->value, "Aliases"),
                        "a\\;b;c\\\\;\\\\\\;;d");
    assert_string_equal(parameter(write, "deleteEntries"), "true");

    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *one = NULL;
    assert_int_equal(cihsm_keystore_delete(ALIASES, 1, &one, NULL), CIHSM_OK);
    assert_string_equal(cihsm_keystore_request(one)->method, "DELETE");
    assert_string_equal(cihsm_keystore_request(one)->path, "KeystoreEntries(Alias='a;b')");
    assert_int_equal(cihsm_keystore_delete(ALIASES, 0, &one, NULL), CIHSM_E_USAGE);
}

/* --- fingerprints ---------------------------------------------------------------------------- */

static void fingerprints_are_read_as_people_write_them(void **state)
{
    const fixture_pki *pki = *state;
    char sha256[CERTIFICATE_SHA256_MAX];
    char colons[3 * 32 + 1];
    assert_int_equal(certificate_sha256(pki->root, sha256, NULL), CIHSM_OK);
    for (size_t i = 0; i < 32; i++) {
        snprintf(colons + 3 * i, 4, "%c%c:", sha256[2 * i], sha256[2 * i + 1]);
    }
    colons[sizeof colons - 2] = '\0';
    assert_int_equal(keystore_check_fingerprint(sha256, pki->root, "f", NULL), CIHSM_OK);
    assert_int_equal(keystore_check_fingerprint(colons, pki->root, "f", NULL), CIHSM_OK);
    assert_int_equal(keystore_check_fingerprint(NULL, pki->root, "f", NULL), CIHSM_OK);
    assert_int_equal(keystore_check_fingerprint(sha256, pki->leaf, "f", NULL), CIHSM_E_CHECK);
    sha256[63] = '\0';
    assert_int_equal(keystore_check_fingerprint(sha256, pki->root, "f", NULL), CIHSM_E_USAGE);
    sha256[63] = 'g';
    assert_int_equal(keystore_check_fingerprint(sha256, pki->root, "f", NULL), CIHSM_E_USAGE);
    assert_int_equal(keystore_check_fingerprint("", pki->root, "f", NULL), CIHSM_E_USAGE);
}

/* --- files ----------------------------------------------------------------------------------- */

static void a_certificate_is_verified_only_with_its_fingerprint(void **state)
{
    const fixture_pki *pki = *state;
    char sha256[CERTIFICATE_SHA256_MAX];
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *plain = NULL;
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *verified = NULL;
    cihsm_keystore_import from = {.alias = "a/b", .path = FILE_NAME};
    write_file(&pki->root, 1);
    assert_int_equal(cihsm_keystore_import_certificate(&from, &plain, NULL), CIHSM_OK);
    assert_string_equal(cihsm_keystore_request(plain)->path,
                        "CertificateResources(Alias='a/b')/$value");
    assert_string_equal(parameter(plain, "fingerprintVerified"), "false");
    assert_int_equal(cihsm_value_count(cihsm_keystore_certificates(plain)), 1);

    assert_int_equal(certificate_sha256(pki->leaf, sha256, NULL), CIHSM_OK);
    from.fingerprint = sha256;
    assert_int_equal(cihsm_keystore_import_certificate(&from, &verified, NULL), CIHSM_E_CHECK);
    assert_null(verified);
    assert_int_equal(certificate_sha256(pki->root, sha256, NULL), CIHSM_OK);
    assert_int_equal(cihsm_keystore_import_certificate(&from, &verified, NULL), CIHSM_OK);
    assert_string_equal(parameter(verified, "fingerprintVerified"), "true");
}

static void assert_pkcs7(const cihsm_request *request, X509 *const *expected, int count)
{
    const unsigned char *at = request->body;
    PKCS7 *message = d2i_PKCS7(NULL, &at, (long)request->body_len);
    assert_non_null(message);
    assert_ptr_equal(at, (const unsigned char *)request->body + request->body_len);
    assert_int_equal(PKCS7_type_is_signed(message), 1);
    assert_int_equal(sk_X509_num(message->d.sign->cert), count);
    for (int i = 0; i < count; i++) {
        assert_int_equal(X509_cmp(sk_X509_value(message->d.sign->cert, i), expected[i]), 0);
    }
    PKCS7_free(message);
}

static void a_chain_is_sent_in_its_order(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const mixed[] = {pki->root, pki->lower, pki->leaf, pki->upper};
    X509 *const sorted[] = {pki->leaf, pki->lower, pki->upper, pki->root};
    X509 *const strange[] = {pki->leaf, pki->lower, pki->foreign};
    const cihsm_keystore_import from = {.alias = "k", .path = FILE_NAME};
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *refused = NULL;
    write_file(mixed, 4);
    assert_int_equal(cihsm_keystore_import_chain(&from, &write, NULL), CIHSM_OK);
    assert_pkcs7(cihsm_keystore_request(write), sorted, 4);
    assert_string_equal(cihsm_keystore_request(write)->content_type, "application/pkcs7-mime");
    assert_true(text_starts(cihsm_keystore_shown(write)->body, "(PKCS#7 with 4"));
    write_file(strange, 3);
    assert_int_equal(cihsm_keystore_import_chain(&from, &refused, NULL), CIHSM_E_CONFIG);
}

/* --- what an answer means -------------------------------------------------------------------- */

static void only_an_answer_of_the_tenant_is_explained(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    assert_int_equal(cihsm_keystore_backup(&write, NULL), CIHSM_OK);
    cihsm_error err = {.status = CIHSM_E_NETWORK,
                       .origin = CIHSM_FROM_CURL,
                       .native = 503,
                       .message = "no connection"};
    assert_int_equal(cihsm_keystore_explain(NULL, write, &err), CIHSM_E_NETWORK);
    assert_string_equal(err.message, "no connection");
    err = (cihsm_error){.status = CIHSM_E_SERVER,
                        .origin = CIHSM_FROM_HTTP,
                        .native = 503,
                        .message = "503 from tenant: unavailable (X); try again later"};
    assert_int_equal(cihsm_keystore_explain(NULL, write, &err), CIHSM_E_BUSY);
    assert_non_null(strstr(err.message, "another user has locked the keystore"));
    assert_int_equal(cihsm_keystore_explain(NULL, write, NULL), CIHSM_OK);
}

static int clean(void **state)
{
    unlink(FILE_NAME);
    return fixture_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aliases_of_sap_are_refused),
        cmocka_unit_test(aliases_have_at_most_250_characters),
        cmocka_unit_test(several_aliases_are_told_apart),
        cmocka_unit_test(fingerprints_are_read_as_people_write_them),
        cmocka_unit_test(a_certificate_is_verified_only_with_its_fingerprint),
        cmocka_unit_test(a_chain_is_sent_in_its_order),
        cmocka_unit_test(only_an_answer_of_the_tenant_is_explained),
    };
    return cmocka_run_group_tests(tests, fixture_setup, clean);
}
