/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm service-key renew: a profile gets a new certificate and a new service key.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cloud_foundry.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/renewal.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/wait_option.h"
#include "cli/write_send.h"

static const cli_option OPTIONS[] = {
    {"destination-binding", "FILE", "service key of a Destination service instance: enrol there",
     0},
    {"signed", "FILE", "what another CA made of the CSR", 0},
    {"new-key", "TYPE", "certify a new key instead of the present one: rsa:3072, ec:P-256", 0},
    {"cn", "TEXT", "common name; that of the present certificate if not given", 0},
    {"validity", "DAYS", "how long the certificate is valid; the service decides if not given", 0},
    {"for", "RESOURCE", "test the new identity with this resource", 0},
    {"wait", "TIME", "wait at most this long: for the service key (5m), until it works (10m)", 0},
    {"retire", NULL, "delete the old service key, once the profile uses the new one", 0},
    {"restart", NULL, "forget a renewal that was begun or is done, and begin anew", 0},
    {"days", "N", "warn if a certificate ends within N days (30)", 0},
    {"lb-roots", "FILE", "PEM with the roots that SAP's load balancer accepts", 0},
    CLI_CF_OPTIONS,
    {"confirm-profile", "NAME", "repeats the name of a profile that is protected", 0},
    {0},
};

static const renewal_step STEPS[] = {
    {"key", "a new key on the token (with --new-key)", renewal_make_key},
    {"request", "a CSR for the key, written to a file", renewal_make_request},
    {"certificate", "the certificate and its chain, written to a file", renewal_get_certificate},
    {"import", "the certificate beside its key on the token", renewal_import},
    {"service-key", "a service key for the certificate, written to a file",
     renewal_make_service_key},
    {"test", "a call with the new identity", renewal_test},
    {"switch", "the profile uses the new identity", renewal_switch},
    {"retire", "the old service key is deleted (with --retire)", renewal_retire},
};
enum { STEP_COUNT = sizeof STEPS / sizeof *STEPS };

/* --- where it stands -------------------------------------------------------------------------- */

/* The step that comes next. @return STEP_COUNT: the state names none of ours */
static size_t next_step(const renewal *of)
{
    const char *name = renewal_get(of, "next");
    size_t at = 0;
    while (name != NULL && at < STEP_COUNT && strcmp(STEPS[at].name, name) != 0) {
        at++;
    }
    return at;
}

static bool is_switched(size_t next)
{
    return next < STEP_COUNT && STEPS[next].run == renewal_retire;
}

/* What it produced, and what the person has to do. */
static cihsm_status print(const renewal *of, const char *state, cihsm_error *err)
{
    static const char *const NAMES[] = {"csr", "chain", "serviceKey", "key", "oldServiceKey"};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *shown = cihsm_value_new_object();
    if (shown == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(shown, "profile", renewal_get(of, "profile"), err));
    CLI_TRY(cihsm_value_set_string(shown, "state", state, err));
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const char *text = renewal_get(of, NAMES[i]);
        if (text != NULL) {
            CLI_TRY(cihsm_value_set_string(shown, NAMES[i], text, err));
        }
    }
    if (of->waits_for[0] != '\0') {
        CLI_TRY(cihsm_value_set_string(shown, "todo", of->waits_for, err));
    }
    return cli_print_object(of->env, shown, err);
}

/* --dry-run: the steps, and which of them are done. */
static cihsm_status show_steps(const renewal *of, size_t next, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    for (size_t i = 0; i < STEP_COUNT; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
        if (list == NULL || row == NULL) {
            return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
        }
        CLI_TRY(cihsm_value_set_string(row, "step", STEPS[i].name, err));
        CLI_TRY(cihsm_value_set_string(row, "state", i < next ? "done" : "to do", err));
        CLI_TRY(cihsm_value_set_string(row, "what", STEPS[i].what, err));
        CLI_TRY(cihsm_value_append(list, &row, err));
    }
    return cli_print_list(of->env, list, "step,state,what", err);
}

/* --- the way ---------------------------------------------------------------------------------- */

/* The state is written before a step, so that what it makes has the same name after a stop. */
static cihsm_status begin_step(renewal *of, size_t at, cihsm_error *err)
{
    CLI_TRY(renewal_set(of, "next", STEPS[at].name, err));
    CLI_TRY(renewal_save(of, err));
    return cli_signals_check(err);
}

static cihsm_status walk(renewal *of, size_t next, cihsm_error *err)
{
    for (size_t at = next; at < STEP_COUNT; at++) {
        CLI_TRY(begin_step(of, at, err));
        CLI_TRY(STEPS[at].run(of, err));
        if (of->waits_for[0] != '\0') {
            return print(of, is_switched(at) ? "switched" : "waiting", err);
        }
    }
    CLI_TRY(renewal_forget(of, err));
    return print(of, "done", err);
}

/* A failure tells where it is and that nothing is lost. What was issued under a name stays, so a
 * bad certificate needs another one. */
static void tell_where(const renewal *of, cihsm_status status, cihsm_error *err)
{
    char words[160];
    const size_t at = next_step(of);
    const bool is_issued = at < STEP_COUNT && STEPS[at].run == renewal_get_certificate &&
                           (status == CIHSM_E_CHECK || status == CIHSM_E_CONFLICT);
    snprintf(words, sizeof words, "step %s of the renewal; %s",
             at < STEP_COUNT ? STEPS[at].name : "?",
             is_issued ? "begin anew with --restart" : "repeat the command to go on");
    cli_fail_add(err, words);
}

/* What can be wrong without asking anybody. */
static cihsm_status check(const cli_env *env, cihsm_error *err)
{
    cli_format format;
    int64_t wait_s = 0;
    long days = 0;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_wait_option(env, &wait_s, err));
    CLI_TRY(cli_number(env, "validity", 1, &days, err));
    if (cli_has(env, "signed") && cli_has(env, "destination-binding")) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "give either --signed FILE or --destination-binding FILE, not both");
    }
    return cli_setting(env, "cf-api") != NULL || cli_has(env, "retire") ? cli_cf_check(env, err)
                                                                        : CIHSM_OK;
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(renewal_free) renewal of = RENEWAL_NONE;
    CLI_TRY(check(env, err));
    if (!cli_has(env, "dry-run")) {
        CLI_TRY(renewal_lock(env, &of.lock, err));
    }
    CLI_TRY(renewal_begin(env, cli_has(env, "restart"), &of, err));
    const size_t next = renewal_get(&of, "next") == NULL ? 0 : next_step(&of);
    if (cli_has(env, "dry-run")) {
        return show_steps(&of, next, err);
    }
    if (cli_has(env, "retire") && !is_switched(next)) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--retire is for afterwards: the profile \"%.60s\" still has the old "
                        "service key; run it without --retire first",
                        renewal_get(&of, "profile"));
    }
    CLI_TRY(cli_write_check_protection(env, err));
    const cihsm_status status = walk(&of, next, err);
    if (status != CIHSM_OK) {
        tell_where(&of, status, err);
    }
    return status;
}

const cli_command CMD_SERVICE_KEY_RENEW = {
    .name = "service-key renew",
    .summary = "give a profile a new certificate and service key, in steps that can be repeated",
    .arguments = "",
    .example = "cihsm service-key renew --profile prod --destination-binding binding.json --cf-api "
               "https://api.cf.eu10.hana.ondemand.com --cf-token-source file:token",
    .options = OPTIONS,
    .run = run,
    .is_write = true,
    .note = "The profile is changed after a call with the new identity has succeeded; until then "
            "it has the old one. After any end repeat the command: it goes on where it was. The "
            "old service key stays until --retire.",
};
