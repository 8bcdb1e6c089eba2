/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/file.h"
#include "cihsm/csr.h"
#include "identity/csr.h"
#include "unit/identity/fixture.h"

extern char **environ;

typedef struct csr_keys {
    EVP_PKEY *rsa;
    EVP_PKEY *ec;
    EVP_PKEY *ec384;
} csr_keys;

static int make_keys(void **state)
{
    csr_keys *keys = calloc(1, sizeof *keys);
    assert_non_null(keys);
    keys->rsa = EVP_RSA_gen(2048);
    keys->ec = fixture_key();
    keys->ec384 = EVP_EC_gen("P-384");
    assert_true(keys->rsa != NULL && keys->ec384 != NULL);
    *state = keys;
    return 0;
}

static int free_keys(void **state)
{
    csr_keys *keys = *state;
    EVP_PKEY_free(keys->rsa);
    EVP_PKEY_free(keys->ec);
    EVP_PKEY_free(keys->ec384);
    free(keys);
    return 0;
}

/* The public half alone, as it comes from a token. */
static EVP_PKEY *public_half(EVP_PKEY *key)
{
    unsigned char *der = NULL;
    const int len = i2d_PUBKEY(key, &der);
    const unsigned char *at = der;
    EVP_PKEY *half = d2i_PUBKEY(NULL, &at, len);
    OPENSSL_free(der);
    assert_non_null(half);
    return half;
}

static cihsm_csr *build(const cihsm_csr_spec *spec, EVP_PKEY *key)
{
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *half = public_half(key);
    cihsm_csr *csr = NULL;
    cihsm_error err = {0};
    if (identity_csr_build(spec, key, half, &csr, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(ERR_peek_error(), 0);
    return csr;
}

static X509_REQ *decode(const cihsm_csr *csr, bool der)
{
    size_t len = 0;
    const char *bytes = cihsm_csr_bytes(csr, &len);
    CIHSM_AUTO(bio_cleanup) BIO *from = BIO_new_mem_buf(bytes, (int)len);
    X509_REQ *request =
        der ? d2i_X509_REQ_bio(from, NULL) : PEM_read_bio_X509_REQ(from, NULL, NULL, NULL);
    assert_non_null(request);
    return request;
}

static char **copy_arguments(const char *const *arguments)
{
    char **argv = calloc(8, sizeof *argv);
    assert_non_null(argv);
    for (size_t i = 0; arguments[i] != NULL; i++) {
        assert_true(i < 7);
        argv[i] = strdup(arguments[i]);
        assert_non_null(argv[i]);
    }
    return argv;
}

static void free_arguments(char **argv)
{
    for (size_t i = 0; argv[i] != NULL; i++) {
        free(argv[i]);
    }
    free(argv);
}

/* Runs a program with the two files as its streams; false if it is not installed. */
static bool run(const char *const *arguments, const char *input, const char *output)
{
    char **argv = copy_arguments(arguments);
    posix_spawn_file_actions_t actions;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_APPEND, 0);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    pid_t child = 0;
    const int spawned = posix_spawnp(&child, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    free_arguments(argv);
    if (spawned != 0) {
        return false;
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    return true;
}

typedef struct checker {
    const char *arguments[5];
    const char *praise; /* what it prints about a good signature */
} checker;

/* @return whether the program is installed; then it must have praised the request. */
static bool is_accepted(const checker *by, const cihsm_csr *csr)
{
    size_t len = 0;
    const char *pem = cihsm_csr_bytes(csr, &len);
    CIHSM_AUTO(fixture_file_remove) char *input = fixture_file(pem, len, 0600);
    CIHSM_AUTO(fixture_file_remove) char *output = fixture_file("", 0, 0600);
    if (!run(by->arguments, input, output)) {
        return false;
    }
    CIHSM_AUTO(buffer_free) buffer printed = buffer_new(65536);
    cihsm_error err = {0};
    assert_int_equal(file_read(output, "output", &printed, &err), CIHSM_OK);
    if (strstr(buffer_text(&printed), by->praise) == NULL) {
        fail_msg("%s: %s", by->arguments[0], buffer_text(&printed));
    }
    return true;
}

typedef struct algorithm_row {
    size_t key; /* offset in csr_keys */
    cihsm_digest digest;
    bool pss;
    const char *algorithm;
    const char *key_name;
} algorithm_row;

static const algorithm_row ALGORITHMS[] = {
    {offsetof(csr_keys, rsa), CIHSM_SHA256, false, "sha256WithRSAEncryption", "RSA 2048"},
    {offsetof(csr_keys, rsa), CIHSM_SHA512, false, "sha512WithRSAEncryption", "RSA 2048"},
    {offsetof(csr_keys, rsa), CIHSM_SHA256, true, "RSASSA-PSS SHA256", "RSA 2048"},
    {offsetof(csr_keys, rsa), CIHSM_SHA384, true, "RSASSA-PSS SHA384", "RSA 2048"},
    {offsetof(csr_keys, ec), CIHSM_SHA256, false, "ecdsa-with-SHA256", "EC P-256"},
    {offsetof(csr_keys, ec384), CIHSM_SHA384, false, "ecdsa-with-SHA384", "EC P-384"},
};
#define ALGORITHM_COUNT (sizeof ALGORITHMS / sizeof *ALGORITHMS)

static EVP_PKEY *key_of(const csr_keys *keys, const algorithm_row *row)
{
    EVP_PKEY *const all[] = {keys->rsa, keys->ec, keys->ec384};
    return all[row->key / sizeof(EVP_PKEY *)];
}

static void every_algorithm_verifies_and_is_summarised(void **state)
{
    for (size_t i = 0; i < ALGORITHM_COUNT * 2; i++) {
        const algorithm_row *row = &ALGORITHMS[i / 2];
        EVP_PKEY *key = key_of(*state, row);
        const cihsm_csr_spec spec = {
            .subject = "CN=a,O=b,C=DE", .digest = row->digest, .pss = row->pss, .der = i % 2 == 1};
        CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = build(&spec, key);
        CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = decode(csr, spec.der);
        assert_int_equal(X509_REQ_verify(request, key), 1);
        const cihsm_value *summary = cihsm_csr_summary(csr);
        assert_string_equal(cihsm_value_get_string(summary, "subject"), "CN=a,O=b,C=DE");
        assert_string_equal(cihsm_value_get_string(summary, "signatureAlgorithm"), row->algorithm);
        assert_string_equal(cihsm_value_get_string(summary, "publicKey"), row->key_name);
        assert_int_equal(strlen(cihsm_value_get_string(summary, "publicKeySha256")), 64);
        assert_true(cihsm_value_is_true(cihsm_value_get(summary, "verified")));
    }
}

static void other_programs_accept_every_algorithm(void **state)
{
    static const checker CHECKERS[] = {
        {{"openssl", "req", "-verify", "-noout"}, "verify OK"},
        {{"certtool", "--crq-info"}, "Self signature: verified"},
    };
    static const char *const SAN[] = {"DNS:a.example.com", "IP:192.0.2.1"};
    size_t ran = 0;
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        const cihsm_csr_spec spec = {.subject = "CN=M\xc3\xbcller,C=DE",
                                     .san = SAN,
                                     .san_count = 2,
                                     .digest = ALGORITHMS[i].digest,
                                     .pss = ALGORITHMS[i].pss};
        CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = build(&spec, key_of(*state, &ALGORITHMS[i]));
        ran += is_accepted(&CHECKERS[0], csr);
        ran += is_accepted(&CHECKERS[1], csr);
    }
    if (ran == 0) {
        skip();
    }
}

static void the_defaults_are_client_auth_and_a_critical_digital_signature(void **state)
{
    const csr_keys *keys = *state;
    const cihsm_csr_spec spec = {.subject = "CN=a"};
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = build(&spec, keys->ec);
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = decode(csr, false);
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
    assert_int_equal(sk_X509_EXTENSION_num(extensions), 2);
    int critical = -1;
    EXTENDED_KEY_USAGE *eku = X509V3_get_d2i(extensions, NID_ext_key_usage, &critical, NULL);
    assert_int_equal(sk_ASN1_OBJECT_num(eku), 1);
    assert_int_equal(OBJ_obj2nid(sk_ASN1_OBJECT_value(eku, 0)), NID_client_auth);
    assert_int_equal(critical, 0);
    ASN1_BIT_STRING *usage = X509V3_get_d2i(extensions, NID_key_usage, &critical, NULL);
    assert_int_equal(critical, 1);
    assert_int_equal(ASN1_STRING_length(usage), 1);
    assert_int_equal(ASN1_STRING_get0_data(usage)[0], KU_DIGITAL_SIGNATURE);
    EXTENDED_KEY_USAGE_free(eku);
    ASN1_BIT_STRING_free(usage);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

static void empty_usages_leave_no_extension(void **state)
{
    const csr_keys *keys = *state;
    const cihsm_csr_spec spec = {.subject = "CN=a", .eku = "", .key_usage = ""};
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = build(&spec, keys->ec);
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = decode(csr, false);
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
    assert_int_equal(sk_X509_EXTENSION_num(extensions) <= 0, 1);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    assert_int_equal(cihsm_value_count(cihsm_value_get(cihsm_csr_summary(csr), "keyUsage")), 0);
}

static void assert_strings(const cihsm_value *array, const char *const *wanted, size_t count)
{
    assert_int_equal(cihsm_value_count(array), count);
    const cihsm_value *item = cihsm_value_first(array);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(cihsm_value_string(item), wanted[i]);
        item = cihsm_value_next(item);
    }
}

static void names_and_usages_come_back_from_the_encoded_request(void **state)
{
    const csr_keys *keys = *state;
    static const char *const GIVEN[] = {"DNS:*.example.com",     "dns:host_1.example.com",
                                        "IP:192.0.2.1",          "IP:2001:DB8::1",
                                        "email:a+b@example.com", "URI:urn:x:a,b;c"};
    static const char *const WANTED[] = {"DNS:*.example.com",     "DNS:host_1.example.com",
                                         "IP:192.0.2.1",          "IP:2001:db8::1",
                                         "email:a+b@example.com", "URI:urn:x:a,b;c"};
    static const char *const EKU[] = {"clientAuth", "serverAuth", "1.3.6.1.4.1.99999.1"};
    static const char *const KU[] = {"digitalSignature", "keyAgreement", "decipherOnly"};
    const cihsm_csr_spec spec = {.subject = "CN=a",
                                 .san = GIVEN,
                                 .san_count = 6,
                                 .eku = "clientAuth, serverAuth ,1.3.6.1.4.1.99999.1",
                                 .key_usage = "decipherOnly,keyAgreement, digitalSignature"};
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = build(&spec, keys->ec);
    const cihsm_value *summary = cihsm_csr_summary(csr);
    assert_strings(cihsm_value_get(summary, "san"), WANTED, 6);
    assert_strings(cihsm_value_get(summary, "extendedKeyUsage"), EKU, 3);
    assert_strings(cihsm_value_get(summary, "keyUsage"), KU, 3);
}

static void hostile_alternative_names_are_refused(void **state)
{
    const csr_keys *keys = *state;
    static const char *const ROWS[] = {
        "",
        "example.com",
        "RID:1.2.3",
        "otherName:1.2;UTF8:x",
        "dirName:section",
        "DNS:",
        "DNS:a,DNS:b",
        "DNS:a\nDNS:b",
        "DNS:a b",
        "DNS:.a",
        "DNS:-a",
        "DNS:a..b",
        "DNS:a.*.b",
        "DNS:m\xc3\xbcller.de",
        "IP:",
        "IP:1.2.3",
        "IP:1.2.3.4/24",
        "IP:1.2.3.4,DNS:x",
        "IP:host",
        "IP:2001:db8::1%eth0",
        "email:copy",
        "email:a",
        "email:@b",
        "email:a@",
        "email:a@b,URI:c:d",
        "email:a b@c",
        "URI:",
        "URI:nothing",
        "URI:http:",
        "URI:1:x",
        "URI:http://a b",
        "URI:http://a\nb",
        "URI:http://\xc3\xbc",
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const cihsm_csr_spec spec = {.subject = "CN=a", .san = &ROWS[i], .san_count = 1};
        cihsm_csr *csr = NULL;
        cihsm_error err = {0};
        if (identity_csr_build(&spec, keys->ec, keys->ec, &csr, &err) != CIHSM_E_USAGE) {
            fail_msg("not refused: %s", ROWS[i]);
        }
        assert_null(csr);
        assert_error(&err, CIHSM_E_USAGE, "SAN \"");
        assert_int_equal(ERR_peek_error(), 0);
    }
}

static void a_very_long_name_is_refused(void **state)
{
    const csr_keys *keys = *state;
    char text[300] = "DNS:";
    memset(text + 4, 'a', 254);
    const char *const san = text;
    const cihsm_csr_spec spec = {.subject = "CN=a", .san = &san, .san_count = 1};
    cihsm_csr *csr = NULL;
    cihsm_error err = {0};
    assert_int_equal(identity_csr_build(&spec, keys->ec, keys->ec, &csr, &err), CIHSM_E_USAGE);
    assert_error(&err, CIHSM_E_USAGE, "is not a host name");
}

static void wrong_wishes_are_refused(void **state)
{
    const csr_keys *keys = *state;
    const struct {
        cihsm_csr_spec spec;
        cihsm_status status;
        const char *part;
    } rows[] = {
        {{.subject = NULL}, CIHSM_E_USAGE, "subject is empty"},
        {{.subject = "XX=a"}, CIHSM_E_USAGE, "unknown attribute type"},
        {{.subject = "CN=a", .eku = "clientauth"}, CIHSM_E_USAGE, "extended key usage"},
        {{.subject = "CN=a", .eku = "commonName"}, CIHSM_E_USAGE, "extended key usage"},
        {{.subject = "CN=a", .eku = "clientAuth,"}, CIHSM_E_USAGE, "extended key usage \"\""},
        {{.subject = "CN=a", .eku = "1.2.x"}, CIHSM_E_USAGE, "extended key usage \"1.2.x\""},
        {{.subject = "CN=a", .eku = "1.3..6"}, CIHSM_E_USAGE, "extended key usage \"1.3..6\""},
        {{.subject = "CN=a", .key_usage = "sign"}, CIHSM_E_USAGE, "key usage \"sign\""},
        {{.subject = "CN=a", .pss = true}, CIHSM_E_USAGE, "PSS is for RSA"},
        {{.subject = "CN=a", .digest = (cihsm_digest)9}, CIHSM_E_ARGUMENT, "unknown digest"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cihsm_csr *csr = NULL;
        cihsm_error err = {0};
        assert_int_equal(identity_csr_build(&rows[i].spec, keys->ec, keys->ec, &csr, &err),
                         rows[i].status);
        assert_null(csr);
        assert_error(&err, rows[i].status, rows[i].part);
    }
}

static void a_key_that_is_neither_rsa_nor_ec_is_refused(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    const cihsm_csr_spec spec = {.subject = "CN=a"};
    cihsm_csr *csr = NULL;
    cihsm_error err = {0};
    assert_int_equal(identity_csr_build(&spec, ed, ed, &csr, &err), CIHSM_E_USAGE);
    assert_error(&err, CIHSM_E_USAGE, "RSA and EC keys only");
}

static void a_signature_of_another_key_is_not_returned(void **state)
{
    const csr_keys *keys = *state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *other = fixture_key();
    const cihsm_csr_spec spec = {.subject = "CN=a"};
    cihsm_csr *csr = NULL;
    cihsm_error err = {0};
    assert_int_equal(identity_csr_build(&spec, other, keys->ec, &csr, &err), CIHSM_E_TOKEN);
    assert_null(csr);
    assert_error(&err, CIHSM_E_TOKEN, "does not fit the public key");
    assert_int_equal(ERR_peek_error(), 0);
}

static void a_key_that_cannot_sign_is_said(void **state)
{
    const csr_keys *keys = *state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *half = public_half(keys->rsa);
    const cihsm_csr_spec spec = {.subject = "CN=a"};
    cihsm_csr *csr = NULL;
    cihsm_error err = {0};
    assert_int_equal(identity_csr_build(&spec, half, keys->rsa, &csr, &err), CIHSM_E_TOKEN);
    assert_error(&err, CIHSM_E_TOKEN, "did not sign");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_algorithm_verifies_and_is_summarised),
        cmocka_unit_test(other_programs_accept_every_algorithm),
        cmocka_unit_test(the_defaults_are_client_auth_and_a_critical_digital_signature),
        cmocka_unit_test(empty_usages_leave_no_extension),
        cmocka_unit_test(names_and_usages_come_back_from_the_encoded_request),
        cmocka_unit_test(hostile_alternative_names_are_refused),
        cmocka_unit_test(a_very_long_name_is_refused),
        cmocka_unit_test(wrong_wishes_are_refused),
        cmocka_unit_test(a_key_that_is_neither_rsa_nor_ec_is_refused),
        cmocka_unit_test(a_signature_of_another_key_is_not_returned),
        cmocka_unit_test(a_key_that_cannot_sign_is_said),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
