/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text to the fields of a service key. Shapes and names: docs/sap-contract.md section 2.3.
 */
#include "identity/service_key_fields.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"

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

cihsm_status service_key_document(const char *text, size_t len, const char *path, cihsm_value **out,
                                  cihsm_error *err)
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

cihsm_status service_key_field(const cihsm_value *object, const char *name, const char *path,
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

cihsm_status service_key_object(const cihsm_value *document, const char *path,
                                const cihsm_value **out, cihsm_error *err)
{
    *out = descend(descend(document, "credentials"), "oauth");
    return refuse_relatives(*out, path, err);
}

/* Only what keeps a secret off a wrong place; the http module reads the URL properly. */
cihsm_status service_key_check_url(const char *url, const char *name, const char *path,
                                   cihsm_error *err)
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

cihsm_status service_key_choose_kind(const service_key_fields *from, const char *path,
                                     cihsm_service_key_type *out, cihsm_error *err)
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
