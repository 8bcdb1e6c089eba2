/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/service_key_binding.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "identity/pem.h"
#include "identity/service_key_fields.h"

/* NULL where absent. */
typedef struct binding_fields {
    service_key_fields login;
    const char *uri;
    const char *cert_url;
} binding_fields;

static const cihsm_value *object_of(const cihsm_value *document)
{
    const cihsm_value *wrapped = cihsm_value_get(document, "credentials");
    return cihsm_value_kind(wrapped) == CIHSM_VALUE_OBJECT ? wrapped : document;
}

static cihsm_status take_fields(const cihsm_value *object, const char *path, binding_fields *out,
                                cihsm_error *err)
{
    const struct {
        const char *name;
        const char **field;
    } rows[] = {
        {"uri", &out->uri},
        {"url", &out->login.url},
        {"certurl", &out->cert_url},
        {"clientid", &out->login.client_id},
        {"clientsecret", &out->login.client_secret},
        {"certificate", &out->login.certificate},
        {"key", &out->login.key},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CIHSM_TRY(service_key_field(object, rows[i].name, path, rows[i].field, err));
    }
    return CIHSM_OK;
}

static cihsm_status check_fields(const binding_fields *from, const char *path, cihsm_error *err)
{
    const struct {
        const char *name;
        const char *value;
    } rows[] = {{"uri", from->uri}, {"url", from->login.url}, {"clientid", from->login.client_id}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].value == NULL) {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                    "binding %s has no field %s; is it a service key of an "
                                    "instance of the Destination service, plan lite",
                                    path, rows[i].name);
        }
    }
    CIHSM_TRY(service_key_check_url(from->uri, "uri", path, err));
    CIHSM_TRY(service_key_check_url(from->login.url, "url", path, err));
    return from->cert_url == NULL ? CIHSM_OK
                                  : service_key_check_url(from->cert_url, "certurl", path, err);
}

static cihsm_status choose_kind(const binding_fields *from, const char *path,
                                cihsm_service_key_type *out, cihsm_error *err)
{
    CIHSM_TRY(service_key_choose_kind(&from->login, path, out, err));
    if (*out != CIHSM_SERVICE_KEY_EXTERNAL) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                            "binding %s has a certificate but no key to log in with; make a "
                            "binding with a client secret, or one of credential type x509 that "
                            "holds its key",
                            path);
}

static size_t without_slashes(const char *url)
{
    size_t len = strlen(url);
    while (len > 0 && url[len - 1] == '/') {
        len--;
    }
    return len;
}

static cihsm_status take_urls(const binding_fields *from, cihsm_service_key *to, cihsm_error *err)
{
    const bool by_certificate = to->kind == CIHSM_SERVICE_KEY_CERTIFICATE;
    const char *base = by_certificate && from->cert_url != NULL ? from->cert_url : from->login.url;
    CIHSM_TRY(text_format(&to->url, err, "%.*s", (int)without_slashes(from->uri), from->uri));
    CIHSM_TRY(
        text_format(&to->token_url, err, "%.*s/oauth/token", (int)without_slashes(base), base));
    return text_set(&to->client_id, from->login.client_id, err);
}

cihsm_status service_key_parse_binding(const char *text, size_t len, const char *path,
                                       cihsm_service_key **out, cihsm_error *err)
{
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    CIHSM_TRY(service_key_document(text, len, path, &document, err));
    binding_fields found = {.uri = NULL};
    CIHSM_TRY(take_fields(object_of(document), path, &found, err));
    CIHSM_TRY(check_fields(&found, path, err));

    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CIHSM_TRY(service_key_new(path, &key, err));
    CIHSM_TRY(choose_kind(&found, path, &key->kind, err));
    CIHSM_TRY(take_urls(&found, key, err));
    found.login.token_url = key->token_url; /* what a secret needs beside it */
    CIHSM_TRY(service_key_take_credentials(&found.login, key, err));
    *out = CIHSM_MOVE(key);
    return CIHSM_OK;
}

cihsm_status service_key_read_binding(const char *path, cihsm_service_key **out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer content = buffer_new(PEM_FILE_MAX);
    CIHSM_TRY(file_read(path, "binding", &content, err));
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CIHSM_TRY(service_key_parse_binding(buffer_text(&content), content.len, path, &key, err));
    key->readable_by_others = service_key_is_readable_by_others(path);
    *out = CIHSM_MOVE(key);
    return CIHSM_OK;
}
