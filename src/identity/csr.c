/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/csr.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/error.h"
#include "identity/cleanup.h"
#include "identity/csr_extensions.h"
#include "identity/csr_finding.h"
#include "identity/csr_like.h"
#include "identity/csr_struct.h"
#include "identity/csr_summary.h"
#include "identity/subject.h"

static cihsm_status check_key(const cihsm_csr_spec *spec, const EVP_PKEY *public_key,
                              cihsm_error *err)
{
    const bool rsa = EVP_PKEY_is_a(public_key, "RSA") == 1;
    if (!rsa && EVP_PKEY_is_a(public_key, "EC") != 1) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "a request can be made for RSA and EC keys only");
    }
    if (spec->pss && !rsa) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "PSS is for RSA keys only; leave it out for an EC key");
    }
    return CIHSM_OK;
}

static cihsm_status make_parts(const cihsm_csr_spec *spec, X509_NAME **subject,
                               STACK_OF(X509_EXTENSION) * *extensions, cihsm_error *err)
{
    CIHSM_AUTO(x509_cleanup) X509 *like = NULL;
    if (spec->like != NULL) {
        CIHSM_TRY(csr_like_read(spec->like, &like, err));
    }
    const bool copied = like != NULL && spec->subject == NULL;
    CIHSM_TRY(copied ? csr_like_subject(like, subject, err)
                     : subject_parse(spec->subject, subject, err));
    return csr_extensions_make(spec, like, extensions, err);
}

cihsm_status cihsm_csr_spec_check(const cihsm_csr_spec *spec, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *subject = NULL;
    CIHSM_AUTO(x509_extensions_cleanup) STACK_OF(X509_EXTENSION) *extensions = NULL;
    return make_parts(spec, &subject, &extensions, err);
}

static cihsm_status fill(X509_REQ *request, const cihsm_csr_spec *spec, EVP_PKEY *public_key,
                         cihsm_error *err)
{
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *subject = NULL;
    CIHSM_AUTO(x509_extensions_cleanup) STACK_OF(X509_EXTENSION) *extensions = NULL;
    CIHSM_TRY(make_parts(spec, &subject, &extensions, err));

    const bool wanted = sk_X509_EXTENSION_num(extensions) > 0;
    if (X509_REQ_set_version(request, X509_REQ_VERSION_1) != 1 ||
        X509_REQ_set_subject_name(request, subject) != 1 ||
        X509_REQ_set_pubkey(request, public_key) != 1 ||
        (wanted && X509_REQ_add_extensions(request, extensions) != 1)) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot put the request together");
    }
    return CIHSM_OK;
}

static const EVP_MD *digest_of(cihsm_digest digest)
{
    switch (digest) {
    case CIHSM_SHA256:
        return EVP_sha256();
    case CIHSM_SHA384:
        return EVP_sha384();
    case CIHSM_SHA512:
        return EVP_sha512();
    }
    return NULL;
}

/* RFC 4055 section 3.1: salt as long as the digest, MGF1 with the same digest (the default). */
static bool choose_pss(EVP_PKEY_CTX *context)
{
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static cihsm_status sign(X509_REQ *request, const cihsm_csr_spec *spec, EVP_PKEY *signing,
                         cihsm_error *err)
{
    const EVP_MD *digest = digest_of(spec->digest);
    if (digest == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "unknown digest %d", (int)spec->digest);
    }
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) {
        return cihsm_fail_memory(err);
    }
    EVP_PKEY_CTX *padding = NULL; /* the context's */
    if (EVP_DigestSignInit(context, &padding, digest, NULL, signing) != 1 ||
        (spec->pss && !choose_pss(padding)) || X509_REQ_sign_ctx(request, context) <= 0) {
        return cihsm_fail_openssl(err, CIHSM_E_TOKEN, "the key did not sign the request");
    }
    return CIHSM_OK;
}

static cihsm_status encode(X509_REQ *request, bool der, buffer *out, cihsm_error *err)
{
    CIHSM_AUTO(bio_cleanup) BIO *to = BIO_new(BIO_s_mem());
    if (to == NULL) {
        return cihsm_fail_memory(err);
    }
    const int written = der ? i2d_X509_REQ_bio(to, request) : PEM_write_bio_X509_REQ(to, request);
    if (written != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot encode the request");
    }
    char *bytes = NULL;
    const long len = BIO_get_mem_data(to, &bytes);
    return buffer_append(out, bytes, (size_t)len, err);
}

static cihsm_status decode(const buffer *bytes, bool der, X509_REQ **out, cihsm_error *err)
{
    CIHSM_AUTO(bio_cleanup) BIO *from = BIO_new_mem_buf(bytes->data, (int)bytes->len);
    if (from == NULL) {
        return cihsm_fail_memory(err);
    }
    *out = der ? d2i_X509_REQ_bio(from, NULL) : PEM_read_bio_X509_REQ(from, NULL, NULL, NULL);
    if (*out == NULL) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "the request cannot be read back");
    }
    return CIHSM_OK;
}

/* A token that signs with another key than its public half says must not leave this function. */
static cihsm_status verify(X509_REQ *request, EVP_PKEY *public_key, cihsm_error *err)
{
    const EVP_PKEY *inside = X509_REQ_get0_pubkey(request);
    if (inside == NULL || EVP_PKEY_eq(inside, public_key) != 1 ||
        X509_REQ_verify(request, public_key) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_TOKEN,
                                  "the signature of the request does not fit the public key; the "
                                  "private and the public object on the token do not belong "
                                  "together");
    }
    return CIHSM_OK;
}

static cihsm_status summarize(cihsm_csr *csr, bool der, EVP_PKEY *public_key, cihsm_error *err)
{
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *parsed = NULL;
    CIHSM_TRY(decode(&csr->bytes, der, &parsed, err));
    CIHSM_TRY(verify(parsed, public_key, err));
    CIHSM_TRY(csr_summary_make(parsed, &csr->summary, err));
    return csr_findings_add(parsed, true, csr->summary, err);
}

cihsm_status identity_csr_build(const cihsm_csr_spec *spec, EVP_PKEY *signing, EVP_PKEY *public_key,
                                cihsm_csr **out, cihsm_error *err)
{
    CIHSM_TRY(check_key(spec, public_key, err));
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = calloc(1, sizeof *csr);
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = X509_REQ_new();
    if (csr == NULL || request == NULL) {
        return cihsm_fail_memory(err);
    }
    csr->bytes = buffer_new(CSR_FILE_MAX);
    CIHSM_TRY(fill(request, spec, public_key, err));
    CIHSM_TRY(sign(request, spec, signing, err));
    CIHSM_TRY(encode(request, spec->der, &csr->bytes, err));
    CIHSM_TRY(summarize(csr, spec->der, public_key, err));
    *out = CIHSM_MOVE(csr);
    return CIHSM_OK;
}

const char *cihsm_csr_bytes(const cihsm_csr *csr, size_t *len)
{
    *len = csr->bytes.len;
    return csr->bytes.data;
}

const cihsm_value *cihsm_csr_summary(const cihsm_csr *csr)
{
    return csr->summary;
}

void cihsm_csr_free(cihsm_csr **csr)
{
    if (csr == NULL || *csr == NULL) {
        return;
    }
    buffer_free(&(*csr)->bytes);
    cihsm_value_free(&(*csr)->summary);
    free(*csr);
    *csr = NULL;
}
