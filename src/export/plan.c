/* SPDX-License-Identifier: Apache-2.0 */
#include "export/plan.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/time.h"
#include "integration/capability.h"
#include "integration/catalogue.h"
#include "integration/nearest.h"
#include "odata/query.h"

#define SET_MAX 100 /* characters: it is a part of names of files */
#define QUERY_MAX ((size_t)8 << 10)

void export_plan_free(export_plan *plan)
{
    text_free(&plan->set);
    text_free(&plan->root);
    text_free(&plan->filter);
    text_free(&plan->select);
    text_free(&plan->expand);
    text_free(&plan->query);
    text_free(&plan->property);
    text_free(&plan->since_ago);
    text_free(&plan->until_ago);
}

bool export_plan_follows(const export_plan *plan)
{
    return plan->window.to_s == INT64_MAX;
}

static cihsm_status check_set(const char *set, cihsm_error *err)
{
    static const char NAME[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const size_t len = set == NULL ? 0 : strlen(set);
    if (len == 0 || len > SET_MAX || set[strspn(set, NAME)] != '\0' ||
        strcmp(set, "checkpoint") == 0) { /* its file would have the checkpoint's name */
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "\"%.80s\" is no entity set: an export takes the plain name of "
                                "one, for example MessageProcessingLogs",
                                len == 0 ? "" : set);
    }
    return CIHSM_OK;
}

static cihsm_status copy_texts(const cihsm_export_options *options, const char *root,
                               export_plan *out, cihsm_error *err)
{
    const char *property = options->time_property == NULL ? integration_time_property(options->set)
                                                          : options->time_property;
    CIHSM_TRY(text_set(&out->set, options->set, err));
    CIHSM_TRY(text_set(&out->root, root, err));
    CIHSM_TRY(text_set(&out->filter, options->filter, err));
    CIHSM_TRY(text_set(&out->select, options->select, err));
    CIHSM_TRY(text_set(&out->expand, options->expand, err));
    return text_set(&out->property, property, err);
}

/* The tenant's own options as one text, by which two exports differ. */
static cihsm_status copy_query(const cihsm_export_options *options, export_plan *out,
                               cihsm_error *err)
{
    cihsm_query query = CIHSM_QUERY_INIT;
    query.parameters = options->parameters;
    query.parameter_count = options->parameter_count;
    out->is_unchecked = options->is_unchecked;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(QUERY_MAX);
    CIHSM_TRY(odata_query_append(&query, '&', &text, err));
    return text.len == 0 ? CIHSM_OK : text_set(&out->query, buffer_text(&text) + 1, err);
}

/* True if a comma list has the name. */
static bool lists(const char *names, const char *name)
{
    const size_t len = strlen(name);
    for (const char *at = names; *at != '\0';) {
        at += strspn(at, " ,");
        const size_t here = strcspn(at, " ,");
        if ((here == len && memcmp(at, name, len) == 0) || (here == 1 && *at == '*')) {
            return true;
        }
        at += here;
    }
    return false;
}

static cihsm_status check_selected(const export_plan *plan, const char *name, const char *why,
                                   cihsm_error *err)
{
    if (lists(plan->select, name)) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "--select leaves out %s, %s: add it, or leave --select out", name, why);
}

/* What an export goes by must be in the entries. */
static cihsm_status check_select(const export_plan *plan, cihsm_error *err)
{
    if (plan->select == NULL) {
        return CIHSM_OK;
    }
    if (plan->property != NULL) {
        CIHSM_TRY(check_selected(plan, plan->property, "by which the slices are made", err));
    }
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    const cihsm_value *key = cihsm_value_first(integration_keys(catalogue, plan->set));
    for (; key != NULL; key = cihsm_value_next(key)) {
        CIHSM_TRY(check_selected(plan, cihsm_value_get_string(key, "name"),
                                 "by which entries are told apart", err));
    }
    return CIHSM_OK;
}

/* A moment in whole seconds; *ago is set if it was told as that. */
static cihsm_status read_moment(const char *option, const char *text, int64_t now_ms, int64_t *out,
                                char **ago, cihsm_error *err)
{
    int64_t ms = 0;
    cihsm_error why = {0};
    const bool is_ago = cihsm_time_read_date(text, &ms, NULL) != CIHSM_OK;
    if (cihsm_time_read(text, now_ms, &ms, &why) != CIHSM_OK) {
        return cihsm_fail_plain(err, why.status, "--%s: %s", option, why.message);
    }
    if (is_ago) {
        CIHSM_TRY(text_set(ago, text, err));
    } else if (ms % 1000 != 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "--%s %.40s: an export goes by whole seconds",
                                option, text);
    }
    *out = ms / 1000;
    return CIHSM_OK;
}

/* Only one that looks like another: a tenant may have sets that are not documented. */
static cihsm_status refuse_misspelt(const char *set, cihsm_error *err)
{
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    const odata_segment name = {.name = set, .name_len = strlen(set)};
    if (integration_set(catalogue, &name) != NULL) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *question = NULL;
    CIHSM_TRY(integration_nearest_text(catalogue, set, NULL, &question, err));
    return question == NULL ? CIHSM_OK
                            : cihsm_fail_plain(err, CIHSM_E_USAGE,
                                               "no entity set %s is documented: %s If the tenant "
                                               "has it, name its time with --time-property",
                                               set, question);
}

static cihsm_status refuse_window(const cihsm_export_options *options, cihsm_error *err)
{
    if (options->since == NULL && options->until == NULL && !options->follow) {
        return CIHSM_OK;
    }
    CIHSM_TRY(refuse_misspelt(options->set, err));
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "%s has no usual time property, so all of it is read: leave --since, "
                            "--until and --follow out, or name a property with --time-property",
                            options->set);
}

/* A date that is too late is refused: when the export goes on later, it must mean the same. */
static cihsm_status lower_until(const cihsm_export_options *options, int64_t latest_s,
                                export_plan *out, cihsm_error *err)
{
    if (out->until_ago == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "--until %.40s is later than five minutes ago, so entries may "
                                "still come: leave it out to export up to then, or use --follow",
                                options->until);
    }
    out->is_lowered = true;
    out->window.to_s = latest_s;
    return CIHSM_OK;
}

static cihsm_status read_until(const cihsm_export_options *options, int64_t now_ms,
                               export_plan *out, cihsm_error *err)
{
    const int64_t latest_s = now_ms / 1000 - CIHSM_EXPORT_LAG_S;
    if (options->follow) {
        out->window.to_s = INT64_MAX;
        if (options->until != NULL) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                    "--follow has no end: leave --until out, or --follow");
        }
        return CIHSM_OK;
    }
    if (options->until == NULL) {
        out->window.to_s = latest_s;
        return text_set(&out->until_ago, "now", err);
    }
    CIHSM_TRY(
        read_moment("until", options->until, now_ms, &out->window.to_s, &out->until_ago, err));
    return out->window.to_s > latest_s ? lower_until(options, latest_s, out, err) : CIHSM_OK;
}

static cihsm_status read_window(const cihsm_export_options *options, int64_t now_ms,
                                export_plan *out, cihsm_error *err)
{
    if (out->property == NULL) {
        return refuse_window(options, err);
    }
    if (options->since == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "--since is missing: from when on is %s exported? for example "
                                "--since 7d",
                                options->set);
    }
    CIHSM_TRY(
        read_moment("since", options->since, now_ms, &out->window.from_s, &out->since_ago, err));
    CIHSM_TRY(read_until(options, now_ms, out, err));
    if (out->window.from_s >= out->window.to_s) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "--since is not before --until, which is five minutes ago at most");
    }
    return CIHSM_OK;
}

cihsm_status export_plan_make(const cihsm_export_options *options, const char *root, int64_t now_ms,
                              export_plan *out, cihsm_error *err)
{
    CIHSM_TRY(check_set(options->set, err));
    CIHSM_TRY(copy_texts(options, root, out, err));
    CIHSM_TRY(copy_query(options, out, err));
    out->format = options->format;
    CIHSM_TRY(check_select(out, err));
    return read_window(options, now_ms, out, err);
}
