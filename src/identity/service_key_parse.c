/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a service key to what they stand for: docs/sap-contract.md section 2.3.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/foreign.h"
#include "base/json.h"
#include "base/text.h"
#include "identity/certificate.h"
#include "identity/chain.h"
#include "identity/pem.h"
#include "identity/pem_block.h"
#include "identity/service_key_fields.h"

static cihsm_status take_urls(const service_key_fields *from, const char *path,
                              cihsm_service_key *to, cihsm_error *err)
{
    if (from->url == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s has no field url; is it a key of the service "
                                "Process Integration Runtime, plan api?",
                                path);
    }
    CIHSM_TRY(service_key_check_url(from->url, "url", path, err));
    if (from->token_url != NULL) {
        CIHSM_TRY(service_key_check_url(from->token_url, "tokenurl", path, err));
    }
    CIHSM_TRY(text_set(&to->url, from->url, err));
    CIHSM_TRY(text_set(&to->token_url, from->token_url, err));
    return text_set(&to->client_id, from->client_id, err);
}

static cihsm_status take_secret(const service_key_fields *from, const char *path,
                                cihsm_service_key *to, cihsm_error *err)
{
    if (from->client_id == NULL || from->token_url == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s has a clientsecret but no field %s; copy the "
                                "service key again",
                                path, from->client_id == NULL ? "clientid" : "tokenurl");
    }
    const size_t len = strlen(from->client_secret);
    if (len > CIHSM_SECRET_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s: the clientsecret is longer than %d bytes", path,
                                CIHSM_SECRET_MAX);
    }
    return cihsm_secret_new(from->client_secret, len, &to->secret, err);
}

static cihsm_status read_certificates(const service_key_fields *from, const char *path,
                                      STACK_OF(X509) * *out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *where = NULL;
    CIHSM_TRY(text_format(&where, err, "service key %s: the field certificate", path));
    return pem_read_certificates(from->certificate, strlen(from->certificate), where, out, err);
}

static cihsm_status take_external(const service_key_fields *from, const char *path,
                                  cihsm_service_key *to, cihsm_error *err)
{
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *found = NULL;
    CIHSM_TRY(read_certificates(from, path, &found, err));
    if (sk_X509_num(found) != 1) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s: the field certificate holds %d certificates, an "
                                "External Certificate key has the leaf only; keep the leaf and "
                                "give the others as chain file",
                                path, sk_X509_num(found));
    }
    to->leaf = sk_X509_shift(found);
    return CIHSM_OK;
}

static cihsm_status find_key_block(const char *text, const char *where, pem_block *out,
                                   cihsm_error *err)
{
    pem_scanner scanner = {.text = text, .len = strlen(text), .where = where};
    bool found = true;
    for (;;) {
        CIHSM_TRY(pem_scanner_next(&scanner, out, &found, err));
        if (!found) {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                    "%s holds no PEM private key; copy the service key again",
                                    where);
        }
        if (strstr(out->label, "PRIVATE KEY") != NULL) {
            break;
        }
    }
    if (text_starts(out->label, "ENCRYPTED") || pem_block_has_headers(out)) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s is encrypted; SAP stores it in plain, copy the service key "
                                "again",
                                where);
    }
    return CIHSM_OK;
}

static cihsm_status read_private_key(const char *text, const char *where, EVP_PKEY **out,
                                     cihsm_error *err)
{
    pem_block block = {0};
    CIHSM_TRY(find_key_block(text, where, &block, err));
    CIHSM_AUTO(buffer_free) buffer der = buffer_new(block.body_len);
    CIHSM_TRY(pem_block_decode(&block, where, &der, err));
    const unsigned char *at = (const unsigned char *)der.data;
    *out = d2i_AutoPrivateKey(NULL, &at, (long)der.len);
    if (*out == NULL) {
        return cihsm_fail_openssl(err, CIHSM_E_CONFIG,
                                  "%s is damaged or no private key; copy the service key again",
                                  where);
    }
    return CIHSM_OK;
}

/* The leaf is the certificate of the private key, wherever it stands. */
static X509 *certificate_of(const STACK_OF(X509) * pool, const EVP_PKEY *key)
{
    for (int i = 0; i < sk_X509_num(pool); i++) {
        X509 *candidate = sk_X509_value(pool, i);
        ERR_set_mark();
        const EVP_PKEY *public_key = X509_get0_pubkey(candidate);
        const bool fits = public_key != NULL && EVP_PKEY_eq(public_key, key) == 1;
        ERR_pop_to_mark();
        if (fits) {
            return candidate;
        }
    }
    return NULL;
}

static cihsm_status take_chain(const STACK_OF(X509) * pool, const char *path, cihsm_service_key *to,
                               cihsm_error *err)
{
    X509 *leaf = certificate_of(pool, to->private_key);
    if (leaf == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s: the private key does not belong to any "
                                "certificate in it; copy the service key again",
                                path);
    }
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    CIHSM_TRY(identity_chain_build(pool, leaf, &chain, err));
    to->leaf = CIHSM_MOVE(chain->leaf);
    x509_list_cleanup(&to->chain);
    to->chain = CIHSM_MOVE(chain->intermediates);
    return CIHSM_OK;
}

static cihsm_status take_pair(const service_key_fields *from, const char *path,
                              cihsm_service_key *to, cihsm_error *err)
{
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *found = NULL;
    CIHSM_TRY(read_certificates(from, path, &found, err));
    CIHSM_AUTO(text_free) char *where = NULL;
    CIHSM_TRY(text_format(&where, err, "service key %s: the field key", path));
    CIHSM_TRY(read_private_key(from->key, where, &to->private_key, err));
    return take_chain(found, path, to, err);
}

cihsm_status service_key_take_credentials(const service_key_fields *from, cihsm_service_key *to,
                                          cihsm_error *err)
{
    const char *path = to->path;
    switch (to->kind) {
    case CIHSM_SERVICE_KEY_EXTERNAL:
        return take_external(from, path, to, err);
    case CIHSM_SERVICE_KEY_CERTIFICATE:
        return take_pair(from, path, to, err);
    case CIHSM_SERVICE_KEY_SECRET:
        return take_secret(from, path, to, err);
    }
    return cihsm_fail_plain(err, CIHSM_E_INTERNAL, "unknown type of service key");
}

static cihsm_status take_fields(const cihsm_value *object, const char *path,
                                service_key_fields *out, cihsm_error *err)
{
    const struct {
        const char *name;
        const char **field;
    } rows[] = {
        {"url", &out->url},
        {"tokenurl", &out->token_url},
        {"clientid", &out->client_id},
        {"clientsecret", &out->client_secret},
        {"certificate", &out->certificate},
        {"key", &out->key},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CIHSM_TRY(service_key_field(object, rows[i].name, path, rows[i].field, err));
    }
    return CIHSM_OK;
}

cihsm_status service_key_new(const char *path, cihsm_service_key **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = calloc(1, sizeof *key);
    if (key == NULL) {
        return cihsm_fail_memory(err);
    }
    key->chain = sk_X509_new_null();
    if (key->chain == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(text_set(&key->path, path, err));
    *out = CIHSM_MOVE(key);
    return CIHSM_OK;
}

cihsm_status service_key_parse(const char *text, size_t len, const char *path,
                               cihsm_service_key **out, cihsm_error *err)
{
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    const cihsm_value *object = NULL;
    CIHSM_TRY(service_key_document(text, len, path, &document, err));
    CIHSM_TRY(service_key_object(document, path, &object, err));
    service_key_fields found = {0};
    CIHSM_TRY(take_fields(object, path, &found, err));

    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CIHSM_TRY(service_key_new(path, &key, err));
    CIHSM_TRY(take_urls(&found, path, key, err));
    CIHSM_TRY(service_key_choose_kind(&found, path, &key->kind, err));
    CIHSM_TRY(service_key_take_credentials(&found, key, err));
    *out = CIHSM_MOVE(key);
    return CIHSM_OK;
}
