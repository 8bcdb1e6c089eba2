/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and certificates made while the test runs; nothing here is stored in a file.
 */
#ifndef TEST_IDENTITY_FIXTURE_H
#define TEST_IDENTITY_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

/** Start with {0}; then the certificate is a leaf for clientAuth, valid from yesterday for a year.
 */
typedef struct fixture_wish {
    bool ca;
    long from_s;     /* notBefore, seconds from now; 0: a day ago */
    long to_s;       /* notAfter, seconds from now; 0: in a year */
    const char *eku; /* NULL: clientAuth; "": none */
    const char *ku;  /* NULL: digitalSignature or keyCertSign; "": none */
} fixture_wish;

/** root issued upper issued lower issued leaf; foreign is another root. */
typedef struct fixture_pki {
    EVP_PKEY *root_key, *upper_key, *lower_key, *leaf_key, *foreign_key;
    X509 *root, *upper, *lower, *leaf, *foreign;
} fixture_pki;

EVP_PKEY *fixture_key(void); /* EC P-256 */

/** @param issuer  NULL: self-signed with @p key */
X509 *fixture_certificate(const char *common_name, EVP_PKEY *key, X509 *issuer,
                          EVP_PKEY *issuer_key, const fixture_wish *wish);

/** The same with a subject name of the caller. */
X509 *fixture_named_certificate(X509_NAME *subject, EVP_PKEY *key, X509 *issuer,
                                EVP_PKEY *issuer_key, const fixture_wish *wish);

void fixture_pki_make(fixture_pki *out);
void fixture_pki_free(fixture_pki *of);

/** cmocka group setup and teardown around one fixture_pki as the state. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/** A list with references of its own; ends at the first NULL. */
STACK_OF(X509) * fixture_list(X509 *const *certificates, size_t count);

/** PEM of certificates, a key (PKCS#8), or a key in the traditional form; free with text_free. */
char *fixture_pem(X509 *const *certificates, size_t count);
char *fixture_key_pem(EVP_PKEY *key, bool traditional, const char *password);

/** Ways a PEM text reaches a file. */
typedef enum fixture_form {
    FORM_LF = 0,
    FORM_CRLF,
    FORM_CR,
    FORM_LITERAL_N,      /* backslash, n instead of line feeds */
    FORM_DOUBLE_ESCAPED, /* backslash, backslash, n; and backslash, slash */
    FORM_ONE_LINE,       /* no line feeds at all */
    FORM_BLANKS,         /* blanks instead of line feeds */
    FORM_CUT_DASHES,     /* the dashes after END NAME are missing */
    FORM_BOM,
    FORM_SURROUNDED, /* text before and after */
    FORM_COUNT
} fixture_form;

const char *fixture_form_name(fixture_form form);

/** The PEM text in another form; free with text_free. */
char *fixture_reshape(const char *pem, fixture_form form);

/** JSON on one line; free with text_free. */
char *fixture_json(const cihsm_value *value);

/** Writes a new file in the folder of temporary files; remove it with fixture_file_remove. */
char *fixture_file(const char *bytes, size_t len, unsigned mode);
void fixture_file_remove(char **path);

/** Fails the test unless the error has that status and its message holds @p part. */
void assert_error(const cihsm_error *err, cihsm_status status, const char *part);

#endif
