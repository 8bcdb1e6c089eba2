/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/pem.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/foreign.h"
#include "base/text.h"
#include "identity/pem_block.h"

static bool is_certificate(const char *label)
{
    return text_equal(label, "CERTIFICATE") || text_equal(label, "X509 CERTIFICATE");
}

static cihsm_status decode_certificate(const pem_block *block, const char *where, X509 **out,
                                       cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer der = buffer_new(block->body_len);
    CIHSM_TRY(pem_block_decode(block, where, &der, err));

    const unsigned char *at = (const unsigned char *)der.data;
    const unsigned char *end = at + der.len;
    CIHSM_AUTO(x509_cleanup) X509 *certificate = d2i_X509(NULL, &at, (long)der.len);
    if (certificate == NULL) {
        return cihsm_fail_openssl(
            err, CIHSM_E_CONFIG,
            "%s: PEM block %zu is no X.509 certificate or a damaged one; copy it again", where,
            block->number);
    }
    if (at != end) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s: PEM block %zu has %zu bytes behind its certificate; copy it "
                                "again",
                                where, block->number, (size_t)(end - at));
    }
    *out = CIHSM_MOVE(certificate);
    return CIHSM_OK;
}

typedef struct other_content {
    const char *mark;
    const char *advice;
} other_content;

/* What people hand over instead of a PEM certificate, and how they get one. First match counts. */
static const other_content OTHERS[] = {
    {"-----BEGIN CERTIFICATE REQUEST", "this is a certificate request; let the CA sign it and take "
                                       "the certificate it issues"},
    {"-----BEGIN NEW CERTIFICATE REQUEST", "this is a certificate request; let the CA sign it and "
                                           "take the certificate it issues"},
    {"-----BEGIN PKCS7", "this is PKCS#7; convert it with \"openssl pkcs7 -print_certs\""},
    {"-----BEGIN CMS", "this is PKCS#7; convert it with \"openssl pkcs7 -print_certs\""},
    {"-----BEGIN TRUSTED CERTIFICATE", "this is OpenSSL's own format; convert it with \"openssl "
                                       "x509 -in FILE\""},
    {"PRIVATE KEY-----", "there is only a private key; give the file with the certificate"},
    {"-----END CERTIFICATE", "the BEGIN line is missing; copy it again completely"},
};

cihsm_status pem_fail_no_certificate(const char *text, size_t len, const char *where,
                                     cihsm_error *err)
{
    const char *advice = "it must hold a PEM block that starts with BEGIN CERTIFICATE";
    if (len > 1 && text[0] == '\x30' && (unsigned char)text[1] >= 0x80) {
        advice = "this looks like DER; convert it with \"openssl x509 -inform DER\"";
    }
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        if (memmem(text, len, OTHERS[i].mark, strlen(OTHERS[i].mark)) != NULL) {
            advice = OTHERS[i].advice;
            break;
        }
    }
    return cihsm_fail_plain(err, CIHSM_E_CONFIG, "%s holds no certificate: %s", where, advice);
}

cihsm_status pem_read_certificates(const char *text, size_t len, const char *where,
                                   STACK_OF(X509) * *out, cihsm_error *err)
{
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *list = sk_X509_new_null();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    pem_scanner scanner = {.text = text, .len = len, .where = where};
    pem_block block = {0};
    bool found = true;
    for (;;) {
        CIHSM_TRY(pem_scanner_next(&scanner, &block, &found, err));
        if (!found) {
            break;
        }
        if (!is_certificate(block.label)) {
            continue;
        }
        CIHSM_AUTO(x509_cleanup) X509 *certificate = NULL;
        CIHSM_TRY(decode_certificate(&block, where, &certificate, err));
        if (sk_X509_push(list, certificate) == 0) {
            return cihsm_fail_memory(err);
        }
        certificate = NULL; /* the list's now */
    }
    if (sk_X509_num(list) == 0) {
        return pem_fail_no_certificate(text, len, where, err);
    }
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}

cihsm_status pem_read_file(const char *path, const char *what, STACK_OF(X509) * *out,
                           cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer content = buffer_new(PEM_FILE_MAX);
    CIHSM_TRY(file_read(path, what, &content, err));
    CIHSM_AUTO(text_free) char *where = NULL;
    CIHSM_TRY(text_format(&where, err, "%s %s", what, path));
    return pem_read_certificates(buffer_text(&content), content.len, where, out, err);
}
