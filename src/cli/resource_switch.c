/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status, activate and deactivate: what there is once on a tenant, and is on or off. The tenant
 * tells the outcome in words of its own, here and there without a name.
 *
 * Source: docs/sap-contract.md sections 5.2, 7.1.
 */
#include <string.h>

#include "cli/list.h"
#include "cli/report.h"
#include "cli/resource.h"
#include "cli/session.h"
#include "cli/write_send.h"

enum { PARAMETERS_MAX = 2 };

/* {"d":{"results":[{"":"Archiving successfully enabled"}]}}: the only text there is; or NULL. */
static const char *words_in(const cihsm_value *value)
{
    while (cihsm_value_kind(value) == CIHSM_VALUE_ARRAY ||
           cihsm_value_kind(value) == CIHSM_VALUE_OBJECT) {
        value = cihsm_value_count(value) == 1 ? cihsm_value_first(value) : NULL;
    }
    return cihsm_value_string(value);
}

static cihsm_status print_state(const cli_env *env, const cihsm_value *value, cihsm_error *err)
{
    cli_format format;
    const char *words = words_in(value);
    CLI_TRY(cli_output_format(env, &format, err));
    if (words != NULL && format == CLI_TABLE) {
        CLI_TRY(cli_print_bytes(words, strlen(words), err));
        return cli_print_bytes("\n", 1, err);
    }
    return cihsm_value_kind(value) == CIHSM_VALUE_ARRAY ? cli_print_list(env, value, NULL, err)
                                                        : cli_print_object(env, value, err);
}

cihsm_status cli_resource_status(cli_env *env, cihsm_error *err)
{
    cli_target of;
    cli_format format;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CLI_TRY(cli_target_read(env, CLI_VERB_STATUS, &of, err));
    CLI_TRY(cli_output_format(env, &format, err)); /* mistakes are told before a login */
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cli_target_fetch_only(&of, client, &found, err));
    return print_state(env, found, err);
}

/* --- switching ------------------------------------------------------------------------------- */

static size_t read_parameters(const cli_target *of, const char *function,
                              cihsm_parameter out[PARAMETERS_MAX])
{
    size_t count = 0;
    for (const cli_field *field = of->kind->fields; field->name != NULL; field++) {
        const char *value = cli_target_value(of, field);
        if (value != NULL && count < PARAMETERS_MAX) {
            out[count++] =
                (cihsm_parameter){.name = field->property,
                                  .value = value,
                                  .is_text = !cihsm_function_takes_bare(function, field->property)};
        }
    }
    return count;
}

/* It was done if the tenant says so: an answer without a word is that of a login that may not. */
static cihsm_status judge(const cli_target *of, const cihsm_answer *answer, cihsm_error *err)
{
    const cihsm_value *value = cihsm_answer_value(answer);
    const char *result = cihsm_value_get_string(value, "result");
    const char *message = cihsm_value_get_string(value, "message");
    size_t len = 0;
    (void)cihsm_answer_bytes(answer, &len);
    if (len == 0) {
        return cli_fail(err, CIHSM_E_PROTOCOL,
                        "the tenant answers %s without a word, as it does to a login that may not "
                        "do this: look at its roles, and at \"cihsm %s status\"",
                        of->env->command->name, of->resource->noun);
    }
    if (result != NULL && strcmp(result, "ERROR") == 0) {
        return cli_fail(err, CIHSM_E_SERVER, "the tenant could not do it: %.600s",
                        message == NULL ? "it tells no reason" : message);
    }
    return CIHSM_OK;
}

static cihsm_status report(const cli_target *of, const cli_write *write, cihsm_client *client,
                           const cihsm_answer *answer, cihsm_error *err)
{
    CLI_TRY(judge(of, answer, err));
    if (cihsm_answer_value(answer) != NULL) {
        CLI_TRY(print_state(of->env, cihsm_answer_value(answer), err));
    } else {
        CLI_TRY(cli_write_report(of->env, client, write, answer, err));
    }
    cli_note("%s %s", write->done, write->subject);
    return CIHSM_OK;
}

static cihsm_status turn(cli_env *env, cli_verb verb, cihsm_error *err)
{
    cli_target of;
    char subject[200];
    bool is_done = false;
    cihsm_parameter parameters[PARAMETERS_MAX];
    CLI_TRY(cli_target_read(env, verb, &of, err));
    const cli_switch *what = verb == CLI_VERB_ACTIVATE ? &of.kind->activate : &of.kind->deactivate;
    cli_target_subject(&of, subject, sizeof subject);
    const cihsm_request request = {.method = "POST",
                                   .path = what->function,
                                   .parameters = parameters,
                                   .parameter_count =
                                       read_parameters(&of, what->function, parameters)};
    const cli_write write = {.request = &request,
                             .subject = subject,
                             .question = what->question,
                             .done = verb == CLI_VERB_ACTIVATE ? "activated" : "deactivated"};
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    CLI_TRY(cli_write_settle(env, &write, &is_done, err));
    if (is_done) {
        return CIHSM_OK;
    }
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cli_write_carry(client, &write, &answer, err));
    return report(&of, &write, client, answer, err);
}

cihsm_status cli_resource_activate(cli_env *env, cihsm_error *err)
{
    return turn(env, CLI_VERB_ACTIVATE, err);
}

cihsm_status cli_resource_deactivate(cli_env *env, cihsm_error *err)
{
    return turn(env, CLI_VERB_DEACTIVATE, err);
}
