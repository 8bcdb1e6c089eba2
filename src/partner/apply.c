/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what a plan says.
 *
 * Source: docs/sap-contract.md section 6.4.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/batch.h"
#include "cihsm/scope.h"
#include "partner/local.h"
#include "partner/plan.h"
#include "partner/refusal.h"
#include "partner/remote.h"
#include "partner/request.h"

/* A plan that is done. */
typedef struct applying {
    cihsm_client *client;
    const cihsm_partner_plan *plan;
    cihsm_partner_applied *report;
} applying;

/* --- was it changed meanwhile ---------------------------------------------------------------- */

static cihsm_status fail_changed(const partner_entry *entry, cihsm_error *err)
{
    char title[PARTNER_TITLE_SIZE];
    partner_entry_title(entry, title);
    return cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                            "%.250s was changed on the tenant since the plan was made, so nothing "
                            "of %.80s was sent: run it again",
                            title, entry->partner);
}

/* Each of one list is in the other; what goes to another partner may be gone. */
static cihsm_status compare_present(const partner_entries *before, const partner_entries *now,
                                    cihsm_error *err)
{
    for (size_t i = 0; i < before->count; i++) {
        const partner_entry *one = before->items[i];
        const partner_entry *other = partner_entries_find(now, one);
        if (!one->is_leaving && (other == NULL || !partner_entry_is_same(one, other))) {
            return fail_changed(one, err);
        }
    }
    for (size_t i = 0; i < now->count; i++) {
        if (partner_entries_find(before, now->items[i]) == NULL) {
            return fail_changed(now->items[i], err);
        }
    }
    return CIHSM_OK;
}

static cihsm_status check_unchanged(const applying *of, const partner_work *work, cihsm_error *err)
{
    CIHSM_AUTO(partner_entries_free) partner_entries now = {0};
    CIHSM_TRY(partner_remote_read(of->client, work->local->partner, false, &now, err));
    return compare_present(&work->present, &now, err);
}

/* --- change sets ----------------------------------------------------------------------------- */

/* The steps of a transaction with their requests. */
typedef struct change_set {
    const partner_step **steps;
    partner_request *requests;
    cihsm_operation *operations;
    size_t count;
} change_set;

static void free_change_set(change_set *of)
{
    for (size_t i = 0; of->requests != NULL && i < of->count; i++) {
        partner_request_free(&of->requests[i]);
    }
    free(of->requests);
    free(of->operations);
    free(of->steps);
}

/* Deleted first: what replaces something finds its place free. */
static void collect(const partner_work *work, size_t transaction, change_set *out)
{
    static const cihsm_partner_change ORDER[] = {CIHSM_PARTNER_DELETE, CIHSM_PARTNER_UPDATE,
                                                 CIHSM_PARTNER_CREATE};
    for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++) {
        for (size_t j = 0; j < work->count; j++) {
            const partner_step *step = &work->steps[j];
            if (step->transaction == transaction && step->change == ORDER[i]) {
                out->steps[out->count++] = step;
            }
        }
    }
}

static cihsm_status make_change_set(const applying *of, const partner_work *work,
                                    size_t transaction, change_set *out, cihsm_error *err)
{
    out->steps = calloc(work->count, sizeof(partner_step *));
    out->requests = calloc(work->count, sizeof *out->requests);
    out->operations = calloc(work->count, sizeof *out->operations);
    if (out->steps == NULL || out->requests == NULL || out->operations == NULL) {
        return cihsm_fail_memory(err);
    }
    collect(work, transaction, out);
    for (size_t i = 0; i < out->count; i++) {
        CIHSM_TRY(partner_request_make(out->steps[i], of->plan->options.modifier, &out->requests[i],
                                       err));
        out->operations[i] = (cihsm_operation){out->requests[i].request, 1};
    }
    return CIHSM_OK;
}

static cihsm_status check_batch(const change_set *set, const cihsm_batch *batch, cihsm_error *err)
{
    size_t failed = set->count;
    for (size_t i = 0; i < set->count; i++) {
        if (cihsm_batch_error(batch, i) != NULL &&
            (failed == set->count || cihsm_batch_is_culprit(batch, i))) {
            failed = i;
        }
    }
    if (failed == set->count) {
        return CIHSM_OK;
    }
    return partner_fail_refused(cihsm_batch_is_culprit(batch, failed) ? set->steps[failed] : NULL,
                                set->steps[0], set->count, cihsm_batch_error(batch, failed), err);
}

static cihsm_status send_change_set(const applying *of, const partner_work *work,
                                    size_t transaction, cihsm_error *err)
{
    CIHSM_AUTO(free_change_set) change_set set = {0};
    CIHSM_AUTO(cihsm_batch_free) cihsm_batch *batch = NULL;
    CIHSM_TRY(make_change_set(of, work, transaction, &set, err));
    CIHSM_TRY(cihsm_client_batch(of->client, set.operations, set.count, &batch, err));
    CIHSM_TRY(check_batch(&set, batch, err));
    of->report->changes += set.count;
    of->report->transactions++;
    return CIHSM_OK;
}

/* --- credentials ----------------------------------------------------------------------------- */

static cihsm_status send_credential(const applying *of, const partner_step *step, cihsm_error *err)
{
    CIHSM_AUTO(partner_request_free) partner_request request = {0};
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    cihsm_error why = {0};
    CIHSM_TRY(partner_request_make(step, of->plan->options.modifier, &request, err));
    if (cihsm_client_send(of->client, &request.request, &answer, &why) != CIHSM_OK) {
        return partner_fail_refused(step, step, 1, &why, err);
    }
    of->report->changes++;
    of->report->transactions++;
    return CIHSM_OK;
}

/* --- partners -------------------------------------------------------------------------------- */

static size_t count_changes(const partner_work *work)
{
    size_t count = 0;
    for (size_t i = 0; i < work->count; i++) {
        count += partner_step_is_sent(&work->steps[i]) ? 1 : 0;
    }
    return count;
}

/* The numbers of the transactions of its change sets; first > last: it has none. */
static void find_sets(const partner_work *work, size_t *first, size_t *last)
{
    *first = SIZE_MAX;
    *last = 0;
    for (size_t i = 0; i < work->count; i++) {
        const partner_step *step = &work->steps[i];
        if (partner_step_is_in_set(step)) {
            *first = step->transaction < *first ? step->transaction : *first;
            *last = step->transaction > *last ? step->transaction : *last;
        }
    }
}

static cihsm_status apply_one(const applying *of, const partner_work *work, cihsm_error *err)
{
    size_t first = 0;
    size_t last = 0;
    CIHSM_TRY(check_unchanged(of, work, err));
    find_sets(work, &first, &last);
    for (size_t at = first; at <= last; at++) {
        CIHSM_TRY(send_change_set(of, work, at, err));
    }
    for (size_t i = 0; i < work->count; i++) {
        const partner_step *step = &work->steps[i];
        if (partner_step_is_sent(step) && !partner_step_is_in_set(step)) {
            CIHSM_TRY(send_credential(of, step, err));
        }
    }
    if (of->plan->options.done != NULL) {
        of->plan->options.done(of->plan->options.user, work->local->partner, count_changes(work));
    }
    return CIHSM_OK;
}

/* Reads again: the tenant may have answered well and kept something else. */
static cihsm_status verify(const applying *of, const partner_work *work, cihsm_error *err)
{
    CIHSM_AUTO(partner_work_free) partner_work now = {0};
    CIHSM_TRY(partner_compare(of->client, work->local, &of->plan->options, true, &now, err));
    for (size_t i = 0; i < now.count; i++) {
        if (partner_step_is_sent(&now.steps[i])) {
            char title[PARTNER_TITLE_SIZE];
            partner_entry_title(partner_step_entry(&now.steps[i]), title);
            return cihsm_fail_plain(err, CIHSM_E_CHECK,
                                    "all was sent, and read again %.250s still differs: somebody "
                                    "changed it meanwhile, or the tenant keeps it in another form",
                                    title);
        }
    }
    return CIHSM_OK;
}

cihsm_status cihsm_partner_apply(cihsm_client *client, const cihsm_partner_plan *plan,
                                 cihsm_partner_applied *report, cihsm_error *err)
{
    cihsm_error_clear(err);
    *report = (cihsm_partner_applied){0};
    CIHSM_TRY(partner_lock_alone(&plan->folder->lock, err));
    const applying of = {client, plan, report};
    for (size_t i = 0; i < plan->count; i++) {
        if (count_changes(&plan->works[i]) > 0) {
            CIHSM_TRY(apply_one(&of, &plan->works[i], err));
        }
    }
    for (size_t i = 0; i < plan->count; i++) {
        if (count_changes(&plan->works[i]) > 0) {
            CIHSM_TRY(verify(&of, &plan->works[i], err));
        }
    }
    return CIHSM_OK;
}
