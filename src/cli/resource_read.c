/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list, show and get of the resources.
 */
#include <stdio.h>
#include <string.h>

#include "cli/fields.h"
#include "cli/list.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/resource.h"
#include "cli/session.h"
#include "cli/value_target.h"

/* --- list ------------------------------------------------------------------------------------ */

/* A query with what it points to. Stays in its place. */
typedef struct selection {
    cihsm_query query;
    cihsm_parameter parameters[CLI_TARGET_PARAMETERS_MAX];
    char filter[CIHSM_PATH_SIZE];
} selection;

static cihsm_status add_condition(const cli_field *field, const char *value, selection *to,
                                  cihsm_error *err)
{
    char condition[CIHSM_PATH_SIZE];
    const size_t len = strlen(to->filter);
    CLI_TRY(cihsm_filter_equal(field->property, value, condition, err));
    if (len + strlen(condition) + sizeof " and " > sizeof to->filter) {
        return cli_fail(err, CIHSM_E_USAGE, "the conditions are too long together");
    }
    snprintf(to->filter + len, sizeof to->filter - len, "%s%s", len == 0 ? "" : " and ", condition);
    to->query.filter = to->filter;
    return CIHSM_OK;
}

/* The options of the tenant's own. */
static void read_parameters(const cli_target *of, selection *to)
{
    *to = (selection){.query = CIHSM_QUERY_INIT};
    to->query.parameters = to->parameters;
    to->query.parameter_count = cli_target_parameters(of, to->parameters);
}

static cihsm_status read_selection(const cli_target *of, selection *to, cihsm_error *err)
{
    read_parameters(of, to);
    for (const cli_field *field = of->kind->fields; field->name != NULL; field++) {
        const char *value = cli_target_value(of, field);
        const bool is_of_path = of->kind->parent != NULL;
        if ((field->traits & CLI_PARAMETER) == 0 && value != NULL && !is_of_path) {
            CLI_TRY(add_condition(field, value, to, err));
        }
    }
    return CIHSM_OK;
}

static cihsm_status print_entries(cihsm_result *result, cli_list *list, cihsm_error *err)
{
    for (;;) {
        const cihsm_value *entry = NULL;
        CLI_TRY(cihsm_result_next_entry(result, &entry, err));
        if (entry == NULL) {
            return cli_list_end(list, err);
        }
        CLI_TRY(cli_list_add_one(list, entry, err));
    }
}

/* Those that one entity brings along. */
static cihsm_status list_inside(const cli_target *of, cihsm_client *client, cli_list *list,
                                cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *holder = NULL;
    CLI_TRY(cli_target_fetch_only(of, client, &holder, err));
    CLI_TRY(cli_list_add(list, cihsm_value_get(holder, of->kind->inside), err));
    return cli_list_end(list, err);
}

static cihsm_status list_set(cli_target *of, const selection *chosen, cihsm_client *client,
                             cli_list *list, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cli_target_list_path(of, client, path, err));
    const cihsm_status status =
        cihsm_client_stream(client, path, &chosen->query, NULL, &result, err);
    if (status != CIHSM_OK) {
        return of->kind->parent == NULL ? status : cli_target_explain(of, client, err);
    }
    return print_entries(result, list, err);
}

static cihsm_status check_list(const cli_target *of, const selection *chosen, cihsm_error *err)
{
    cli_format format;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *names = NULL;
    CLI_TRY(cli_output_format(of->env, &format, err)); /* mistakes are told before a login */
    CLI_TRY(cli_fields_split(cli_value(of->env, "fields"), &names, err));
    if (of->kind->inside != NULL) {
        return CIHSM_OK;
    }
    CLI_TRY(cli_fields_hint(of->kind->set, names, err));
    return of->kind->parent == NULL ? cihsm_stream_check(of->kind->set, &chosen->query, NULL, err)
                                    : CIHSM_OK;
}

cihsm_status cli_resource_list(cli_env *env, cihsm_error *err)
{
    cli_target of;
    selection chosen;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_target_read(env, CLI_VERB_LIST, &of, err));
    CLI_TRY(read_selection(&of, &chosen, err));
    CLI_TRY(check_list(&of, &chosen, err));
    CIHSM_AUTO(cli_list_free)
    cli_list list = {.columns = of.kind->columns,
                     .fields = cli_value(env, "fields"),
                     .path = of.kind->inside == NULL ? of.kind->set : NULL};
    CLI_TRY(cli_output_format(env, &list.format, err));
    CLI_TRY(cli_open_client(env, &client, err));
    return of.kind->inside != NULL ? list_inside(&of, client, &list, err)
                                   : list_set(&of, &chosen, client, &list, err);
}

/* --- show ------------------------------------------------------------------------------------ */

cihsm_status cli_resource_show(cli_env *env, cihsm_error *err)
{
    cli_target of;
    cli_format format;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CLI_TRY(cli_target_read(env, CLI_VERB_SHOW, &of, err));
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cli_target_fetch(&of, client, of.kind->expand, &found, err));
    return cli_print_object(env, found, err);
}

/* --- get ------------------------------------------------------------------------------------- */

static cihsm_status download(const cli_target *of, cihsm_client *client, const cihsm_sink *sink,
                             cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    selection chosen;
    read_parameters(of, &chosen);
    CLI_TRY(cli_target_path(of, client, of->kind->value, path, err));
    cli_progress_begin(NULL);
    return cihsm_client_download(client, path, &chosen.query, sink, err);
}

/* The field whose property get reads; NULL: it reads a path. */
static const cli_field *value_field(const cli_kind *kind)
{
    for (const cli_field *field = kind->fields; field->name != NULL; field++) {
        if (strcmp(field->property, kind->value) == 0) {
            return field;
        }
    }
    return NULL;
}

static cihsm_status write_property(const cli_target *of, const cli_field *field,
                                   cihsm_client *client, const cihsm_sink *sink, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CLI_TRY(cli_target_fetch(of, client, NULL, &found, err));
    const cihsm_value *value = cihsm_value_get(found, field->property);
    const char *text = cihsm_value_string(value);
    const cihsm_media media = {.name = field->property};
    CLI_TRY(sink->begin(sink->user, &media, err));
    if ((field->traits & CLI_FILE) != 0) {
        return cihsm_value_write_bytes(value, sink->write, sink->user, err);
    }
    return text == NULL ? CIHSM_OK : sink->write(sink->user, text, strlen(text), err);
}

cihsm_status cli_resource_get(cli_env *env, cihsm_error *err)
{
    cli_target of;
    CIHSM_AUTO(value_target_free) value_target target = {0};
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_target_read(env, CLI_VERB_GET, &of, err));
    CLI_TRY(value_target_open(env, &target, err));
    CLI_TRY(cli_open_client(env, &client, err));
    cihsm_sink sink = value_target_sink(&target);
    sink.is_page_expected = true; /* what was kept may be a page */
    const cli_field *field = value_field(of.kind);
    const cihsm_status status = field == NULL ? download(&of, client, &sink, err)
                                              : write_property(&of, field, client, &sink, err);
    if (status != CIHSM_OK) {
        return field == NULL ? cli_target_explain(&of, client, err) : status;
    }
    return value_target_commit(&target, err);
}
