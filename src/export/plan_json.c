/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan as the first line of a checkpoint, and how two plans differ.
 */
#include "base/error.h"
#include "base/text.h"
#include "export/moment.h"
#include "export/plan.h"

#define VERSION 1

static const char *const FORMATS[] = {[CIHSM_EXPORT_JSONL] = "jsonl", [CIHSM_EXPORT_CSV] = "csv"};

/* NULL for an end that never comes. */
static const char *moment_text(int64_t seconds, char text[EXPORT_MOMENT_LEN + 1])
{
    if (seconds == INT64_MAX) {
        return NULL;
    }
    export_moment_write(seconds, text);
    return text;
}

static cihsm_status set_moment(cihsm_value *to, const char *name, int64_t seconds, cihsm_error *err)
{
    char text[EXPORT_MOMENT_LEN + 1];
    return cihsm_value_set_string(to, name, moment_text(seconds, text), err);
}

cihsm_status export_plan_write(const export_plan *plan, cihsm_value *to, cihsm_error *err)
{
    CIHSM_TRY(cihsm_value_set_number(to, "version", VERSION, err));
    CIHSM_TRY(cihsm_value_set_string(to, "set", plan->set, err));
    CIHSM_TRY(cihsm_value_set_string(to, "root", plan->root, err));
    CIHSM_TRY(cihsm_value_set_string(to, "filter", plan->filter, err));
    CIHSM_TRY(cihsm_value_set_string(to, "select", plan->select, err));
    CIHSM_TRY(cihsm_value_set_string(to, "expand", plan->expand, err));
    CIHSM_TRY(cihsm_value_set_string(to, "query", plan->query, err));
    CIHSM_TRY(cihsm_value_set_bool(to, "unchecked", plan->is_unchecked, err));
    CIHSM_TRY(cihsm_value_set_string(to, "time_property", plan->property, err));
    CIHSM_TRY(cihsm_value_set_string(to, "format", FORMATS[plan->format], err));
    if (plan->property == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(set_moment(to, "since", plan->window.from_s, err));
    CIHSM_TRY(set_moment(to, "until", plan->window.to_s, err));
    CIHSM_TRY(cihsm_value_set_string(to, "since_ago", plan->since_ago, err));
    return cihsm_value_set_string(to, "until_ago", plan->until_ago, err);
}

static const char *shown(const char *text)
{
    return text == NULL ? "none" : text;
}

static cihsm_status refuse(const char *where, const char *name, const char *before, const char *now,
                           cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "%.150s holds another export, whose %s is %.100s, not %.100s: repeat "
                            "that command to go on with it, or take another folder",
                            where, name, shown(before), shown(now));
}

static cihsm_status compare(const cihsm_value *stored, const char *name, const char *text,
                            const char *where, cihsm_error *err)
{
    const char *before = cihsm_value_get_string(stored, name);
    return text_equal(before, text) ? CIHSM_OK : refuse(where, name, before, text, err);
}

static cihsm_status compare_unchecked(const export_plan *plan, const cihsm_value *stored,
                                      const char *where, cihsm_error *err)
{
    const bool before = cihsm_value_is_true(cihsm_value_get(stored, "unchecked"));
    return before == plan->is_unchecked ? CIHSM_OK
                                        : refuse(where, "unchecked", before ? "set" : NULL,
                                                 plan->is_unchecked ? "set" : NULL, err);
}

/* One end of the window. Told as ago it counts from the first run, so that is what is compared. */
static cihsm_status compare_end(const cihsm_value *stored, const char *name, const char *ago_name,
                                int64_t seconds, const char *ago, const char *where,
                                cihsm_error *err)
{
    char text[EXPORT_MOMENT_LEN + 1];
    const char *moment = moment_text(seconds, text);
    const char *before = cihsm_value_get_string(stored, name);
    const char *ago_before = cihsm_value_get_string(stored, ago_name);
    if (ago == NULL ? text_equal(moment, before) : text_equal(ago, ago_before)) {
        return CIHSM_OK;
    }
    return refuse(where, name, ago_before == NULL ? before : ago_before, ago == NULL ? moment : ago,
                  err);
}

static cihsm_status match_window(export_plan *plan, const cihsm_value *stored, const char *where,
                                 cihsm_error *err)
{
    int64_t since_s = 0;
    int64_t until_s = INT64_MAX;
    const char *until = cihsm_value_get_string(stored, "until");
    if (!export_moment_read(cihsm_value_get_string(stored, "since"), &since_s) ||
        (until != NULL && !export_moment_read(until, &until_s)) || since_s >= until_s) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the checkpoint of %.200s has no proper window: take another "
                                "folder",
                                where);
    }
    CIHSM_TRY(compare_end(stored, "since", "since_ago", plan->window.from_s, plan->since_ago, where,
                          err));
    CIHSM_TRY(
        compare_end(stored, "until", "until_ago", plan->window.to_s, plan->until_ago, where, err));
    plan->window = (export_span){since_s, until_s};
    return CIHSM_OK;
}

cihsm_status export_plan_match(export_plan *plan, const cihsm_value *stored, const char *where,
                               cihsm_error *err)
{
    double version = 0;
    if (!cihsm_value_number(cihsm_value_get(stored, "version"), &version) || version != VERSION) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the checkpoint of %.200s is none that this version understands: "
                                "take another folder",
                                where);
    }
    CIHSM_TRY(compare(stored, "set", plan->set, where, err));
    if (plan->root != NULL) {
        CIHSM_TRY(compare(stored, "root", plan->root, where, err));
    }
    CIHSM_TRY(compare(stored, "filter", plan->filter, where, err));
    CIHSM_TRY(compare(stored, "select", plan->select, where, err));
    CIHSM_TRY(compare(stored, "expand", plan->expand, where, err));
    CIHSM_TRY(compare(stored, "query", plan->query, where, err));
    CIHSM_TRY(compare_unchecked(plan, stored, where, err));
    CIHSM_TRY(compare(stored, "time_property", plan->property, where, err));
    CIHSM_TRY(compare(stored, "format", FORMATS[plan->format], where, err));
    return plan->property == NULL ? CIHSM_OK : match_window(plan, stored, where, err);
}
