/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tally found, as JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "integration/message_tally.h"

/* Messages of a flow with one error text. */
typedef struct group {
    const char *error; /* NULL: not told */
    const char *last;
    int64_t count;
    const message_sample *first; /* samples of the group: all of the flow with this error */
} group;

static int by_count(const void *left, const void *right)
{
    const message_flow *a = *(const message_flow *const *)left;
    const message_flow *b = *(const message_flow *const *)right;
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return strcmp(a->id, b->id);
}

/* Pointers to the flows, those with most messages first; yours. NULL: out of memory */
static const message_flow **sorted_flows(const cihsm_message_tally *tally)
{
    const message_flow **flows = calloc(tally->flow_count + 1, sizeof *flows);
    for (size_t i = 0; flows != NULL && i < tally->flow_count; i++) {
        flows[i] = &tally->flows[i];
    }
    if (flows != NULL && tally->flow_count > 0) {
        qsort(flows, tally->flow_count, sizeof *flows, by_count);
    }
    return flows;
}

static void free_flows(const message_flow ***flows)
{
    free(*flows);
}

static cihsm_status new_row(const message_flow *flow, int64_t count, const char *last,
                            cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(row, "Flow", flow->id, err));
    CIHSM_TRY(cihsm_value_set_string(row, "Name", flow->name, err));
    CIHSM_TRY(cihsm_value_set_string(row, "Package", flow->package, err));
    CIHSM_TRY(cihsm_value_set_number(row, "Count", (double)count, err));
    CIHSM_TRY(cihsm_value_set_string(row, "Last", last, err));
    *out = CIHSM_MOVE(row);
    return CIHSM_OK;
}

/* --- flows ------------------------------------------------------------------------------- */

cihsm_status cihsm_message_tally_flows(const cihsm_message_tally *tally, cihsm_value **out,
                                       cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
    CIHSM_AUTO(free_flows) const message_flow **flows = sorted_flows(tally);
    if (rows == NULL || flows == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < tally->flow_count; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
        CIHSM_TRY(new_row(flows[i], flows[i]->count, flows[i]->last, &row, err));
        CIHSM_TRY(cihsm_value_append(rows, &row, err));
    }
    *out = CIHSM_MOVE(rows);
    return CIHSM_OK;
}

/* --- failures ---------------------------------------------------------------------------- */

static bool is_of_group(const message_sample *sample, const group *of)
{
    return sample->flow == of->first->flow && text_equal(sample->error, of->error);
}

static const char *later(const char *a, const char *b)
{
    return a == NULL || (b != NULL && strcmp(a, b) < 0) ? b : a;
}

/* Puts a sample to its group; a text that is new makes one. */
static void count_sample(const message_sample *sample, group *groups, size_t *count)
{
    size_t at = 0;
    while (at < *count && !is_of_group(sample, &groups[at])) {
        at++;
    }
    if (at == *count) {
        groups[(*count)++] = (group){.error = sample->error, .first = sample};
    }
    groups[at].count++;
    groups[at].last = later(groups[at].last, sample->end);
}

static int by_messages(const void *left, const void *right)
{
    const group *a = left;
    const group *b = right;
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return strcmp(a->error, b->error);
}

static cihsm_status set_messages(const cihsm_message_tally *tally, const group *of,
                                 cihsm_value *row, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *ids = cihsm_value_new_array();
    if (ids == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; of->first != NULL && i < tally->sample_count; i++) {
        if (is_of_group(&tally->samples[i], of)) {
            CIHSM_TRY(cihsm_value_append_string(ids, tally->samples[i].id, err));
        }
    }
    return cihsm_value_set(row, "Messages", &ids, err);
}

static cihsm_status append_group(const cihsm_message_tally *tally, const message_flow *flow,
                                 const group *of, cihsm_value *rows, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    CIHSM_TRY(new_row(flow, of->count, of->last, &row, err));
    CIHSM_TRY(cihsm_value_set_string(row, "Error", of->error, err));
    CIHSM_TRY(set_messages(tally, of, row, err));
    return cihsm_value_append(rows, &row, err);
}

/* @param groups  room for all samples of the flow */
static cihsm_status append_flow(const cihsm_message_tally *tally, const message_flow *flow,
                                group *groups, cihsm_value *rows, cihsm_error *err)
{
    size_t count = 0;
    int64_t told = 0;
    for (size_t i = 0; i < tally->sample_count; i++) {
        const message_sample *sample = &tally->samples[i];
        if (sample->error != NULL && &tally->flows[sample->flow] == flow) {
            count_sample(sample, groups, &count);
            told++;
        }
    }
    qsort(groups, count, sizeof *groups, by_messages);
    for (size_t i = 0; i < count; i++) {
        CIHSM_TRY(append_group(tally, flow, &groups[i], rows, err));
    }
    const group rest = {.count = flow->count - told, .last = told == 0 ? flow->last : NULL};
    return rest.count == 0 ? CIHSM_OK : append_group(tally, flow, &rest, rows, err);
}

static void free_groups(group **groups)
{
    free(*groups);
}

cihsm_status cihsm_message_tally_failures(const cihsm_message_tally *tally, cihsm_value **out,
                                          cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
    CIHSM_AUTO(free_flows) const message_flow **flows = sorted_flows(tally);
    CIHSM_AUTO(free_groups) group *groups = calloc(tally->sample_count + 1, sizeof *groups);
    if (rows == NULL || flows == NULL || groups == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < tally->flow_count; i++) {
        CIHSM_TRY(append_flow(tally, flows[i], groups, rows, err));
    }
    *out = CIHSM_MOVE(rows);
    return CIHSM_OK;
}
