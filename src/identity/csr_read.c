/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads any certificate signing request, of whichever program, and verifies it.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/file.h"
#include "base/foreign.h"
#include "base/text.h"
#include "identity/csr_finding.h"
#include "identity/csr_struct.h"
#include "identity/csr_summary.h"
#include "identity/pem_block.h"

static bool is_request(const char *label)
{
    return text_equal(label, "CERTIFICATE REQUEST") || text_equal(label, "NEW CERTIFICATE REQUEST");
}

typedef struct other_content {
    const char *mark;
    const char *advice;
} other_content;

/* What people hand over instead. First match counts. */
static const other_content OTHERS[] = {
    {"-----BEGIN CERTIFICATE-----", "this is a certificate, already issued"},
    {"-----BEGIN PKCS7", "this is PKCS#7 with certificates, already issued"},
    {"PRIVATE KEY-----", "there is only a private key; give the file with the CSR"},
    {"-----END CERTIFICATE REQUEST", "the BEGIN line is missing; copy it again completely"},
    {"-----END NEW CERTIFICATE REQUEST", "the BEGIN line is missing; copy it again completely"},
};

static cihsm_status fail_no_request(const char *text, size_t len, const char *where,
                                    cihsm_error *err)
{
    const char *advice = "it must be DER, or hold a PEM block that starts with BEGIN CERTIFICATE "
                         "REQUEST";
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        if (memmem(text, len, OTHERS[i].mark, strlen(OTHERS[i].mark)) != NULL) {
            advice = OTHERS[i].advice;
            break;
        }
    }
    return cihsm_fail_plain(err, CIHSM_E_CONFIG, "%s holds no CSR: %s", where, advice);
}

static cihsm_status read_pem(const char *text, size_t len, const char *where, buffer *der,
                             cihsm_error *err)
{
    pem_scanner scanner = {.text = text, .len = len, .where = where};
    pem_block block = {0};
    bool found = true;
    for (;;) {
        CIHSM_TRY(pem_scanner_next(&scanner, &block, &found, err));
        if (!found) {
            break;
        }
        if (!is_request(block.label)) {
            continue;
        }
        if (der->len > 0) {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                    "%s holds more than one CSR; give each in a file of its own",
                                    where);
        }
        CIHSM_TRY(pem_block_decode(&block, where, der, err));
    }
    return der->len > 0 ? CIHSM_OK : fail_no_request(text, len, where, err);
}

/* A sequence of more than 127 bytes, which every request is. */
static bool is_der(const unsigned char *bytes, size_t len)
{
    return len > 1 && bytes[0] == 0x30 && bytes[1] >= 0x80;
}

static bool is_certificate(const buffer *der)
{
    const unsigned char *at = (const unsigned char *)der->data;
    ERR_set_mark();
    CIHSM_AUTO(x509_cleanup) X509 *certificate = d2i_X509(NULL, &at, (long)der->len);
    ERR_pop_to_mark();
    return certificate != NULL;
}

static cihsm_status decode(const buffer *der, const char *where, X509_REQ **out, cihsm_error *err)
{
    const unsigned char *at = (const unsigned char *)der->data;
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = d2i_X509_REQ(NULL, &at, (long)der->len);
    if (request == NULL && is_certificate(der)) {
        ERR_clear_error();
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s holds no CSR: this is a certificate, already issued", where);
    }
    if (request == NULL) {
        return cihsm_fail_openssl(err, CIHSM_E_CONFIG,
                                  "%s is no CSR (PKCS#10) or a damaged one; copy it again", where);
    }
    const size_t used = (size_t)((const char *)at - der->data);
    if (used != der->len) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s has %zu bytes behind its CSR; copy it again", where,
                                der->len - used);
    }
    *out = CIHSM_MOVE(request);
    return CIHSM_OK;
}

cihsm_status cihsm_csr_parse(const void *bytes, size_t len, const char *name, cihsm_csr **out,
                             cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = calloc(1, sizeof *csr);
    if (csr == NULL) {
        return cihsm_fail_memory(err);
    }
    csr->bytes = buffer_new(CSR_FILE_MAX);
    CIHSM_TRY(is_der(bytes, len) ? buffer_append(&csr->bytes, bytes, len, err)
                                 : read_pem(bytes, len, name, &csr->bytes, err));
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = NULL;
    CIHSM_TRY(decode(&csr->bytes, name, &request, err));
    CIHSM_TRY(csr_summary_make(request, &csr->summary, err));
    CIHSM_TRY(cihsm_value_set_string(csr->summary, "source", name, err));
    CIHSM_TRY(csr_findings_add(request, csr_verifies(request), csr->summary, err));
    *out = CIHSM_MOVE(csr);
    return CIHSM_OK;
}

cihsm_status cihsm_csr_read(const char *path, cihsm_csr **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(buffer_free) buffer content = buffer_new(CSR_FILE_MAX);
    CIHSM_TRY(file_read(path, "CSR", &content, err));
    return cihsm_csr_parse(buffer_text(&content), content.len, path, out, err);
}
