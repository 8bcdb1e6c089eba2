/* SPDX-License-Identifier: Apache-2.0 */
#include "client/certificate_report.h"

#include <time.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "identity/certificate.h"
#include "identity/lint.h"
#include "identity/service_key.h"

void certificate_rules_free(certificate_rules *of)
{
    bundle_free(&of->lb_roots);
    cihsm_service_key_free(&of->service_key);
}

cihsm_status certificate_rules_read(const cihsm_certificate_rules *from, certificate_rules *out,
                                    cihsm_error *err)
{
    out->warn_days = from->warn_days;
    if (from->lb_roots != NULL) {
        CIHSM_TRY(bundle_read_file(from->lb_roots, "list of roots", &out->lb_roots, err));
    }
    if (from->service_key == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(cihsm_service_key_read(from->service_key, &out->service_key, err));
    if (service_key_leaf(out->service_key) == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s is a ClientId/Secret key, it has no certificate to "
                                "compare with",
                                from->service_key);
    }
    return CIHSM_OK;
}

static cihsm_status put_state(X509 *certificate, time_t now, long warn_days, cihsm_value *to,
                              cihsm_error *err)
{
    static const char PREFIX[] = "certificate-";
    identity_finding finding = {.level = IDENTITY_INFO};
    finding_list found = {.items = &finding, .room = 1};
    CIHSM_TRY(identity_lint_dates(certificate, "certificate", now, warn_days, &found, err));
    if (found.count == 0) {
        CIHSM_TRY(cihsm_value_set_string(to, "level", "ok", err));
        return cihsm_value_set_string(to, "state", "ok", err);
    }
    CIHSM_TRY(cihsm_value_set_string(to, "level", finding_level_name(finding.level), err));
    CIHSM_TRY(cihsm_value_set_string(to, "state", finding.code + sizeof PREFIX - 1, err));
    CIHSM_TRY(cihsm_value_set_string(to, "sentence", finding.sentence, err));
    return cihsm_value_set_string(to, "action", finding.action, err);
}

cihsm_status certificate_row(X509 *certificate, const char *source, long warn_days,
                             cihsm_value **out, cihsm_error *err)
{
    const time_t now = time(NULL);
    time_t ends = 0;
    CIHSM_TRY(certificate_seconds(X509_get0_notAfter(certificate), &ends, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    CIHSM_TRY(certificate_describe(certificate, &row, err));
    CIHSM_TRY(cihsm_value_set_number(row, "notAfterSeconds", (double)ends, err));
    CIHSM_TRY(
        cihsm_value_set_number(row, "daysLeft", (double)certificate_days_until(ends, now), err));
    CIHSM_TRY(put_state(certificate, now, warn_days, row, err));
    CIHSM_TRY(cihsm_value_set_string(row, "source", source, err));
    *out = CIHSM_MOVE(row);
    return CIHSM_OK;
}

static cihsm_status put_certificate(const X509 *certificate, const char *name, cihsm_value *to,
                                    cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *facts = NULL;
    CIHSM_TRY(certificate_describe(certificate, &facts, err));
    return cihsm_value_set(to, name, &facts, err);
}

static cihsm_status append_certificate(const X509 *certificate, cihsm_value *list, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *facts = NULL;
    CIHSM_TRY(certificate_describe(certificate, &facts, err));
    return cihsm_value_append(list, &facts, err);
}

cihsm_status certificate_put_chain(const identity_chain *chain, cihsm_value *to, cihsm_error *err)
{
    CIHSM_TRY(put_certificate(chain->leaf, "leaf", to, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(append_certificate(chain->leaf, list, err));
    for (int i = 0; i < sk_X509_num(chain->intermediates); i++) {
        CIHSM_TRY(append_certificate(sk_X509_value(chain->intermediates, i), list, err));
    }
    CIHSM_TRY(cihsm_value_set(to, "chain", &list, err));
    return chain->root == NULL ? CIHSM_OK : put_certificate(chain->root, "root", to, err);
}

cihsm_status certificate_put_pem(const identity_chain *chain, cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *pem = NULL;
    CIHSM_TRY(bundle_pem(chain->leaf, chain->intermediates, &pem, err));
    return cihsm_value_set_string(to, "pem", pem, err);
}

static size_t count_of(const finding_list *found, identity_level level)
{
    size_t count = 0;
    for (size_t i = 0; i < found->count; i++) {
        count += found->items[i].level == level;
    }
    return count;
}

cihsm_status certificate_put_findings(const identity_chain *chain, const identity_bundle *pool,
                                      const certificate_rules *rules, cihsm_value *to,
                                      size_t *errors, cihsm_error *err)
{
    const identity_lint_input input = {
        .chain = chain,
        .pool = pool->certificates,
        .lb_roots = rules->lb_roots.certificates,
        .registered = rules->service_key == NULL ? NULL : service_key_leaf(rules->service_key),
        .has_private_key = pool->has_private_key,
        .now = time(NULL),
        .warn_days = rules->warn_days,
    };
    identity_finding items[IDENTITY_FINDINGS_MAX];
    finding_list found = {.items = items, .room = IDENTITY_FINDINGS_MAX};
    CIHSM_TRY(identity_lint(&input, &found, err));
    *errors = count_of(&found, IDENTITY_FATAL);
    CIHSM_TRY(cihsm_value_set_number(to, "errors", (double)*errors, err));
    CIHSM_TRY(cihsm_value_set_number(to, "warnings", (double)count_of(&found, IDENTITY_WARN), err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = NULL;
    CIHSM_TRY(finding_describe(&found, &list, err));
    return cihsm_value_set(to, "findings", &list, err);
}
