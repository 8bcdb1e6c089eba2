/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keystore_send.h"

#include <stdio.h>
#include <string.h>

#include "cli/list.h"
#include "cli/output.h"
#include "cli/pin.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/write_send.h"

enum { SUBJECT_MAX = 400 };

cihsm_status cli_keystore_password(const cli_env *env, const char *option, const char *name,
                                   cihsm_secret **out, cihsm_error *err)
{
    const char *source = cli_value(env, option);
    if (source == NULL || cli_has(env, "dry-run")) {
        return CIHSM_OK;
    }
    CLI_TRY(cli_write_check_protection(env, err));
    return cli_secret_read(source, name, out, err);
}

/* --- before ---------------------------------------------------------------------------------- */

static void note_certificates(const cihsm_keystore_write *write)
{
    const cihsm_value *row = cihsm_value_first(cihsm_keystore_certificates(write));
    for (; row != NULL; row = cihsm_value_next(row)) {
        const char *sentence = cihsm_value_get_string(row, "sentence");
        if (sentence != NULL) {
            cli_note("warning: %s", sentence);
        }
    }
}

static void write_subject(const cli_keystore_change *change, char out[SUBJECT_MAX])
{
    if (change->alias == NULL) {
        snprintf(out, SUBJECT_MAX, "%s", change->what);
    } else {
        snprintf(out, SUBJECT_MAX, "%s \"%.300s\"", change->what, change->alias);
    }
}

/* For cli_write.explain. */
static cihsm_status explain(void *change, cihsm_client *client, cihsm_error *err)
{
    const cli_keystore_change *of = change;
    return cihsm_keystore_explain(client, of->write, err);
}

/* --- after ----------------------------------------------------------------------------------- */

/* The tenant answers with all entries, a person wants the one. */
static const cihsm_value *entry_of(const cihsm_value *entries, const char *alias)
{
    const cihsm_value *entry = cihsm_value_first(entries);
    for (; entry != NULL; entry = cihsm_value_next(entry)) {
        const char *own = cihsm_value_get_string(entry, "Alias");
        if (own != NULL && strcmp(own, alias) == 0) {
            return entry;
        }
    }
    return NULL;
}

/* An entry that was left out has the reason behind this. */
static size_t count_refused(const cihsm_value *entries)
{
    static const char REFUSED[] = "notImported";
    size_t count = 0;
    const cihsm_value *entry = cihsm_value_first(entries);
    for (; entry != NULL; entry = cihsm_value_next(entry)) {
        const char *status = cihsm_value_get_string(entry, "Status");
        count += status != NULL && strncmp(status, REFUSED, sizeof REFUSED - 1) == 0;
    }
    return count;
}

static cihsm_status report_all(const cli_env *env, const cli_keystore_change *change,
                               const cihsm_value *entries, cihsm_error *err)
{
    const size_t refused = count_refused(entries);
    CLI_TRY(cli_print_list(env, entries, change->columns, err));
    if (refused == 0) {
        return CIHSM_OK;
    }
    return cli_fail(err, CIHSM_E_CHECK,
                    "%zu %s not imported, the others were: Status says why, in full with -o json",
                    refused, refused == 1 ? "entry was" : "entries were");
}

static cihsm_status report(const cli_env *env, const cli_keystore_change *change,
                           const char *subject, const cihsm_value *answer, cihsm_error *err)
{
    const bool is_list = cihsm_value_kind(answer) == CIHSM_VALUE_ARRAY;
    cli_note("%s %s", change->done, subject);
    if (change->columns != NULL && is_list) {
        return report_all(env, change, answer, err);
    }
    if (!is_list) {
        return answer == NULL ? CIHSM_OK : cli_print_object(env, answer, err);
    }
    const cihsm_value *entry = change->alias == NULL ? NULL : entry_of(answer, change->alias);
    return entry == NULL ? CIHSM_OK : cli_print_object(env, entry, err);
}

/* --- all of it ------------------------------------------------------------------------------- */

cihsm_status cli_keystore_send(cli_env *env, cli_keystore_change *change, cihsm_error *err)
{
    char subject[SUBJECT_MAX];
    bool is_done = false;
    write_subject(change, subject);
    cli_write write = {.request = cihsm_keystore_shown(change->write),
                       .subject = subject,
                       .question = change->question,
                       .explain = explain,
                       .user = change};
    note_certificates(change->write);
    CLI_TRY(cli_write_settle(env, &write, &is_done, err));
    if (is_done) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    if (change->needed != NULL) {
        CLI_TRY(cihsm_keystore_check_entries(client, change->needed, change->needed_count, err));
    }
    write.request = cihsm_keystore_request(change->write);
    CLI_TRY(cli_write_carry(client, &write, &answer, err));
    return report(env, change, subject, cihsm_answer_value(answer), err);
}
