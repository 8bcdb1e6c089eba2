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

static cihsm_status set_moment(cihsm_value *to, const char *name, int64_t seconds, cihsm_error *err)
{
    char text[EXPORT_MOMENT_LEN + 1];
    export_moment_write(seconds, text);
    return cihsm_value_set_string(to, name, text, err);
}

cihsm_status export_plan_write(const export_plan *plan, cihsm_value *to, cihsm_error *err)
{
    CIHSM_TRY(cihsm_value_set_number(to, "version", VERSION, err));
    CIHSM_TRY(cihsm_value_set_string(to, "set", plan->set, err));
    CIHSM_TRY(cihsm_value_set_string(to, "root", plan->root, err));
    CIHSM_TRY(cihsm_value_set_string(to, "filter", plan->filter, err));
    CIHSM_TRY(cihsm_value_set_string(to, "select", plan->select, err));
    CIHSM_TRY(cihsm_value_set_string(to, "expand", plan->expand, err));
    CIHSM_TRY(cihsm_value_set_string(to, "time_property", plan->property, err));
    CIHSM_TRY(cihsm_value_set_string(to, "format", FORMATS[plan->format], err));
    if (plan->property == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(set_moment(to, "since", plan->window.from_s, err));
    if (export_plan_follows(plan)) {
        return cihsm_value_set_string(to, "until", NULL, err);
    }
    return set_moment(to, "until", plan->window.to_s, err);
}

static const char *shown(const char *text)
{
    return text == NULL ? "none" : text;
}

static cihsm_status compare(const cihsm_value *stored, const char *name, const char *text,
                            const char *where, cihsm_error *err)
{
    const char *before = cihsm_value_get_string(stored, name);
    if (text_equal(before, text)) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "%.150s holds another export, whose %s is %.100s, not %.100s: repeat "
                            "that command to go on with it, or take another folder",
                            where, name, shown(before), shown(text));
}

static cihsm_status compare_moment(const cihsm_value *stored, const char *name, int64_t seconds,
                                   const char *where, cihsm_error *err)
{
    char text[EXPORT_MOMENT_LEN + 1];
    export_moment_write(seconds, text);
    return compare(stored, name, text, where, err);
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
    if (!plan->is_since_ago) {
        CIHSM_TRY(compare_moment(stored, "since", plan->window.from_s, where, err));
    }
    if (export_plan_follows(plan) || until == NULL) {
        CIHSM_TRY(
            compare(stored, "until", export_plan_follows(plan) ? NULL : "a moment", where, err));
    } else if (!plan->is_until_ago) {
        CIHSM_TRY(compare_moment(stored, "until", plan->window.to_s, where, err));
    }
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
    CIHSM_TRY(compare(stored, "time_property", plan->property, where, err));
    CIHSM_TRY(compare(stored, "format", FORMATS[plan->format], where, err));
    return plan->property == NULL ? CIHSM_OK : match_window(plan, stored, where, err);
}
