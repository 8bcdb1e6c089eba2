/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cert_report.h"

#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "cli/report.h"
#include "cli/settings.h"

enum { LINE_MAX_BYTES = 1024 };

cihsm_status cert_warn_days(const cli_env *env, long *out, cihsm_error *err)
{
    static const long DAYS_MOST = 36500;
    *out = CERT_WARN_DAYS;
    CLI_TRY(cli_number(env, "days", 0, out, err));
    if (*out > DAYS_MOST) {
        return cli_fail(err, CIHSM_E_USAGE, "--days takes at most %ld days", DAYS_MOST);
    }
    return CIHSM_OK;
}

cihsm_status cert_rules(const cli_env *env, cihsm_certificate_rules *out, cihsm_error *err)
{
    *out = (cihsm_certificate_rules){
        .lb_roots = cli_setting(env, "lb-roots"),
        /* that of a profile may be for another certificate than the one that is looked at */
        .service_key = cli_value(env, "service-key"),
    };
    return cert_warn_days(env, &out->warn_days, err);
}

size_t cert_errors(const cihsm_value *report)
{
    double errors = 0;
    return cihsm_value_number(cihsm_value_get(report, "errors"), &errors) ? (size_t)errors : 0;
}

static bool is_of_level(const cihsm_value *finding, const char *level)
{
    return strcmp(cihsm_value_get_string(finding, "level"), level) == 0;
}

const cihsm_value *cert_first_finding(const cihsm_value *report, const char *level)
{
    const cihsm_value *finding = cihsm_value_first(cihsm_value_get(report, "findings"));
    while (finding != NULL && !is_of_level(finding, level)) {
        finding = cihsm_value_next(finding);
    }
    return finding;
}

void cert_note_findings(const cihsm_value *report, const char *level, size_t skip)
{
    const char *word = strcmp(level, "warn") == 0 ? "warning" : level;
    for (const cihsm_value *f = cihsm_value_first(cihsm_value_get(report, "findings")); f != NULL;
         f = cihsm_value_next(f)) {
        if (!is_of_level(f, level)) {
            continue;
        }
        if (skip > 0) {
            skip--;
            continue;
        }
        cli_note("%s: %s: %s", word, cihsm_value_get_string(f, "sentence"),
                 cihsm_value_get_string(f, "action"));
    }
}

cihsm_status cert_put_findings(const cihsm_value *report, const char *level, cihsm_value *to,
                               cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *lines = cihsm_value_new_array();
    if (lines == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (const cihsm_value *f = cihsm_value_first(cihsm_value_get(report, "findings")); f != NULL;
         f = cihsm_value_next(f)) {
        char line[LINE_MAX_BYTES];
        if (!is_of_level(f, level)) {
            continue;
        }
        snprintf(line, sizeof line, "%s (%s)\n-> %s", cihsm_value_get_string(f, "sentence"),
                 cihsm_value_get_string(f, "code"), cihsm_value_get_string(f, "action"));
        CLI_TRY(cihsm_value_append_string(lines, line, err));
    }
    return cihsm_value_count(lines) == 0 ? CIHSM_OK : cihsm_value_set(to, level, &lines, err);
}

static cihsm_status put_leaf(const cihsm_value *report, cihsm_value *to, cihsm_error *err)
{
    static const char *const NAMES[] = {"subject", "issuer", "serialNumber", "notAfter"};
    const cihsm_value *leaf = cihsm_value_get(report, "leaf");
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        CLI_TRY(cihsm_value_set_string(to, NAMES[i], cihsm_value_get_string(leaf, NAMES[i]), err));
    }
    return cihsm_value_set_number(to, "certificates",
                                  (double)cihsm_value_count(cihsm_value_get(report, "chain")), err);
}

cihsm_status cert_print_report(const cli_env *env, const cihsm_value *report, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *shown = cihsm_value_new_object();
    if (shown == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(shown, "source", cihsm_value_get_string(report, "source"), err));
    CLI_TRY(put_leaf(report, shown, err));
    CLI_TRY(cert_put_findings(report, "error", shown, err));
    CLI_TRY(cert_put_findings(report, "warn", shown, err));
    CLI_TRY(cert_put_findings(report, "info", shown, err));
    CLI_TRY(
        cihsm_value_set_string(shown, "result", cert_errors(report) == 0 ? "ok" : "NOT OK", err));
    return cli_print_object(env, shown, err);
}

/* --- what was imported ------------------------------------------------------------------------ */

static cihsm_status put_stored(const cihsm_value *report, cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *lines = cihsm_value_new_array();
    if (lines == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (const cihsm_value *s = cihsm_value_first(cihsm_value_get(report, "stored")); s != NULL;
         s = cihsm_value_next(s)) {
        const bool added = cihsm_value_is_true(cihsm_value_get(s, "added"));
        char line[1024];
        snprintf(line, sizeof line, "%.600s, id %s%s", cihsm_value_get_string(s, "subject"),
                 cihsm_value_get_string(s, "id"), added ? "" : " (was there already)");
        CLI_TRY(cihsm_value_append_string(lines, line, err));
    }
    return cihsm_value_set(to, "stored", &lines, err);
}

cihsm_status cert_print_import(const cli_env *env, const cihsm_value *report, cihsm_error *err)
{
    static const char *const NAMES[] = {"subject", "issuer", "serialNumber", "notAfter"};
    cli_format format = CLI_TABLE;
    CLI_TRY(cli_output_format(env, &format, err));
    if (format != CLI_TABLE) {
        return cli_print_object(env, report, err);
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *shown = cihsm_value_new_object();
    if (shown == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    const cihsm_value *leaf = cihsm_value_get(report, "leaf");
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        CLI_TRY(
            cihsm_value_set_string(shown, NAMES[i], cihsm_value_get_string(leaf, NAMES[i]), err));
    }
    const char *key = cihsm_value_get_string(report, "key");
    if (key != NULL) {
        CLI_TRY(cihsm_value_set_string(shown, "key", key, err));
        CLI_TRY(put_stored(report, shown, err));
    }
    return cli_print_object(env, shown, err);
}

void cert_note_rest(const cihsm_value *report)
{
    cert_note_findings(report, "error", 1);
    cert_note_findings(report, "warn", 0);
}

cihsm_status cert_write_chain(const cihsm_value *report, const char *path, cihsm_error *err)
{
    const char *pem = cihsm_value_get_string(report, "pem");
    CLI_TRY(cihsm_file_write(path, 0644, pem, strlen(pem), err));
    const size_t count = cihsm_value_count(cihsm_value_get(report, "chain"));
    cli_note("%zu certificate%s written to %s, leaf first", count, count == 1 ? "" : "s", path);
    return CIHSM_OK;
}
