/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm cert: certificates in files and on the token. "cert expiry" is in cmd_cert_expiry.c.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cert_report.h"
#include "cli/list.h"
#include "cli/next_step.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"

enum { FILES_MAX = 256 };
static const char LIST_COLUMNS[] = "label,daysLeft,notAfter,subject,issuer,serialNumber,id,key,uri";

/* --- cert import ----------------------------------------------------------------------------- */

static const cli_option IMPORT_OPTIONS[] = {
    {"out", "FILE", "write the chain there (leaf first, no root); store nothing", 0},
    {"days", "N", "warn if a certificate ends within N days (30)", 0},
    {"lb-roots", "FILE", "PEM with the roots that SAP's load balancer accepts", 0},
    {0},
};

static void note_after_chain(const cli_env *env, const char *path)
{
    const char *words[] = {"service-key", "params", "--cert", path, NULL};
    cli_next(env, NULL, words);
}

static void note_after_import(const cli_env *env, const char *key)
{
    char uri[CLI_NEXT_URI_MAX];
    cli_next_uri(key, "object=", uri);
    const char *words[] = {"cert", "export", "--key", uri, "--out", "client-chain.pem", NULL};
    cli_next(env, NULL, words);
}

static cihsm_status run_import(cli_env *env, cihsm_error *err)
{
    cli_format format = CLI_TABLE;
    CLI_TRY(cli_output_format(env, &format, err));
    const char *path = cli_value(env, "out");
    cihsm_import_spec spec = {
        .path = env->arguments[0], .key = cli_setting(env, "key"), .dry = path != NULL};
    CLI_TRY(cert_rules(env, &spec.rules, err));
    CLI_TRY(cihsm_import_spec_check(&spec, err));

    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    const cihsm_status status = cihsm_certificate_import(token, &spec, &report, err);
    cert_note_rest(report);
    if (status == CIHSM_E_CHECK && format != CLI_TABLE) {
        CLI_TRY(cli_print_object(env, report, err)); /* the findings, for a script */
    }
    CLI_TRY(status);
    if (path != NULL) {
        CLI_TRY(cert_write_chain(report, path, err));
        CLI_TRY(cert_print_import(env, report, err));
        CLI_TRY(cli_flush_stdout(err));
        note_after_chain(env, path);
        return CIHSM_OK;
    }
    cihsm_status shown = cert_print_import(env, report, err);
    shown = shown == CIHSM_OK ? cli_flush_stdout(err) : shown;
    if (shown != CIHSM_OK) {
        cli_fail_add(err, "all certificates are on the token");
        return shown;
    }
    note_after_import(env, cihsm_value_get_string(report, "key"));
    return CIHSM_OK;
}

const cli_command CMD_CERT_IMPORT = {
    .name = "cert import",
    .summary = "check what the CA delivered and store it beside its key on the token",
    .arguments = "FILE",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm cert import certnew.p7b --key \"pkcs11:object=cpi-client\"",
    .options = IMPORT_OPTIONS,
    .run = run_import,
};

/* --- cert list ------------------------------------------------------------------------------- */

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    cli_format format = CLI_TABLE;
    CLI_TRY(cli_output_format(env, &format, err));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = NULL;
    CLI_TRY(cihsm_certificate_list_token(token, CERT_WARN_DAYS, &list, err));
    return cli_print_list(env, list, LIST_COLUMNS, err);
}

const cli_command CMD_CERT_LIST = {
    .name = "cert list",
    .summary = "list the certificates on the token and their keys",
    .arguments = "",
    .example = "cihsm cert list --token \"pkcs11:token=cpi\"",
    .run = run_list,
};

/* --- cert export ----------------------------------------------------------------------------- */

static const cli_option EXPORT_OPTIONS[] = {
    {"cert", "URI", "leaf certificate by PKCS#11 URI (id=, object=)", 0},
    {"out", "FILE", "write the chain there instead of stdout", 0},
    {0},
};

static cihsm_status read_choice(const cli_env *env, cihsm_certificate_choice *out, cihsm_error *err)
{
    out->certificate = cli_value(env, "cert");
    if (out->certificate != NULL && cli_has(env, "key")) {
        return cli_fail(err, CIHSM_E_USAGE, "give either --cert or --key, not both");
    }
    out->key = out->certificate == NULL ? cli_setting(env, "key") : NULL;
    return CIHSM_OK;
}

static cihsm_status run_export(cli_env *env, cihsm_error *err)
{
    const char *path = cli_value(env, "out");
    cihsm_certificate_choice choice = {.key = NULL};
    CLI_TRY(read_choice(env, &choice, err));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    CLI_TRY(cihsm_certificate_export(token, &choice, &report, err));
    if (path != NULL) {
        CLI_TRY(cert_write_chain(report, path, err));
        note_after_chain(env, path);
        return CIHSM_OK;
    }
    const char *pem = cihsm_value_get_string(report, "pem");
    return cli_print_bytes(pem, strlen(pem), err);
}

const cli_command CMD_CERT_EXPORT = {
    .name = "cert export",
    .summary = "print the chain of a key as PEM in the order of TLS, without the root",
    .arguments = "",
    .example = "cihsm cert export --key \"pkcs11:object=cpi-client\" --out client-chain.pem",
    .options = EXPORT_OPTIONS,
    .run = run_export,
};

/* --- cert check ------------------------------------------------------------------------------ */

static const cli_option CHECK_OPTIONS[] = {
    {"cert", "URI", "leaf certificate on the token by PKCS#11 URI", 0},
    {"days", "N", "warn if a certificate ends within N days (30)", 0},
    {"lb-roots", "FILE", "PEM with the roots that SAP's load balancer accepts", 0},
    {0},
};

typedef struct report_list {
    cihsm_value *items[FILES_MAX];
    size_t count;
} report_list;

static void report_list_free(report_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        cihsm_value_free(&list->items[i]);
    }
}

static cihsm_status check_token(cli_env *env, const cihsm_certificate_rules *rules,
                                cihsm_value **out, cihsm_error *err)
{
    if (cli_setting(env, "module") == NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "nothing to check: give a FILE, or --module for the chain on a token");
    }
    cihsm_certificate_choice choice = {.key = NULL};
    CLI_TRY(read_choice(env, &choice, err));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    return cihsm_certificate_check_token(token, &choice, rules, out, err);
}

/* All are judged before anything is printed. */
static cihsm_status check_all(cli_env *env, const cihsm_certificate_rules *rules, report_list *out,
                              cihsm_error *err)
{
    if (env->argument_count == 0) {
        CLI_TRY(check_token(env, rules, &out->items[0], err));
        out->count = 1;
        return CIHSM_OK;
    }
    if (cli_has(env, "cert")) {
        return cli_fail(err, CIHSM_E_USAGE, "--cert is for a token; leave it out with a FILE");
    }
    for (size_t i = 0; i < env->argument_count; i++) {
        CLI_TRY(cihsm_certificate_check_file(env->arguments[i], rules, &out->items[i], err));
        out->count++;
    }
    return CIHSM_OK;
}

static cihsm_status print_all(const cli_env *env, const report_list *list, cihsm_error *err)
{
    CIHSM_AUTO(cli_list_free) cli_list printed = {.columns = NULL};
    CLI_TRY(cli_output_format(env, &printed.format, err));
    for (size_t i = 0; i < list->count; i++) {
        if (printed.format != CLI_TABLE) {
            CLI_TRY(cli_list_add_one(&printed, list->items[i], err));
            continue;
        }
        CLI_TRY(cli_print_bytes("\n", i == 0 ? 0 : 1, err));
        CLI_TRY(cert_print_report(env, list->items[i], err));
    }
    return printed.format == CLI_TABLE ? CIHSM_OK : cli_list_end(&printed, err);
}

static cihsm_status judge(const report_list *list, cihsm_error *err)
{
    size_t errors = 0;
    const cihsm_value *first = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const size_t own = cert_errors(list->items[i]);
        first = first == NULL && own > 0 ? list->items[i] : first;
        errors += own;
    }
    if (errors == 0) {
        return CIHSM_OK;
    }
    const cihsm_value *finding = cert_first_finding(first, "error");
    return cli_fail(err, CIHSM_E_CHECK, "%zu error%s found, the first in %.150s: %.250s", errors,
                    errors == 1 ? "" : "s", cihsm_value_get_string(first, "source"),
                    cihsm_value_get_string(finding, "sentence"));
}

static void note_after_check(const cli_env *env)
{
    const char *words[] = {"cert", "import", env->arguments[0], NULL};
    cli_next(env, NULL, words);
}

static cihsm_status run_check(cli_env *env, cihsm_error *err)
{
    cli_format format = CLI_TABLE;
    CLI_TRY(cli_output_format(env, &format, err));
    cihsm_certificate_rules rules;
    CLI_TRY(cert_rules(env, &rules, err));
    CIHSM_AUTO(report_list_free) report_list list = {.count = 0};
    CLI_TRY(check_all(env, &rules, &list, err));
    CLI_TRY(print_all(env, &list, err));
    CLI_TRY(judge(&list, err));
    if (env->argument_count == 1) {
        CLI_TRY(cli_flush_stdout(err));
        note_after_check(env);
    }
    return CIHSM_OK;
}

const cli_command CMD_CERT_CHECK = {
    .name = "cert check",
    .summary = "judge a chain in files, or on the token: would SAP accept it?",
    .arguments = "[FILE...]",
    .argument_max = FILES_MAX,
    .example = "cihsm cert check client-chain.pem --lb-roots lb-roots.pem",
    .options = CHECK_OPTIONS,
    .run = run_check,
};
