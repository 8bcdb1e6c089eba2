/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm partner apply: partners of the tenant as their folders say.
 */
#include <string.h>

#include "cli/confirm.h"
#include "cli/list.h"
#include "cli/partner_passwords.h"
#include "cli/report.h"
#include "cli/resources.h"
#include "cli/session.h"
#include "cli/write_send.h"

enum { PARTNERS_MAX = 1024 };

static const char COLUMNS[] = "change,partner,entity,id,size,size_before,note";

static const cli_option OPTIONS[] = {
    {"prune", NULL, "delete what the tenant has and the folder has not", 0},
    {"password-source", "PARTNER/ID=SRC",
     "the password of a credential, from " CLI_SECRET_SOURCES "; repeat", 0},
    {"modified-by", "NAME", "who the tenant records as the one who made the changes", 0},
    {"exit-code", NULL, "with --dry-run: end with 13 if something differs", 0},
    {"confirm-profile", "NAME", "repeats the name of a profile that is protected", 0},
    {0},
};

/* --- the plan -------------------------------------------------------------------------------- */

/* A sign is seen sooner than a word. */
static cihsm_status mark(cihsm_value *row, cihsm_error *err)
{
    static const struct {
        const char *change;
        const char *marked;
    } MARKS[] = {{"create", "+ create"},
                 {"update", "~ update"},
                 {"delete", "- delete"},
                 {"keep", "! keep"},
                 {"skip", "! skip"}};
    const char *change = cihsm_value_get_string(row, "change");
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        if (strcmp(change, MARKS[i].change) == 0) {
            return cihsm_value_set_string(row, "change", MARKS[i].marked, err);
        }
    }
    return CIHSM_OK;
}

static cihsm_status print_plan(const cli_env *env, const cihsm_partner_plan *plan, cihsm_error *err)
{
    CIHSM_AUTO(cli_list_free) cli_list list = {.columns = COLUMNS};
    CLI_TRY(cli_output_format(env, &list.format, err));
    const cihsm_value *from = cihsm_value_first(cihsm_partner_plan_rows(plan));
    if (from == NULL && list.format == CLI_TABLE) {
        return CIHSM_OK;
    }
    for (; from != NULL; from = cihsm_value_next(from)) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_copy(from);
        if (row == NULL) {
            return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
        }
        if (list.format == CLI_TABLE) {
            CLI_TRY(mark(row, err));
        }
        CLI_TRY(cli_list_add_one(&list, row, err));
    }
    CLI_TRY(cli_list_end(&list, err));
    return cli_flush_stdout(err);
}

static void tell_left(const cihsm_partner_plan *plan)
{
    const size_t surplus = cihsm_partner_plan_count(plan, CIHSM_PARTNER_KEEP);
    const size_t credentials = cihsm_partner_plan_count(plan, CIHSM_PARTNER_SKIP);
    if (surplus > 0) {
        cli_note("on the tenant only, and kept: %zu; --prune deletes them", surplus);
    }
    if (credentials > 0) {
        cli_note("credentials not applied: %zu; give their passwords by --password-source, or use "
                 "\"cihsm partner credential set\"",
                 credentials);
    }
}

/* --- doing it -------------------------------------------------------------------------------- */

static size_t count_left(const cihsm_partner_plan *plan)
{
    return cihsm_partner_plan_count(plan, CIHSM_PARTNER_KEEP) +
           cihsm_partner_plan_count(plan, CIHSM_PARTNER_SKIP);
}

static cihsm_status ask(cli_env *env, const cihsm_partner_plan *plan, cihsm_error *err)
{
    return cli_confirm(env, err,
                       "%zu created, %zu changed, %zu deleted on the tenant, as listed above; go "
                       "on?",
                       cihsm_partner_plan_count(plan, CIHSM_PARTNER_CREATE),
                       cihsm_partner_plan_count(plan, CIHSM_PARTNER_UPDATE),
                       cihsm_partner_plan_count(plan, CIHSM_PARTNER_DELETE));
}

static void tell_done(void *user, const char *partner, size_t changes)
{
    (void)user;
    cli_note("%s: %zu done", partner, changes);
}

static cihsm_status apply(cli_env *env, cihsm_client *client, const cihsm_partner_plan *plan,
                          cihsm_error *err)
{
    cihsm_partner_applied report;
    CLI_TRY(ask(env, plan, err));
    const cihsm_status status = cihsm_partner_apply(client, plan, &report, err);
    if (status != CIHSM_OK) {
        if (report.changes > 0) {
            cli_note("changes done before: %zu; run it again to see what is left", report.changes);
        }
        return status;
    }
    cli_note("in sync: read again, the tenant is as the folder%s",
             count_left(plan) > 0 ? ", but for what was left" : "");
    return CIHSM_OK;
}

static size_t count_changes(const cihsm_partner_plan *plan)
{
    return cihsm_partner_plan_count(plan, CIHSM_PARTNER_CREATE) +
           cihsm_partner_plan_count(plan, CIHSM_PARTNER_UPDATE) +
           cihsm_partner_plan_count(plan, CIHSM_PARTNER_DELETE);
}

static cihsm_status go_on(cli_env *env, cihsm_client *client, const cihsm_partner_plan *plan,
                          cihsm_error *err)
{
    tell_left(plan);
    if (count_changes(plan) + count_left(plan) == 0) {
        cli_note("in sync: the tenant is as the folder, there is nothing to do");
        return CIHSM_OK;
    }
    if (cli_has(env, "exit-code")) {
        env->has_exit_code = true;
        env->exit_code = cihsm_status_exit_code(CIHSM_E_CHECK);
    }
    return cli_has(env, "dry-run") || count_changes(plan) == 0 ? CIHSM_OK
                                                               : apply(env, client, plan, err);
}

/* --- the command ----------------------------------------------------------------------------- */

static cihsm_status check(const cli_env *env, cihsm_error *err)
{
    cli_format format;
    CLI_TRY(cli_output_format(env, &format, err));
    if (cli_has(env, "exit-code") && !cli_has(env, "dry-run")) {
        return cli_fail(err, CIHSM_E_USAGE, "--exit-code tells about a plan: give --dry-run too");
    }
    return cli_has(env, "dry-run") ? CIHSM_OK : cli_write_check_protection(env, err);
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_partner_folder_free) cihsm_partner_folder *folder = NULL;
    CIHSM_AUTO(cli_partner_passwords_free) cli_partner_passwords given = {0};
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_partner_plan_free) cihsm_partner_plan *plan = NULL;
    CLI_TRY(check(env, err));
    CLI_TRY(cihsm_partner_folder_open(env->arguments[0], env->arguments + 1,
                                      env->argument_count - 1, &folder, err));
    CLI_TRY(cli_partner_passwords_read(env, folder, &given, err));
    const cihsm_partner_options options = {
        .prune = cli_has(env, "prune"),
        .modifier = cli_value(env, "modified-by"),
        .passwords = given.items,
        .password_count = given.count,
        .done = tell_done,
    };
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_partner_plan_make(client, folder, &options, &plan, err));
    CLI_TRY(print_plan(env, plan, err));
    return go_on(env, client, plan, err);
}

const cli_command CMD_PARTNER_APPLY = {
    .name = "partner apply",
    .summary = "make partners of the tenant what their folders say; shows the plan first",
    .arguments = "DIR [PARTNER...]",
    .argument_min = 1,
    .argument_max = PARTNERS_MAX,
    .example = "cihsm partner apply partners --prune --dry-run",
    .options = OPTIONS,
    .run = run,
    .is_write = true,
};
