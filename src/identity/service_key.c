/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/service_key.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/foreign.h"
#include "base/text.h"
#include "identity/certificate.h"
#include "identity/pem.h"
#include "identity/service_key_struct.h"

/* Pipes and devices have no owner worth a warning. */
bool service_key_is_readable_by_others(const char *path)
{
    struct stat file = {0};
    return stat(path, &file) == 0 && S_ISREG(file.st_mode) &&
           (file.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

cihsm_status cihsm_service_key_read(const char *path, cihsm_service_key **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(buffer_free) buffer content = buffer_new(PEM_FILE_MAX);
    CIHSM_TRY(file_read(path, "service key", &content, err));
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CIHSM_TRY(service_key_parse(buffer_text(&content), content.len, path, &key, err));
    key->readable_by_others = service_key_is_readable_by_others(path);
    *out = CIHSM_MOVE(key);
    return CIHSM_OK;
}

void cihsm_service_key_free(cihsm_service_key **key)
{
    if (key == NULL || *key == NULL) {
        return;
    }
    cihsm_service_key *of = *key;
    text_free(&of->path);
    text_free(&of->url);
    text_free(&of->token_url);
    text_free(&of->client_id);
    X509_free(of->leaf);
    x509_list_cleanup(&of->chain);
    EVP_PKEY_free(of->private_key);
    cihsm_secret_free(&of->secret);
    free(of);
    *key = NULL;
}

cihsm_service_key_type cihsm_service_key_kind(const cihsm_service_key *key)
{
    return key->kind;
}

const char *cihsm_service_key_kind_name(const cihsm_service_key *key)
{
    switch (key->kind) {
    case CIHSM_SERVICE_KEY_EXTERNAL:
        return "External Certificate";
    case CIHSM_SERVICE_KEY_CERTIFICATE:
        return "Certificate";
    case CIHSM_SERVICE_KEY_SECRET:
        return "ClientId/Secret";
    }
    return "unknown";
}

const char *cihsm_service_key_url(const cihsm_service_key *key)
{
    return key->url;
}

X509 *service_key_leaf(const cihsm_service_key *key)
{
    return key->leaf;
}

STACK_OF(X509) * service_key_chain(const cihsm_service_key *key)
{
    return key->chain;
}

EVP_PKEY *service_key_private(const cihsm_service_key *key)
{
    return key->private_key;
}

const cihsm_secret *service_key_secret(const cihsm_service_key *key)
{
    return key->secret;
}

const char *service_key_path(const cihsm_service_key *key)
{
    return key->path;
}

const char *service_key_client_id(const cihsm_service_key *key)
{
    return key->client_id;
}

const char *service_key_token_url(const cihsm_service_key *key)
{
    return key->token_url;
}

static size_t without_slashes(const char *url, size_t len)
{
    while (len > 0 && url[len - 1] == '/') {
        len--;
    }
    return len;
}

cihsm_status service_key_root(const cihsm_service_key *key, char **out, cihsm_error *err)
{
    static const char API[] = "/api/v1";
    const size_t api = sizeof API - 1;
    size_t len = without_slashes(key->url, strlen(key->url));
    if (len > api && memcmp(key->url + len - api, API, api) == 0) {
        len = without_slashes(key->url, len - api);
    }
    return text_format(out, err, "%.*s%s/", (int)len, key->url, API);
}

cihsm_status service_key_check(const cihsm_service_key *key, identity_finding out[], size_t *count,
                               cihsm_error *err)
{
    finding_list found = {.items = out, .room = *count};
    *count = 0;
    if (key->readable_by_others && key->kind != CIHSM_SERVICE_KEY_EXTERNAL) {
        CIHSM_TRY(finding_add(&found, IDENTITY_WARN, "secret-readable",
                              "take the rights away with chmod 600", err,
                              "the service key %.200s holds a %s and other users may read the file",
                              key->path, key->secret != NULL ? "client secret" : "private key"));
    }
    *count = found.count;
    return CIHSM_OK;
}

static cihsm_status describe_certificates(const cihsm_service_key *key, cihsm_value *to,
                                          cihsm_error *err)
{
    if (key->leaf == NULL) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *leaf = NULL;
    CIHSM_TRY(certificate_describe(key->leaf, &leaf, err));
    CIHSM_TRY(cihsm_value_set(to, "certificate", &leaf, err));

    CIHSM_AUTO(cihsm_value_free) cihsm_value *chain = cihsm_value_new_array();
    for (int i = 0; chain != NULL && i < sk_X509_num(key->chain); i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *one = NULL;
        CIHSM_TRY(certificate_describe(sk_X509_value(key->chain, i), &one, err));
        CIHSM_TRY(cihsm_value_append(chain, &one, err));
    }
    return cihsm_value_set(to, "chain", &chain, err);
}

static cihsm_status describe_findings(const cihsm_service_key *key, cihsm_value *to,
                                      cihsm_error *err)
{
    identity_finding found[IDENTITY_FINDINGS_MAX];
    size_t count = IDENTITY_FINDINGS_MAX;
    CIHSM_TRY(service_key_check(key, found, &count, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *warnings = cihsm_value_new_array();
    for (size_t i = 0; warnings != NULL && i < count; i++) {
        CIHSM_TRY(cihsm_value_append_string(warnings, found[i].sentence, err));
    }
    return cihsm_value_set(to, "warnings", &warnings, err);
}

static cihsm_status describe_texts(const cihsm_service_key *key, cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *root = NULL;
    CIHSM_TRY(service_key_root(key, &root, err));
    const struct {
        const char *name;
        const char *text;
    } rows[] = {
        {"type", cihsm_service_key_kind_name(key)},
        {"file", key->path},
        {"url", key->url},
        {"serviceRoot", root},
        {"tokenUrl", key->token_url},
        {"clientId", key->client_id},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CIHSM_TRY(cihsm_value_set_string(to, rows[i].name, rows[i].text, err));
    }
    return CIHSM_OK;
}

cihsm_status cihsm_service_key_describe(const cihsm_service_key *key, cihsm_value **out,
                                        cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *facts = cihsm_value_new_object();
    if (facts == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(describe_texts(key, facts, err));
    CIHSM_TRY(describe_certificates(key, facts, err));
    CIHSM_TRY(describe_findings(key, facts, err));
    *out = CIHSM_MOVE(facts);
    return CIHSM_OK;
}
