/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm csr enroll: from the key on the token to its chain, signed by SAP Cloud Root CA.
 */
#include <string.h>

#include "cli/artifact_options.h"
#include "cli/btp.h"
#include "cli/cert_report.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "cli/subject.h"
#include "cli/wait_option.h"
#include "cli/write_send.h"

static const cli_option OPTIONS[] = {
    {"destination-binding", "FILE", "service key of a Destination service instance (plan lite)", 0},
    {"name", "NAME", "name of the certificate there: client.pem", 0},
    {"cn", "TEXT", "common name; the CA makes the rest of the subject", 0},
    {"validity", "DAYS", "how long it is valid; the service decides if not given", 0},
    {"automatic-renew", NULL, "the service issues the next certificate by itself", 0},
    {"csr", "FILE", "take this CSR instead of making one; needs no token", 0},
    {"out", "FILE", "write the chain there (leaf first, no root)", 0},
    {"no-import", NULL, "store nothing on the token", 0},
    {"wait", "TIME", "wait at most this long for the certificate (2m)", 0},
    {"days", "N", "warn if a certificate ends within N days (30)", 0},
    {"lb-roots", "FILE", "PEM with the roots that SAP's load balancer accepts", 0},
    CLI_CONFIRM_OPTION,
    {0},
};

/* What the command was told. Borrows from the command line. */
typedef struct enroll_plan {
    cihsm_enrolment what;
    const char *path; /* of the chain; NULL: no file */
    bool imports;
    bool is_stored; /* on the token */
    cihsm_csr *csr;
} enroll_plan;

static void plan_free(enroll_plan *plan)
{
    cihsm_csr_free(&plan->csr);
}

static void tell_waiting(void *user, const char *what)
{
    (void)user;
    cli_note("waiting: %s", what);
}

static cihsm_status read_csr(const cli_env *env, enroll_plan *plan, cihsm_error *err)
{
    const char *path = cli_value(env, "csr");
    if (path == NULL) {
        return CIHSM_OK;
    }
    CLI_TRY(cihsm_csr_read(path, &plan->csr, err));
    plan->what.csr = plan->csr;
    const cihsm_value *summary = cihsm_csr_summary(plan->csr);
    return cihsm_value_is_true(cihsm_value_get(summary, "verified"))
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_CHECK,
                          "the signature of CSR %.200s does not verify: make it again with its own "
                          "key",
                          path);
}

static cihsm_status read_plan(const cli_env *env, enroll_plan *plan, cihsm_error *err)
{
    plan->path = cli_value(env, "out");
    plan->imports = !cli_has(env, "csr") && !cli_has(env, "no-import");
    plan->what = (cihsm_enrolment){
        .binding = cli_setting(env, "destination-binding"),
        .name = cli_value(env, "name"),
        .cn = cli_value(env, "cn"),
        .automatic_renew = cli_has(env, "automatic-renew"),
        .waiting = tell_waiting,
    };
    CLI_TRY(cli_number(env, "validity", 1, &plan->what.validity_days, err));
    int64_t wait_s = 0;
    CLI_TRY(cli_wait_option(env, &wait_s, err));
    plan->what.wait_s = (long)wait_s;
    CLI_TRY(cert_rules(env, &plan->what.rules, err));
    CLI_TRY(cli_btp_network(env, &plan->what.network, err));
    CLI_TRY(read_csr(env, plan, err));
    return cihsm_enrolment_check(&plan->what, err);
}

static cihsm_status make_csr(cihsm_token *token, const char *key, enroll_plan *plan,
                             cihsm_error *err)
{
    char subject[CLI_SUBJECT_MAX];
    CLI_TRY(cli_subject_of_cn(plan->what.cn, subject, err));
    const cihsm_csr_spec spec = {.subject = subject};
    CLI_TRY(cihsm_csr_create(token, key, &spec, &plan->csr, err));
    plan->what.csr = plan->csr;
    return CIHSM_OK;
}

/* --- afterwards ------------------------------------------------------------------------------- */

static cihsm_status import(cihsm_token *token, const char *key, enroll_plan *plan,
                           cihsm_value *report, cihsm_error *err)
{
    const char *pem = cihsm_value_get_string(report, "pem");
    const cihsm_import_spec spec = {.path = plan->what.name,
                                    .bytes = pem,
                                    .len = strlen(pem),
                                    .key = key,
                                    .rules = plan->what.rules};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *imported = NULL;
    CLI_TRY(cihsm_certificate_import(token, &spec, &imported, err));
    plan->is_stored = true;
    CIHSM_AUTO(cihsm_value_free)
    cihsm_value *stored = cihsm_value_copy(cihsm_value_get(imported, "stored"));
    if (stored == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set(report, "stored", &stored, err));
    return cihsm_value_set_string(report, "key", cihsm_value_get_string(imported, "key"), err);
}

/* Without a file the leaf is taken from the token. */
static void note_next(const enroll_plan *plan)
{
    cli_note("next: cihsm service-key create --cf-api URL --instance NAME --out FILE%s%s",
             plan->path == NULL ? "" : " --cert ", plan->path == NULL ? "" : plan->path);
}

/* The chain is in the file before the token is touched: what was issued is not lost. */
static cihsm_status keep(cihsm_token *token, const char *key, enroll_plan *plan,
                         cihsm_value *report, cihsm_error *err)
{
    if (plan->path != NULL) {
        CLI_TRY(cert_write_chain(report, plan->path, err));
        CLI_TRY(cihsm_value_set_string(report, "file", plan->path, err));
    }
    return plan->imports ? import(token, key, plan, report, err) : CIHSM_OK;
}

static cihsm_status print(const cli_env *env, const enroll_plan *plan, const cihsm_value *report,
                          cihsm_error *err)
{
    cli_format format = CLI_TABLE;
    CLI_TRY(cli_output_format(env, &format, err));
    if (format == CLI_TABLE && plan->path == NULL && !plan->imports) {
        const char *pem = cihsm_value_get_string(report, "pem");
        return cli_print_bytes(pem, strlen(pem), err);
    }
    return format == CLI_TABLE ? cert_print_import(env, report, err)
                               : cli_print_object(env, report, err);
}

static cihsm_status keep_and_print(const cli_env *env, cihsm_token *token, const char *key,
                                   enroll_plan *plan, cihsm_value *report, cihsm_error *err)
{
    CLI_TRY(keep(token, key, plan, report, err));
    CLI_TRY(print(env, plan, report, err));
    return cli_flush_stdout(err);
}

static cihsm_status enroll(const cli_env *env, cihsm_token *token, enroll_plan *plan,
                           cihsm_error *err)
{
    const char *key = cli_key_uri(env);
    if (plan->csr == NULL) {
        CLI_TRY(make_csr(token, key, plan, err));
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    cihsm_status status = cihsm_enrolment_run(&plan->what, &report, err);
    cert_note_rest(report);
    CLI_TRY(status);
    if (!cihsm_value_is_true(cihsm_value_get(report, "isNew"))) {
        cli_note("%s was issued for this key before: that certificate is taken; a new one needs "
                 "another --name",
                 plan->what.name);
    }
    status = keep_and_print(env, token, key, plan, report, err);
    if (status != CIHSM_OK) {
        cli_fail_add(err, plan->is_stored
                              ? "the certificate was issued and is on the token"
                              : "the certificate was issued: run it again, which fetches it");
        return status;
    }
    if (plan->path != NULL || plan->imports) {
        note_next(plan);
    }
    return CIHSM_OK;
}

static cihsm_status show(const cli_env *env, const enroll_plan *plan, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *requests = NULL;
    CLI_TRY(cihsm_enrolment_describe(&plan->what, &requests, err));
    return cli_btp_show_requests(env, requests, err);
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(plan_free) enroll_plan plan = {.csr = NULL};
    cli_format format = CLI_TABLE;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(read_plan(env, &plan, err));
    if (cli_has(env, "dry-run")) {
        return show(env, &plan, err);
    }
    CLI_TRY(cli_write_check_protection(env, err));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    if (plan.csr == NULL) {
        CLI_TRY(cli_open_token(env, &token, err));
    }
    return enroll(env, token, &plan, err);
}

const cli_command CMD_CSR_ENROLL = {
    .name = "csr enroll",
    .summary = "have SAP Cloud Root CA certify a token's key, through the Destination service",
    .arguments = "",
    .example = "cihsm csr enroll --destination-binding binding.json --name client.pem --cn "
               "cpi-client --key \"pkcs11:object=cpi-client\" --out client-chain.pem",
    .options = OPTIONS,
    .run = run,
    .is_write = true,
};
