/* SPDX-License-Identifier: Apache-2.0 */
#include "keystore/write.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/certificate_report.h"
#include "identity/certificate.h"
#include "identity/chain.h"

#define HEX_MAX (4 * CIHSM_KEYSTORE_ALIAS_MAX * 2 + 1) /* UTF-8 has up to 4 bytes */

static const char SECRET[] = "(secret)";

const cihsm_request *cihsm_keystore_request(const cihsm_keystore_write *write)
{
    return &write->request;
}

const cihsm_request *cihsm_keystore_shown(const cihsm_keystore_write *write)
{
    return &write->shown;
}

const cihsm_value *cihsm_keystore_certificates(const cihsm_keystore_write *write)
{
    return write->certificates;
}

void cihsm_keystore_write_free(cihsm_keystore_write **write)
{
    if (write == NULL || *write == NULL) {
        return;
    }
    cihsm_value_free_wiped(&(*write)->value);
    cihsm_value_free(&(*write)->shown_value);
    cihsm_value_free(&(*write)->certificates);
    buffer_free(&(*write)->body);
    text_free(&(*write)->shown_bytes);
    text_free(&(*write)->alias);
    text_free(&(*write)->to);
    for (size_t i = 0; i < KEYSTORE_PARAMETERS_MAX; i++) {
        text_free(&(*write)->texts[i]);
    }
    free(*write);
    *write = NULL;
}

/* --- parts ----------------------------------------------------------------------------------- */

cihsm_status keystore_begin(keystore_kind kind, const char *method, const char *alias,
                            cihsm_keystore_write **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = calloc(1, sizeof *write);
    if (write == NULL) {
        return cihsm_fail_memory(err);
    }
    write->kind = kind;
    write->body = buffer_new(KEYSTORE_BODY_MAX);
    CIHSM_TRY(text_set(&write->alias, alias, err));
    write->request =
        (cihsm_request){.method = method, .path = write->path, .parameters = write->parameters};
    write->shown = write->request;
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

void keystore_set_set(cihsm_keystore_write *write, const char *set)
{
    snprintf(write->path, sizeof write->path, "%s", set);
}

cihsm_status keystore_set_path(cihsm_keystore_write *write, const char *set, const char *rest,
                               cihsm_error *err)
{
    const cihsm_path_key key = {"Alias", write->alias};
    return cihsm_path_entity_of(set, &key, 1, rest, write->path, err);
}

cihsm_status keystore_add_parameter(cihsm_keystore_write *write, const char *name,
                                    const char *value, cihsm_error *err)
{
    const size_t at = write->request.parameter_count;
    CIHSM_TRY(text_set(&write->texts[at], value, err));
    write->parameters[at] = (cihsm_parameter){.name = name, .value = write->texts[at]};
    write->request.parameter_count = at + 1;
    write->shown.parameter_count = at + 1;
    return CIHSM_OK;
}

cihsm_status keystore_add_switch(cihsm_keystore_write *write, const char *name, bool is_on,
                                 cihsm_error *err)
{
    return keystore_add_parameter(write, name, is_on ? "true" : "false", err);
}

cihsm_status keystore_begin_value(cihsm_keystore_write *write, cihsm_error *err)
{
    write->value = cihsm_value_new_object();
    if (write->value == NULL) {
        return cihsm_fail_memory(err);
    }
    write->request.value = write->value;
    write->shown.value = write->value;
    return CIHSM_OK;
}

cihsm_status keystore_set_alias(cihsm_keystore_write *write, cihsm_error *err)
{
    char hex[HEX_MAX];
    text_hex(hex, (const uint8_t *)write->alias, strlen(write->alias)); /* was checked */
    CIHSM_TRY(cihsm_value_set_string(write->value, "Hexalias", hex, err));
    return cihsm_value_set_string(write->value, "Alias", write->alias, err);
}

cihsm_status keystore_set_password(cihsm_keystore_write *write, const cihsm_secret *password,
                                   cihsm_error *err)
{
    return password == NULL ? CIHSM_OK
                            : cihsm_value_set_string(write->value, "Password",
                                                     cihsm_secret_bytes(password), err);
}

cihsm_status keystore_show_masked(cihsm_keystore_write *write, const keystore_mask *masks,
                                  cihsm_error *err)
{
    write->shown_value = cihsm_value_copy(write->value);
    if (write->shown_value == NULL) {
        return cihsm_fail_memory(err);
    }
    for (; masks->name != NULL; masks++) {
        const char *text = masks->text == NULL ? SECRET : masks->text;
        CIHSM_TRY(cihsm_value_set_string(write->shown_value, masks->name, text, err));
    }
    write->shown.value = write->shown_value;
    return CIHSM_OK;
}

/* --- certificates ---------------------------------------------------------------------------- */

cihsm_status keystore_add_certificate(cihsm_keystore_write *write, X509 *certificate,
                                      const char *path, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    CIHSM_TRY(certificate_row(certificate, path, IDENTITY_EXPIRY_WARN_DAYS, &row, err));
    if (write->certificates == NULL) {
        write->certificates = cihsm_value_new_array();
    }
    return write->certificates == NULL ? cihsm_fail_memory(err)
                                       : cihsm_value_append(write->certificates, &row, err);
}

/* Lower-case hex without colons and blanks; false: no SHA-256. */
static bool read_fingerprint(const char *text, char out[CERTIFICATE_SHA256_MAX])
{
    size_t len = 0;
    for (; *text != '\0'; text++) {
        if (*text == ':' || *text == ' ') {
            continue;
        }
        if (isxdigit((unsigned char)*text) == 0 || len + 1 == CERTIFICATE_SHA256_MAX) {
            return false;
        }
        out[len++] = (char)tolower((unsigned char)*text);
    }
    out[len] = '\0';
    return len + 1 == CERTIFICATE_SHA256_MAX;
}

cihsm_status keystore_check_fingerprint(const char *given, const X509 *certificate,
                                        const char *path, cihsm_error *err)
{
    char wanted[CERTIFICATE_SHA256_MAX];
    char found[CERTIFICATE_SHA256_MAX];
    if (given == NULL) {
        return CIHSM_OK;
    }
    if (!read_fingerprint(given, wanted)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the fingerprint \"%.100s\" is no SHA-256: 64 hex digits, with or "
                                "without colons",
                                given);
    }
    CIHSM_TRY(certificate_sha256(certificate, found, err));
    if (strcmp(wanted, found) == 0) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_TRY(certificate_subject(certificate, &subject, err));
    return cihsm_fail_plain(err, CIHSM_E_CHECK,
                            "nothing was sent: the fingerprint is not that of %.80s in %.80s, "
                            "which has SHA-256 %s; ask its owner which one is right",
                            subject, path, found);
}
