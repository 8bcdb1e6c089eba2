/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/write_send.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/assignment.h"
#include "cli/confirm.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"

enum { PATH_SIZE = 4096 };

/* --- parameters ------------------------------------------------------------------------------ */

cihsm_status cli_parameters_add(const cli_env *env, const char *option, const char *function,
                                cli_parameters *to, cihsm_error *err)
{
    for (size_t i = 0; i < cli_times(env, option); i++) {
        cli_assignment one;
        CLI_TRY(cli_assignment_read(option, cli_value_at(env, option, i), &one, err));
        if (to->count == CLI_PARAMETERS_MAX) {
            return cli_fail(err, CIHSM_E_USAGE, "more than %d parameters are given",
                            CLI_PARAMETERS_MAX);
        }
        char *name = to->names[to->count];
        snprintf(name, sizeof to->names[0], "%s", one.name);
        const bool is_text =
            function != NULL && !one.is_literal && !cihsm_function_takes_bare(function, one.name);
        to->items[to->count++] =
            (cihsm_parameter){.name = name, .value = one.value, .is_text = is_text};
    }
    return CIHSM_OK;
}

/* --- before ---------------------------------------------------------------------------------- */

/* Contents are sent and never read, so not all of them are among the documented properties. */
static bool is_content(const char *name)
{
    static const char END[] = "Content";
    const size_t len = strlen(name);
    return len >= sizeof END - 1 && strcmp(name + len - (sizeof END - 1), END) == 0;
}

/* Told, not refused: the tenant may know more than the documentation. */
static void note_unknown_names(const cihsm_request *request)
{
    const cihsm_value *member = cihsm_value_first(request->value);
    for (; member != NULL; member = cihsm_value_next(member)) {
        cihsm_error why = {0};
        const char *name = cihsm_value_name(member);
        if (!is_content(name) &&
            cihsm_catalogue_check_property(request->path, name, &why) == CIHSM_E_NOT_FOUND) {
            cli_note("%s", why.message);
        }
    }
}

cihsm_status cli_write_check_protection(const cli_env *env, cihsm_error *err)
{
    const char *wanted = env->profile == NULL ? NULL : cihsm_profile_name(env->profile);
    const char *given = cli_value(env, "confirm-profile");
    const char *state = env->profile == NULL ? NULL : cihsm_profile_get(env->profile, "protected");
    if (state != NULL && strcmp(state, "yes") != 0 && strcmp(state, "no") != 0) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "protected of the profile \"%.60s\" is yes or no, not \"%.40s\"", wanted,
                        state);
    }
    if (given != NULL && (wanted == NULL || strcmp(given, wanted) != 0)) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--confirm-profile names \"%.60s\", but the profile in use is %s%.60s%s",
                        given, wanted == NULL ? "none" : "\"", wanted == NULL ? "" : wanted,
                        wanted == NULL ? "" : "\"");
    }
    if (given == NULL && state != NULL && strcmp(state, "yes") == 0) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "the profile \"%.60s\" is protected: repeat its name if you mean it, "
                        "--confirm-profile %.60s",
                        wanted, wanted);
    }
    return CIHSM_OK;
}

static cihsm_status ask(cli_env *env, const cli_write *write, cihsm_error *err)
{
    const char *subject = write->subject == NULL ? write->request->path : write->subject;
    return write->question == NULL ? CIHSM_OK
                                   : cli_confirm(env, err, "%.900s %s", subject, write->question);
}

/* --- after ----------------------------------------------------------------------------------- */

/* A text gets its line end on a terminal, and only there. */
static cihsm_status print_text(const char *bytes, size_t len, cihsm_error *err)
{
    CLI_TRY(cli_print_bytes(bytes, len, err));
    if (isatty(STDOUT_FILENO) && bytes[len - 1] != '\n') {
        CLI_TRY(cli_print_bytes("\n", 1, err));
    }
    return CIHSM_OK;
}

static cihsm_status print_value(const cli_env *env, const cihsm_value *value, cihsm_error *err)
{
    return cihsm_value_kind(value) == CIHSM_VALUE_ARRAY ? cli_print_list(env, value, NULL, err)
                                                        : cli_print_object(env, value, err);
}

/* Where what was written can be read: links and values are read through the entity. */
static void readable_path(const char *path, char out[PATH_SIZE])
{
    static const char LINKS[] = "/$links";
    static const char VALUE[] = "/$value";
    const char *links = strstr(path, LINKS);
    const size_t head = links == NULL ? strlen(path) : (size_t)(links - path);
    snprintf(out, PATH_SIZE, "%.*s%s", (int)head, path,
             links == NULL ? "" : links + sizeof LINKS - 1);
    const size_t len = strlen(out);
    if (len >= sizeof VALUE - 1 && strcmp(out + len - (sizeof VALUE - 1), VALUE) == 0) {
        out[len - (sizeof VALUE - 1)] = '\0';
    }
}

/* The entity that a request wrote; "" if it cannot be told. */
static void written_path(const cihsm_request *request, const cihsm_answer *answer,
                         char out[PATH_SIZE])
{
    const char *location = cihsm_answer_location(answer);
    out[0] = '\0';
    if (strcmp(request->method, "POST") != 0) {
        readable_path(request->path, out);
    } else if (!cihsm_created_path(request, cihsm_answer_value(answer), out, PATH_SIZE) &&
               location != NULL) {
        snprintf(out, PATH_SIZE, "%s", location);
    }
}

static cihsm_status show(const cli_env *env, cihsm_client *client, const char *path,
                         cihsm_error *err)
{
    if (path[0] == '\0') {
        cli_note("where it is cannot be told from the answer, so it is not shown");
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cihsm_client_get(client, path, NULL, &result, err));
    const cihsm_value *value = cihsm_result_value(result);
    size_t len = 0;
    const char *bytes = cihsm_result_bytes(result, &len);
    return value != NULL ? print_value(env, value, err) : cli_print_bytes(bytes, len, err);
}

cihsm_status cli_write_report(const cli_env *env, cihsm_client *client, const cli_write *write,
                              const cihsm_answer *answer, cihsm_error *err)
{
    size_t len = 0;
    const char *bytes = cihsm_answer_bytes(answer, &len);
    if (cihsm_answer_value(answer) != NULL) {
        return print_value(env, cihsm_answer_value(answer), err);
    }
    if (len > 0) {
        return print_text(bytes, len, err);
    }
    char path[PATH_SIZE];
    written_path(write->request, answer, path);
    cli_note("%s %s", write->done,
             write->subject != NULL ? write->subject
             : path[0] == '\0'      ? write->request->path
                                    : path);
    return write->is_shown ? show(env, client, path, err) : CIHSM_OK;
}

/* --- all of it ------------------------------------------------------------------------------- */

static cihsm_status describe(const cli_env *env, const cihsm_request *request, cihsm_error *err)
{
    CLI_TRY(cihsm_request_describe(cli_setting(env, "service-key"), request, cli_write_stdout, NULL,
                                   err));
    return request->value == NULL && request->body == NULL ? CIHSM_OK
                                                           : cli_print_bytes("\n", 1, err);
}

cihsm_status cli_write_settle(cli_env *env, const cli_write *write, bool *is_done, cihsm_error *err)
{
    cli_format format;
    CLI_TRY(cli_output_format(env, &format, err)); /* mistakes are told before a login */
    CLI_TRY(cihsm_request_check(write->request, err));
    if (!write->request->is_unchecked) {
        note_unknown_names(write->request);
    }
    *is_done = cli_has(env, "dry-run");
    if (*is_done) {
        return describe(env, write->request, err);
    }
    if (strcmp(write->request->method, "GET") != 0) {
        CLI_TRY(cli_write_check_protection(env, err));
    }
    return ask(env, write, err);
}

cihsm_status cli_write_carry(cihsm_client *client, const cli_write *write, cihsm_answer **answer,
                             cihsm_error *err)
{
    const cihsm_status status = cihsm_client_send(client, write->request, answer, err);
    return status == CIHSM_OK || write->explain == NULL ? status
                                                        : write->explain(write->user, client, err);
}

cihsm_status cli_write_send(cli_env *env, const cli_write *write, cihsm_error *err)
{
    bool is_done = false;
    CLI_TRY(cli_write_settle(env, write, &is_done, err));
    if (is_done) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cli_write_carry(client, write, &answer, err));
    return cli_write_report(env, client, write, answer, err);
}
