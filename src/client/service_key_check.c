/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm_service_key_check: wires files and the key on the token to the checks of identity.
 */
#include "cihsm/service_key.h"

#include <time.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/certificate_report.h"
#include "identity/service_key_report.h"
#include "pkcs11/key.h"

/* What the input borrows. */
typedef struct compared {
    identity_bundle chain;
    identity_bundle lb_roots;
    EVP_PKEY *token_key;
    char *token_key_uri;
} compared;

static void compared_free(compared *of)
{
    bundle_free(&of->chain);
    bundle_free(&of->lb_roots);
    pkey_cleanup(&of->token_key);
    text_free(&of->token_key_uri);
}

static cihsm_status read_files(const cihsm_service_key_rules *rules, compared *out,
                               cihsm_error *err)
{
    if (rules->chain != NULL) {
        CIHSM_TRY(bundle_read_file(rules->chain, "chain", &out->chain, err));
    }
    return rules->lb_roots == NULL
               ? CIHSM_OK
               : bundle_read_file(rules->lb_roots, "list of roots", &out->lb_roots, err);
}

static cihsm_status read_token_key(const cihsm_service_key_rules *rules, compared *out,
                                   cihsm_error *err)
{
    if (rules->token == NULL) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = NULL;
    CIHSM_TRY(pkcs11_key_find(rules->token, rules->key, &key, err));
    CIHSM_TRY(text_set(&out->token_key_uri, pkcs11_key_uri(key), err));
    return pkcs11_key_public(key, &out->token_key, err);
}

static cihsm_status put_texts(const char *path, const service_key_report *report, cihsm_value *to,
                              cihsm_error *err)
{
    const struct {
        const char *name;
        const char *text;
    } rows[] = {
        {"source", path},
        {"type", report->has_type ? cihsm_service_key_kind_name(report->key) : NULL},
        {"url", cihsm_service_key_url(report->key)},
        {"tokenUrl", service_key_token_url(report->key)},
        {"clientId", service_key_client_id(report->key)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CIHSM_TRY(cihsm_value_set_string(to, rows[i].name, rows[i].text, err));
    }
    return report->chain == NULL ? CIHSM_OK : certificate_put_chain(report->chain, to, err);
}

static cihsm_status put_findings(const finding_list *found, cihsm_value *to, cihsm_error *err)
{
    size_t errors = 0;
    size_t warnings = 0;
    for (size_t i = 0; i < found->count; i++) {
        errors += found->items[i].level == IDENTITY_FATAL;
        warnings += found->items[i].level == IDENTITY_WARN;
    }
    CIHSM_TRY(cihsm_value_set_number(to, "errors", (double)errors, err));
    CIHSM_TRY(cihsm_value_set_number(to, "warnings", (double)warnings, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = NULL;
    CIHSM_TRY(finding_describe(found, &list, err));
    return cihsm_value_set(to, "findings", &list, err);
}

cihsm_status cihsm_service_key_check(const char *path, const cihsm_service_key_rules *rules,
                                     cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(compared_free) compared with = {.token_key = NULL};
    CIHSM_TRY(read_files(rules, &with, err));
    CIHSM_TRY(read_token_key(rules, &with, err));

    const service_key_report_input input = {
        .path = path,
        .chain = rules->chain == NULL ? NULL : &with.chain,
        .lb_roots = with.lb_roots.certificates,
        .token_key = with.token_key,
        .token_key_uri = with.token_key_uri,
        .now = time(NULL),
        .warn_days = rules->warn_days,
    };
    identity_finding items[IDENTITY_FINDINGS_MAX];
    finding_list found = {.items = items, .room = IDENTITY_FINDINGS_MAX};
    CIHSM_AUTO(service_key_report_free) service_key_report report = {.key = NULL};
    CIHSM_TRY(service_key_report_make(&input, &found, &report, err));

    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_object();
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(put_texts(path, &report, made, err));
    CIHSM_TRY(put_findings(&found, made, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}
