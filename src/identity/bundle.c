/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/bundle.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "identity/certificate.h"
#include "identity/cleanup.h"
#include "identity/pem.h"
#include "identity/pem_block.h"

/* Bytes of DER and where they come from. */
typedef struct der_source {
    const unsigned char *bytes;
    size_t len;
    const char *where;
} der_source;

cihsm_status bundle_add(identity_bundle *to, X509 *certificate, cihsm_error *err)
{
    if (to->certificates == NULL) {
        to->certificates = sk_X509_new_null();
    }
    for (int i = 0; i < sk_X509_num(to->certificates); i++) {
        if (certificate_same(sk_X509_value(to->certificates, i), certificate)) {
            return CIHSM_OK;
        }
    }
    if (sk_X509_num(to->certificates) >= BUNDLE_CERTIFICATES_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_LIMIT,
                                "more than %d certificates at once; keep only those of your chain",
                                BUNDLE_CERTIFICATES_MAX);
    }
    if (to->certificates == NULL || sk_X509_push(to->certificates, certificate) == 0) {
        return cihsm_fail_memory(err);
    }
    X509_up_ref(certificate);
    return CIHSM_OK;
}

void bundle_free(identity_bundle *of)
{
    x509_list_cleanup(&of->certificates);
    of->has_private_key = false;
}

static cihsm_status add_list(identity_bundle *to, const STACK_OF(X509) * list, const char *where,
                             cihsm_error *err)
{
    if (sk_X509_num(list) <= 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s is PKCS#7 without certificates; ask the CA for the certificate "
                                "chain",
                                where);
    }
    for (int i = 0; i < sk_X509_num(list); i++) {
        CIHSM_TRY(bundle_add(to, sk_X509_value(list, i), err));
    }
    return CIHSM_OK;
}

static const STACK_OF(X509) * certificates_of(const PKCS7 *message)
{
    if (PKCS7_type_is_signed(message)) {
        return message->d.sign == NULL ? NULL : message->d.sign->cert;
    }
    return NULL;
}

/* What else DER may be, for the message. */
static const char *advice_on(const der_source *from)
{
    const unsigned char *at = from->bytes;
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = d2i_X509_REQ(NULL, &at, (long)from->len);
    if (request != NULL) {
        return "it is a certificate request; let the CA sign it and take the certificate it issues";
    }
    at = from->bytes;
    CIHSM_AUTO(pkcs12_cleanup) PKCS12 *archive = d2i_PKCS12(NULL, &at, (long)from->len);
    if (archive != NULL) {
        return "it is PKCS#12, which carries a private key; ask the CA for the certificate alone";
    }
    at = from->bytes;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)from->len);
    if (key != NULL) {
        return "it is a private key; give the file with the certificate";
    }
    return "it is another kind of file, or damaged; ask the CA for PEM, DER or PKCS#7";
}

/* The length that the outermost element says it has; 0 where it cannot be told. */
static size_t promised_length(const der_source *from)
{
    const unsigned char *at = from->bytes;
    long len = 0;
    int tag = 0;
    int class = 0;
    const int head = ASN1_get_object(&at, &len, &tag, &class, (long)from->len);
    const bool is_definite = head == V_ASN1_CONSTRUCTED || (head & 0x80) != 0;
    return is_definite && len > 0 ? (size_t)(at - from->bytes) + (size_t)len : 0;
}

static cihsm_status fail_der(const der_source *from, cihsm_error *err)
{
    const size_t promised = promised_length(from);
    if (promised > from->len) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s is cut off: it has %zu of %zu bytes; copy it again completely",
                                from->where, from->len, promised);
    }
    return cihsm_fail_plain(err, CIHSM_E_CONFIG, "%s holds no certificate: %s", from->where,
                            advice_on(from));
}

/* One certificate or one PKCS#7 message; *used tells how many bytes it takes, 0: neither. */
static cihsm_status take_one(identity_bundle *to, const der_source *from, size_t *used,
                             cihsm_error *err)
{
    const unsigned char *at = from->bytes;
    *used = 0;
    CIHSM_AUTO(x509_cleanup) X509 *certificate = d2i_X509(NULL, &at, (long)from->len);
    if (certificate != NULL) {
        *used = (size_t)(at - from->bytes);
        return bundle_add(to, certificate, err);
    }
    at = from->bytes;
    CIHSM_AUTO(pkcs7_cleanup) PKCS7 *message = d2i_PKCS7(NULL, &at, (long)from->len);
    if (message != NULL) {
        *used = (size_t)(at - from->bytes);
        return add_list(to, certificates_of(message), from->where, err);
    }
    return CIHSM_OK;
}

static cihsm_status take_der(identity_bundle *to, const der_source *from, cihsm_error *err)
{
    der_source rest = *from;
    while (rest.len > 0) {
        size_t used = 0;
        CIHSM_TRY(take_one(to, &rest, &used, err));
        if (used == 0 && rest.len < from->len) {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                    "%s has %zu bytes behind its certificate; copy it again",
                                    from->where, rest.len);
        }
        if (used == 0) {
            return fail_der(from, err);
        }
        rest.bytes += used;
        rest.len -= used;
    }
    return CIHSM_OK;
}

/* Some CAs put "CERTIFICATE" around PKCS#7, so both labels may hold both. */
static bool carries_certificates(const char *label)
{
    return text_equal(label, "CERTIFICATE") || text_equal(label, "X509 CERTIFICATE") ||
           text_equal(label, "PKCS7") || text_equal(label, "CMS");
}

static cihsm_status take_block(identity_bundle *to, const pem_block *block, const char *where,
                               cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer der = buffer_new(block->body_len);
    CIHSM_TRY(pem_block_decode(block, where, &der, err));
    CIHSM_AUTO(text_free) char *name = NULL;
    CIHSM_TRY(
        text_format(&name, err, "%s: PEM block %zu (%s)", where, block->number, block->label));
    const der_source from = {(const unsigned char *)der.data, der.len, name};
    return take_der(to, &from, err);
}

static cihsm_status take_pem(identity_bundle *to, const char *text, size_t len, const char *where,
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
        if (carries_certificates(block.label)) {
            CIHSM_TRY(take_block(to, &block, where, err));
        }
        to->has_private_key = to->has_private_key || strstr(block.label, "PRIVATE KEY") != NULL;
    }
    if (sk_X509_num(to->certificates) <= 0) {
        return pem_fail_no_certificate(text, len, where, err);
    }
    return CIHSM_OK;
}

static cihsm_status take_any(identity_bundle *to, const char *bytes, size_t len, const char *where,
                             cihsm_error *err)
{
    if (len == 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s is empty; give the file that the CA delivered", where);
    }
    if (bytes[0] == '\x30' && memmem(bytes, len, "-----BEGIN ", 11) == NULL) {
        const der_source from = {(const unsigned char *)bytes, len, where};
        return take_der(to, &from, err);
    }
    return take_pem(to, bytes, len, where, err);
}

cihsm_status bundle_read(const char *bytes, size_t len, const char *where, identity_bundle *out,
                         cihsm_error *err)
{
    identity_bundle made = {.certificates = NULL};
    ERR_set_mark(); /* trying one form after the other leaves entries in OpenSSL's queue */
    const cihsm_status status = take_any(&made, bytes, len, where, err);
    ERR_pop_to_mark();
    if (status != CIHSM_OK) {
        bundle_free(&made);
        return status;
    }
    *out = made;
    return CIHSM_OK;
}

cihsm_status bundle_read_file(const char *path, const char *what, identity_bundle *out,
                              cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer content = buffer_new(PEM_FILE_MAX);
    CIHSM_TRY(file_read(path, what, &content, err));
    CIHSM_AUTO(text_free) char *where = NULL;
    CIHSM_TRY(text_format(&where, err, "%s %s", what, path));
    return bundle_read(buffer_text(&content), content.len, where, out, err);
}

cihsm_status bundle_pem(X509 *leaf, const STACK_OF(X509) * others, char **out, cihsm_error *err)
{
    CIHSM_AUTO(bio_cleanup) BIO *to = BIO_new(BIO_s_mem());
    bool written = to != NULL && PEM_write_bio_X509(to, leaf) == 1;
    for (int i = 0; i < sk_X509_num(others) && written; i++) {
        written = PEM_write_bio_X509(to, sk_X509_value(others, i)) == 1;
    }
    if (!written) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot encode a certificate");
    }
    char *text = NULL;
    const long len = BIO_get_mem_data(to, &text);
    return text_format(out, err, "%.*s", (int)len, text);
}
