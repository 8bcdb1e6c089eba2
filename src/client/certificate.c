/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates in files: list and check.
 */
#include "cihsm/certificate.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/certificate_report.h"
#include "identity/certificate.h"
#include "identity/pem.h"
#include "identity/service_key.h"

static bool looks_like_json(const buffer *content)
{
    const char *text = buffer_text(content);
    return text[strspn(text, " \t\r\n\xef\xbb\xbf")] == '{';
}

static cihsm_status bundle_of_service_key(const buffer *content, const char *path,
                                          identity_bundle *out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CIHSM_TRY(service_key_parse(buffer_text(content), content->len, path, &key, err));
    if (service_key_leaf(key) == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s is a ClientId/Secret key, it holds no certificate; "
                                "leave it out",
                                path);
    }
    CIHSM_TRY(bundle_add(out, service_key_leaf(key), err));
    for (int i = 0; i < sk_X509_num(service_key_chain(key)); i++) {
        CIHSM_TRY(bundle_add(out, sk_X509_value(service_key_chain(key), i), err));
    }
    return CIHSM_OK;
}

static cihsm_status bundle_of_any(const char *path, identity_bundle *out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer content = buffer_new(PEM_FILE_MAX);
    CIHSM_TRY(file_read(path, "certificate file", &content, err));
    if (looks_like_json(&content)) {
        return bundle_of_service_key(&content, path, out, err);
    }
    CIHSM_AUTO(text_free) char *where = NULL;
    CIHSM_TRY(text_format(&where, err, "certificate file %s", path));
    return bundle_read(buffer_text(&content), content.len, where, out, err);
}

cihsm_status cihsm_certificate_list_file(const char *path, long warn_days, cihsm_value **out,
                                         cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(bundle_free) identity_bundle bundle = {.certificates = NULL};
    CIHSM_TRY(bundle_of_any(path, &bundle, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    for (int i = 0; i < sk_X509_num(bundle.certificates); i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
        X509 *certificate = sk_X509_value(bundle.certificates, i);
        CIHSM_TRY(certificate_row(certificate, path, warn_days, &row, err));
        CIHSM_TRY(cihsm_value_append(list, &row, err));
    }
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}

cihsm_status cihsm_certificate_common_name(const char *path, char out[CIHSM_COMMON_NAME_MAX],
                                           cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(bundle_free) identity_bundle bundle = {.certificates = NULL};
    CIHSM_TRY(bundle_of_any(path, &bundle, err));
    CIHSM_AUTO(text_free) char *name = NULL;
    CIHSM_TRY(certificate_common_name(sk_X509_value(bundle.certificates, 0), &name, err));
    if (name == NULL || strlen(name) >= CIHSM_COMMON_NAME_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the certificate in %s has no common name, or one of more than %d "
                                "bytes: give one with --cn",
                                path, CIHSM_COMMON_NAME_MAX - 1);
    }
    memcpy(out, name, strlen(name) + 1);
    return CIHSM_OK;
}

/* A single certificate is the leaf whatever it is: the lint says if it should not be one. */
static cihsm_status chain_of(const identity_bundle *bundle, const char *path, identity_chain **out,
                             cihsm_error *err)
{
    X509 *only =
        sk_X509_num(bundle->certificates) == 1 ? sk_X509_value(bundle->certificates, 0) : NULL;
    cihsm_error why = {0};
    const cihsm_status status = identity_chain_build(bundle->certificates, only, out, &why);
    if (status != CIHSM_OK) {
        return cihsm_fail(err, status, why.origin, why.native, "certificate file %s: %s", path,
                          why.message);
    }
    return CIHSM_OK;
}

cihsm_status cihsm_certificate_check_file(const char *path, const cihsm_certificate_rules *rules,
                                          cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(certificate_rules_free) certificate_rules known = {.service_key = NULL};
    CIHSM_TRY(certificate_rules_read(rules, &known, err));
    CIHSM_AUTO(bundle_free) identity_bundle bundle = {.certificates = NULL};
    CIHSM_TRY(bundle_read_file(path, "certificate file", &bundle, err));
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    CIHSM_TRY(chain_of(&bundle, path, &chain, err));

    size_t errors = 0;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = cihsm_value_new_object();
    if (report == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(report, "source", path, err));
    CIHSM_TRY(certificate_put_chain(chain, report, err));
    CIHSM_TRY(certificate_put_findings(chain, &bundle, &known, report, &errors, err));
    *out = CIHSM_MOVE(report);
    return CIHSM_OK;
}
