/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/identity/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include "base/buffer.h"

#define DAY_S (24L * 3600)

EVP_PKEY *fixture_key(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_non_null(key);
    return key;
}

static void add_extension(X509 *to, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, to, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(to, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void add_extensions(X509 *to, X509 *issuer, const fixture_wish *wish)
{
    add_extension(to, issuer, NID_subject_key_identifier, "hash");
    if (issuer != to) {
        add_extension(to, issuer, NID_authority_key_identifier, "keyid");
    }
    add_extension(to, issuer, NID_basic_constraints, wish->ca ? "critical,CA:TRUE" : "CA:FALSE");
    const char *ku = wish->ku != NULL ? wish->ku : wish->ca ? "keyCertSign" : "digitalSignature";
    const char *eku = wish->eku != NULL ? wish->eku : wish->ca ? "" : "clientAuth";
    if (*ku != '\0') {
        add_extension(to, issuer, NID_key_usage, ku);
    }
    if (*eku != '\0') {
        add_extension(to, issuer, NID_ext_key_usage, eku);
    }
}

static void set_random_serial(X509 *of)
{
    static long next = 0x1000;
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(of), next++), 1);
}

X509 *fixture_named_certificate(X509_NAME *subject, EVP_PKEY *key, X509 *issuer,
                                EVP_PKEY *issuer_key, const fixture_wish *wish)
{
    X509 *made = X509_new();
    assert_non_null(made);
    assert_int_equal(X509_set_version(made, X509_VERSION_3), 1);
    set_random_serial(made);
    assert_int_equal(X509_set_subject_name(made, subject), 1);
    assert_int_equal(
        X509_set_issuer_name(made, issuer == NULL ? subject : X509_get_subject_name(issuer)), 1);
    assert_int_equal(X509_set_pubkey(made, key), 1);
    const long from_s = wish->from_s == 0 ? -DAY_S : wish->from_s;
    const long to_s = wish->to_s == 0 ? 365 * DAY_S : wish->to_s;
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(made), from_s));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(made), to_s));
    add_extensions(made, issuer == NULL ? made : issuer, wish);
    assert_true(X509_sign(made, issuer == NULL ? key : issuer_key, EVP_sha256()) > 0);
    return made;
}

X509 *fixture_certificate(const char *common_name, EVP_PKEY *key, X509 *issuer,
                          EVP_PKEY *issuer_key, const fixture_wish *wish)
{
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *subject = X509_NAME_new();
    assert_non_null(subject);
    assert_int_equal(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                                (const unsigned char *)common_name, -1, -1, 0),
                     1);
    return fixture_named_certificate(subject, key, issuer, issuer_key, wish);
}

void fixture_pki_make(fixture_pki *out)
{
    const fixture_wish ca = {.ca = true};
    const fixture_wish leaf = {0};
    out->root_key = fixture_key();
    out->upper_key = fixture_key();
    out->lower_key = fixture_key();
    out->leaf_key = fixture_key();
    out->foreign_key = fixture_key();
    out->root = fixture_certificate("Root", out->root_key, NULL, NULL, &ca);
    out->upper = fixture_certificate("Upper", out->upper_key, out->root, out->root_key, &ca);
    out->lower = fixture_certificate("Lower", out->lower_key, out->upper, out->upper_key, &ca);
    out->leaf = fixture_certificate("leaf", out->leaf_key, out->lower, out->lower_key, &leaf);
    out->foreign = fixture_certificate("Foreign", out->foreign_key, NULL, NULL, &ca);
}

void fixture_pki_free(fixture_pki *of)
{
    EVP_PKEY *const keys[] = {of->root_key, of->upper_key, of->lower_key, of->leaf_key,
                              of->foreign_key};
    X509 *const certificates[] = {of->root, of->upper, of->lower, of->leaf, of->foreign};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        EVP_PKEY_free(keys[i]);
        X509_free(certificates[i]);
    }
}

int fixture_setup(void **state)
{
    fixture_pki *pki = calloc(1, sizeof *pki);
    assert_non_null(pki);
    fixture_pki_make(pki);
    *state = pki;
    return 0;
}

int fixture_teardown(void **state)
{
    fixture_pki_free(*state);
    free(*state);
    return 0;
}

STACK_OF(X509) * fixture_list(X509 *const *certificates, size_t count)
{
    STACK_OF(X509) *list = sk_X509_new_null();
    assert_non_null(list);
    for (size_t i = 0; i < count && certificates[i] != NULL; i++) {
        assert_int_equal(X509_up_ref(certificates[i]), 1);
        assert_true(sk_X509_push(list, certificates[i]) > 0);
    }
    return list;
}

static char *take_text(BIO *from)
{
    char *bytes = NULL;
    const long len = BIO_get_mem_data(from, &bytes);
    char *text = strndup(len > 0 ? bytes : "", (size_t)len);
    assert_non_null(text);
    return text;
}

char *fixture_pem(X509 *const *certificates, size_t count)
{
    CIHSM_AUTO(bio_cleanup) BIO *to = BIO_new(BIO_s_mem());
    for (size_t i = 0; i < count && certificates[i] != NULL; i++) {
        assert_int_equal(PEM_write_bio_X509(to, certificates[i]), 1);
    }
    return take_text(to);
}

char *fixture_key_pem(EVP_PKEY *key, bool traditional, const char *password)
{
    CIHSM_AUTO(bio_cleanup) BIO *to = BIO_new(BIO_s_mem());
    const EVP_CIPHER *cipher = password == NULL ? NULL : EVP_aes_128_cbc();
    const unsigned char *secret = (const unsigned char *)password;
    const int len = password == NULL ? 0 : (int)strlen(password);
    const int written =
        traditional ? PEM_write_bio_PrivateKey_traditional(to, key, cipher, secret, len, NULL, NULL)
                    : PEM_write_bio_PKCS8PrivateKey(to, key, cipher, password, len, NULL, NULL);
    assert_int_equal(written, 1);
    return take_text(to);
}

const char *fixture_form_name(fixture_form form)
{
    static const char *const NAMES[] = {"LF",      "CRLF",      "CR",     "literal \\n",
                                        "escaped", "one line",  "blanks", "cut dashes",
                                        "BOM",     "surrounded"};
    return NAMES[form];
}

static char *replace_all(const char *text, const char *what, const char *with)
{
    CIHSM_AUTO(buffer_free) buffer out = buffer_new((size_t)1 << 22);
    cihsm_error err = {0};
    for (const char *at = strstr(text, what); at != NULL; at = strstr(text, what)) {
        assert_int_equal(buffer_append(&out, text, (size_t)(at - text), &err), CIHSM_OK);
        assert_int_equal(buffer_append_text(&out, with, &err), CIHSM_OK);
        text = at + strlen(what);
    }
    assert_int_equal(buffer_append_text(&out, text, &err), CIHSM_OK);
    char *copy = strdup(buffer_text(&out));
    assert_non_null(copy);
    return copy;
}

static char *joined(const char *before, const char *text, const char *after)
{
    char *out = NULL;
    cihsm_error err = {0};
    assert_int_equal(text_format(&out, &err, "%s%s%s", before, text, after), CIHSM_OK);
    return out;
}

char *fixture_reshape(const char *pem, fixture_form form)
{
    CIHSM_AUTO(text_free) char *half = NULL;
    switch (form) {
    case FORM_CRLF:
        return replace_all(pem, "\n", "\r\n");
    case FORM_CR:
        return replace_all(pem, "\n", "\r");
    case FORM_LITERAL_N:
        return replace_all(pem, "\n", "\\n");
    case FORM_DOUBLE_ESCAPED:
        half = replace_all(pem, "/", "\\/");
        return replace_all(half, "\n", "\\\\n");
    case FORM_ONE_LINE:
        return replace_all(pem, "\n", "");
    case FORM_BLANKS:
        return replace_all(pem, "\n", "  ");
    case FORM_CUT_DASHES:
        return replace_all(pem, "-----\n-----BEGIN", "\n-----BEGIN");
    case FORM_BOM:
        return joined("\xef\xbb\xbf", pem, "");
    case FORM_SURROUNDED:
        return joined("Bag Attributes\n  subject=CN = x: y\n", pem, "bye -----\n\n");
    case FORM_LF:
    case FORM_COUNT:
        break;
    }
    return joined("", pem, "");
}

static cihsm_status append(void *to, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(to, bytes, len, err);
}

char *fixture_json(const cihsm_value *value)
{
    CIHSM_AUTO(buffer_free) buffer out = buffer_new((size_t)1 << 22);
    cihsm_error err = {0};
    assert_int_equal(cihsm_value_write(value, 0, append, &out, &err), CIHSM_OK);
    char *text = strdup(buffer_text(&out));
    assert_non_null(text);
    return text;
}

char *fixture_file(const char *bytes, size_t len, unsigned mode)
{
    const char *folder = getenv("TMPDIR");
    char *path = joined(folder == NULL ? "/tmp" : folder, "/cihsm-identity-XXXXXX", "");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, (mode_t)mode), 0);
    assert_int_equal(write(fd, bytes, len), (long)len);
    assert_int_equal(close(fd), 0);
    return path;
}

void fixture_file_remove(char **path)
{
    if (*path != NULL) {
        unlink(*path);
        text_free(path);
    }
}

void assert_error(const cihsm_error *err, cihsm_status status, const char *part)
{
    if (err->status != status || strstr(err->message, part) == NULL) {
        fail_msg("wanted %s with \"%s\", got %s: \"%s\"", cihsm_status_name(status), part,
                 cihsm_status_name(err->status), err->message);
    }
    const size_t len = strlen(err->message);
    assert_true(len > 0 && err->message[len - 1] != '.');
    assert_null(strchr(err->message, '\n'));
}
