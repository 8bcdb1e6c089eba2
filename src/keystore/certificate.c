/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates and chains from files. Source: docs/sap-contract.md sections 7.3 and 9.
 */
#include <string.h>

#include <openssl/pkcs7.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "identity/bundle.h"
#include "identity/chain.h"
#include "identity/cleanup.h"
#include "keystore/alias.h"
#include "keystore/chain.h"
#include "keystore/write.h"

enum { CERTIFICATE_MAX = 10240, CHAIN_MAX = 30072 }; /* bytes of a body */

static cihsm_status check_size(const cihsm_keystore_write *write, size_t most, const char *path,
                               cihsm_error *err)
{
    return write->body.len <= most
               ? CIHSM_OK
               : cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                  "%s: what would be sent has %zu bytes, and the tenant takes %zu",
                                  path, write->body.len, most);
}

static void set_body(cihsm_keystore_write *write, const char *type)
{
    write->request.body = write->body.data;
    write->request.body_len = write->body.len;
    write->request.content_type = type;
    write->shown.body = write->shown_bytes == NULL ? write->body.data : write->shown_bytes;
    write->shown.body_len =
        write->shown_bytes == NULL ? write->body.len : strlen(write->shown_bytes);
    write->shown.content_type = type;
}

/* --- a certificate --------------------------------------------------------------------------- */

static cihsm_status read_one(const char *path, identity_bundle *out, cihsm_error *err)
{
    CIHSM_TRY(bundle_read_file(path, "certificate file", out, err));
    const int count = sk_X509_num(out->certificates);
    return count == 1
               ? CIHSM_OK
               : cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                  "%s holds %d certificates, and an entry takes one: the chain of "
                                  "a key pair is imported by \"cihsm keystore chain import\"",
                                  path, count);
}

cihsm_status cihsm_keystore_import_certificate(const cihsm_keystore_import *from,
                                               cihsm_keystore_write **out, cihsm_error *err)
{
    CIHSM_TRY(cihsm_keystore_check_alias(from->alias, err));
    CIHSM_AUTO(bundle_free) identity_bundle bundle = {.certificates = NULL};
    CIHSM_TRY(read_one(from->path, &bundle, err));
    X509 *certificate = sk_X509_value(bundle.certificates, 0);
    CIHSM_TRY(keystore_check_fingerprint(from->fingerprint, certificate, from->path, err));
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_TRY(keystore_begin(KEYSTORE_CERTIFICATE, "PUT", from->alias, &write, err));
    CIHSM_TRY(keystore_set_path(write, "CertificateResources", "$value", err));
    CIHSM_TRY(keystore_add_certificate(write, certificate, from->path, err));
    CIHSM_AUTO(text_free) char *pem = NULL;
    CIHSM_TRY(bundle_pem(certificate, NULL, &pem, err));
    CIHSM_TRY(buffer_append_text(&write->body, pem, err));
    CIHSM_TRY(check_size(write, CERTIFICATE_MAX, from->path, err));
    set_body(write, "application/pkix-cert");
    write->is_update = from->is_update;
    CIHSM_TRY(keystore_add_switch(write, "fingerprintVerified", from->fingerprint != NULL, err));
    CIHSM_TRY(keystore_add_switch(write, "returnKeystoreEntries", true, err));
    CIHSM_TRY(keystore_add_switch(write, "update", from->is_update, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

/* --- a chain --------------------------------------------------------------------------------- */

static cihsm_status add_encoded(PKCS7 *message, buffer *to, cihsm_error *err)
{
    unsigned char *der = NULL;
    const int len = i2d_PKCS7(message, &der);
    if (len <= 0) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot encode a chain");
    }
    const cihsm_status status = buffer_append(to, der, (size_t)len, err);
    OPENSSL_free(der);
    return status;
}

/* A SignedData that only carries certificates (RFC 2315). */
static cihsm_status encode(const identity_chain *chain, buffer *to, cihsm_error *err)
{
    CIHSM_AUTO(pkcs7_cleanup) PKCS7 *message = PKCS7_new();
    bool is_made = message != NULL && PKCS7_set_type(message, NID_pkcs7_signed) == 1;
    if (is_made) {
        message->d.sign->contents->type = OBJ_nid2obj(NID_pkcs7_data);
        is_made = PKCS7_add_certificate(message, chain->leaf) == 1;
    }
    for (int i = 0; i < sk_X509_num(chain->intermediates) && is_made; i++) {
        is_made = PKCS7_add_certificate(message, sk_X509_value(chain->intermediates, i)) == 1;
    }
    if (is_made && chain->root != NULL) {
        is_made = PKCS7_add_certificate(message, chain->root) == 1;
    }
    return is_made ? add_encoded(message, to, err)
                   : cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot make a chain");
}

static cihsm_status read_chain(const char *path, identity_chain **out, cihsm_error *err)
{
    CIHSM_AUTO(bundle_free) identity_bundle bundle = {.certificates = NULL};
    CIHSM_TRY(bundle_read_file(path, "certificate file", &bundle, err));
    X509 *only =
        sk_X509_num(bundle.certificates) == 1 ? sk_X509_value(bundle.certificates, 0) : NULL;
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    cihsm_error why = {0};
    if (identity_chain_build(bundle.certificates, only, &chain, &why) != CIHSM_OK) {
        return cihsm_fail_plain(err, why.status, "certificate file %s: %s", path, why.message);
    }
    if (chain->unused > 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s holds %zu certificate%s that do not belong to the chain of its "
                                "leaf; leave them out",
                                path, chain->unused, chain->unused == 1 ? "" : "s");
    }
    *out = CIHSM_MOVE(chain);
    return CIHSM_OK;
}

X509 *keystore_chain_top(const identity_chain *chain)
{
    const int count = sk_X509_num(chain->intermediates);
    if (chain->root != NULL) {
        return chain->root;
    }
    return count > 0 ? sk_X509_value(chain->intermediates, count - 1) : chain->leaf;
}

cihsm_status keystore_add_chain(cihsm_keystore_write *write, const identity_chain *chain,
                                const char *path, cihsm_error *err)
{
    CIHSM_TRY(keystore_add_certificate(write, chain->leaf, path, err));
    for (int i = 0; i < sk_X509_num(chain->intermediates); i++) {
        CIHSM_TRY(
            keystore_add_certificate(write, sk_X509_value(chain->intermediates, i), path, err));
    }
    return chain->root == NULL ? CIHSM_OK : keystore_add_certificate(write, chain->root, path, err);
}

cihsm_status cihsm_keystore_import_chain(const cihsm_keystore_import *from,
                                         cihsm_keystore_write **out, cihsm_error *err)
{
    CIHSM_TRY(cihsm_keystore_check_alias(from->alias, err));
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    CIHSM_TRY(read_chain(from->path, &chain, err));
    CIHSM_TRY(
        keystore_check_fingerprint(from->fingerprint, keystore_chain_top(chain), from->path, err));
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_TRY(keystore_begin(KEYSTORE_CHAIN, "PUT", from->alias, &write, err));
    CIHSM_TRY(keystore_set_path(write, "CertificateChainResources", "$value", err));
    CIHSM_TRY(keystore_add_chain(write, chain, from->path, err));
    CIHSM_TRY(encode(chain, &write->body, err));
    CIHSM_TRY(check_size(write, CHAIN_MAX, from->path, err));
    CIHSM_TRY(text_format(&write->shown_bytes, err, "(PKCS#7 with %zu certificates, %zu bytes)",
                          cihsm_value_count(write->certificates), write->body.len));
    set_body(write, "application/pkcs7-mime");
    CIHSM_TRY(keystore_add_switch(write, "fingerprintVerified", from->fingerprint != NULL, err));
    CIHSM_TRY(keystore_add_switch(write, "returnKeystoreEntries", true, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}
