/* SPDX-License-Identifier: Apache-2.0 */
#include "http/trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/error.h"
#include "base/file.h"
#include "base/foreign.h"
#include "base/text.h"
#include "http/global.h"

#define CA_FILE_MAX_BYTES ((size_t)8 << 20) /* the usual bundle of the system has 0.2 MiB */

cihsm_status http_trust_check_file(const char *path, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer content = buffer_new(CA_FILE_MAX_BYTES);
    CIHSM_TRY(file_read(path, "the file of CA certificates", &content, err));

    CIHSM_AUTO(bio_cleanup) BIO *reader = BIO_new_mem_buf(buffer_text(&content), (int)content.len);
    if (reader == NULL) {
        return cihsm_fail_memory(err);
    }
    ERR_set_mark();
    CIHSM_AUTO(x509_cleanup) X509 *first = PEM_read_bio_X509_AUX(reader, NULL, NULL, NULL);
    ERR_pop_to_mark();
    if (first == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the file of CA certificates %s holds no certificate in PEM form",
                                path);
    }
    return CIHSM_OK;
}

static void write_name(const X509_NAME *name, char *out, size_t size)
{
    CIHSM_AUTO(bio_cleanup) BIO *writer = BIO_new(BIO_s_mem());
    if (writer == NULL ||
        X509_NAME_print_ex(writer, name, 0,
                           XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) < 0) {
        return;
    }
    char *text = NULL;
    const long len = BIO_get_mem_data(writer, &text);
    text_escape(out, size, text, (size_t)len);
}

/* Changes nothing about the decision. */
static int record(int accepted, X509_STORE_CTX *store_ctx)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store_ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
    http_trust *trust = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), http_global_ssl_ctx_index());
    if (X509_STORE_CTX_get_error_depth(store_ctx) == 0 &&
        X509_STORE_CTX_get0_cert(store_ctx) != NULL) {
        write_name(X509_get_issuer_name(X509_STORE_CTX_get0_cert(store_ctx)), trust->server_issuer,
                   sizeof trust->server_issuer);
    }
    if (accepted == 1 || trust->error != X509_V_OK) {
        return accepted;
    }
    trust->error = X509_STORE_CTX_get_error(store_ctx);
    const X509 *refused = X509_STORE_CTX_get_current_cert(store_ctx);
    if (refused != NULL) {
        write_name(X509_get_issuer_name(refused), trust->issuer, sizeof trust->issuer);
    }
    return accepted;
}

cihsm_status http_trust_apply(SSL_CTX *ctx, http_trust *trust, cihsm_error *err)
{
    if (SSL_CTX_set_ex_data(ctx, http_global_ssl_ctx_index(), trust) != 1) {
        return cihsm_fail_memory(err);
    }
    *trust = (http_trust){0};
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, record);
    return CIHSM_OK;
}
