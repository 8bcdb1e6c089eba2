/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text to service key. Shapes and field names: docs/sap-contract.md section 2.3.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/foreign.h"
#include "base/text.h"
#include "identity/certificate.h"
#include "identity/chain.h"
#include "identity/pem.h"
#include "identity/pem_block.h"
#include "identity/service_key_struct.h"

/* The texts of a key document, borrowed from the parsed tree; NULL where absent. */
typedef struct fields {
    const char *url;
    const char *token_url;
    const char *client_id;
    const char *client_secret;
    const char *certificate;
    const char *key;
} fields;

static const char *type_name(const cihsm_value *value)
{
    switch (cihsm_value_kind(value)) {
    case CIHSM_VALUE_NULL:
        return "null";
    case CIHSM_VALUE_BOOL:
        return "a boolean";
    case CIHSM_VALUE_NUMBER:
        return "a number";
    case CIHSM_VALUE_STRING:
        return "a string";
    case CIHSM_VALUE_ARRAY:
        return "an array";
    case CIHSM_VALUE_OBJECT:
        return "an object";
    }
    return "unknown";
}

/* What probably happened to a file that is no JSON; text[first] and text[last] are no blanks. */
static const char *advice_on(const char *text, size_t len, size_t first, size_t last)
{
    if (len >= 2 && ((unsigned char)text[0] == 0xff || (unsigned char)text[0] == 0xfe)) {
        return "the file is UTF-16, save it as UTF-8";
    }
    if (memmem(text, len, "-----BEGIN ", 11) == text + first) {
        return "this is a PEM file, give the JSON document of the service key";
    }
    if (text[first] != '{' && text[first] != '[' && (unsigned char)text[first] < 0x80) {
        return "remove everything before the first \"{\", such as what \"cf service-key\" prints";
    }
    if (text[last] != '}') {
        return "the file seems to be cut off, copy the service key again completely";
    }
    return "copy the service key again";
}

static cihsm_status parse_document(const char *text, size_t len, const char *path,
                                   cihsm_value **out, cihsm_error *err)
{
    static const char BLANKS[] = " \t\r\n";
    size_t first = 0;
    while (first < len && text[first] != '\0' && strchr(BLANKS, text[first]) != NULL) {
        first++;
    }
    if (first == len) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s is empty; copy the service key into it", path);
    }
    size_t last = len - 1;
    while (text[last] != '\0' && strchr(BLANKS, text[last]) != NULL) {
        last--;
    }
    cihsm_error why = {0};
    const cihsm_status status = cihsm_value_parse(text, len, out, &why);
    if (status == CIHSM_E_NO_MEMORY) {
        return cihsm_fail_memory(err);
    }
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "service key %s: %s; %s", path, why.message,
                                advice_on(text, len, first, last));
    }
    if (cihsm_value_kind(*out) != CIHSM_VALUE_OBJECT) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "%s is %s, not a service key; give one key",
                                path, type_name(*out));
    }
    return CIHSM_OK;
}

static const cihsm_value *descend(const cihsm_value *from, const char *name)
{
    const cihsm_value *member = cihsm_value_get(from, name);
    return cihsm_value_kind(member) == CIHSM_VALUE_OBJECT ? member : from;
}

/* Documents of neighbouring products and steps that people take for a service key. */
static cihsm_status refuse_relatives(const cihsm_value *object, const char *path, cihsm_error *err)
{
    const bool camel_case =
        cihsm_value_get(object, "clientId") != NULL || cihsm_value_get(object, "tokenUrl") != NULL;
    const bool only_certurl =
        cihsm_value_get(object, "certurl") != NULL && cihsm_value_get(object, "tokenurl") == NULL;
    if (camel_case || only_certurl) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s: this is an API Management key; take one of the "
                                "service Process Integration Runtime, plan api",
                                path);
    }
    if (cihsm_value_get(object, "X.509") != NULL || cihsm_value_get(object, "key-type") != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s: these are the parameters that create a key; take "
                                "the document that the created key shows",
                                path);
    }
    return CIHSM_OK;
}

static cihsm_status take_text(const cihsm_value *object, const char *name, const char *path,
                              const char **out, cihsm_error *err)
{
    const cihsm_value *member = cihsm_value_get(object, name);
    if (cihsm_value_kind(member) == CIHSM_VALUE_NULL) {
        return CIHSM_OK; /* absent */
    }
    *out = cihsm_value_string(member);
    if (*out == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s: the field %s is %s, not a string", path, name,
                                type_name(member));
    }
    if (**out == '\0') {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s: the field %s is empty; copy the service key again",
                                path, name);
    }
    return CIHSM_OK;
}

static cihsm_status take_fields(const cihsm_value *object, const char *path, fields *out,
                                cihsm_error *err)
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
        CIHSM_TRY(take_text(object, rows[i].name, path, rows[i].field, err));
    }
    return CIHSM_OK;
}

/* Only what keeps a secret off a wrong place; the http module reads the URL properly. */
static cihsm_status check_url(const char *url, const char *name, const char *path, cihsm_error *err)
{
    static const char SCHEME[] = "https://";
    const size_t scheme = sizeof SCHEME - 1;
    if (strncasecmp(url, SCHEME, scheme) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "service key %s: the field %s is no https URL",
                                path, name);
    }
    const char *host = url + scheme;
    const size_t host_len = strcspn(host, "/");
    const size_t plain = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789-.:[]");
    if (host_len == 0 || host[0] == ':' || plain != host_len) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s: the field %s has no plain host name", path, name);
    }
    for (const char *c = host; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~' || *c == '?' || *c == '#') {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                    "service key %s: the field %s holds characters that do not "
                                    "belong into a base URL",
                                    path, name);
        }
    }
    return CIHSM_OK;
}

static cihsm_status take_urls(const fields *from, const char *path, cihsm_service_key *to,
                              cihsm_error *err)
{
    if (from->url == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s has no field url; is it a key of the service "
                                "Process Integration Runtime, plan api?",
                                path);
    }
    CIHSM_TRY(check_url(from->url, "url", path, err));
    if (from->token_url != NULL) {
        CIHSM_TRY(check_url(from->token_url, "tokenurl", path, err));
    }
    CIHSM_TRY(text_set(&to->url, from->url, err));
    CIHSM_TRY(text_set(&to->token_url, from->token_url, err));
    return text_set(&to->client_id, from->client_id, err);
}

static cihsm_status choose_kind(const fields *from, const char *path, cihsm_service_key_type *out,
                                cihsm_error *err)
{
    if (from->key != NULL && from->client_secret != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s has both key and clientsecret, which no type of "
                                "service key has; copy the service key again",
                                path);
    }
    if (from->client_secret != NULL) {
        *out = CIHSM_SERVICE_KEY_SECRET;
        return CIHSM_OK;
    }
    if (from->certificate == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s has no field certificate%s; copy the service key "
                                "again",
                                path, from->key == NULL ? " and no clientsecret" : "");
    }
    *out = from->key != NULL ? CIHSM_SERVICE_KEY_CERTIFICATE : CIHSM_SERVICE_KEY_EXTERNAL;
    return CIHSM_OK;
}

static cihsm_status take_secret(const fields *from, const char *path, cihsm_service_key *to,
                                cihsm_error *err)
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

static cihsm_status read_certificates(const fields *from, const char *path, STACK_OF(X509) * *out,
                                      cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *where = NULL;
    CIHSM_TRY(text_format(&where, err, "service key %s: the field certificate", path));
    return pem_read_certificates(from->certificate, strlen(from->certificate), where, out, err);
}

static cihsm_status take_external(const fields *from, const char *path, cihsm_service_key *to,
                                  cihsm_error *err)
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

static cihsm_status take_pair(const fields *from, const char *path, cihsm_service_key *to,
                              cihsm_error *err)
{
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *found = NULL;
    CIHSM_TRY(read_certificates(from, path, &found, err));
    CIHSM_AUTO(text_free) char *where = NULL;
    CIHSM_TRY(text_format(&where, err, "service key %s: the field key", path));
    CIHSM_TRY(read_private_key(from->key, where, &to->private_key, err));
    return take_chain(found, path, to, err);
}

static cihsm_status take_credentials(const fields *from, const char *path, cihsm_service_key *to,
                                     cihsm_error *err)
{
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

static cihsm_status key_new(const fields *from, const char *path, cihsm_service_key **out,
                            cihsm_error *err)
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
    CIHSM_TRY(take_urls(from, path, key, err));
    CIHSM_TRY(choose_kind(from, path, &key->kind, err));
    CIHSM_TRY(take_credentials(from, path, key, err));
    *out = CIHSM_MOVE(key);
    return CIHSM_OK;
}

cihsm_status service_key_parse(const char *text, size_t len, const char *path,
                               cihsm_service_key **out, cihsm_error *err)
{
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    CIHSM_TRY(parse_document(text, len, path, &document, err));
    const cihsm_value *object = descend(descend(document, "credentials"), "oauth");
    CIHSM_TRY(refuse_relatives(object, path, err));
    fields found = {0};
    CIHSM_TRY(take_fields(object, path, &found, err));
    return key_new(&found, path, out, err);
}
