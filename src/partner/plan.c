/* SPDX-License-Identifier: Apache-2.0 */
#include "partner/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cihsm/scope.h"

/* A batch has at most 64 MiB here; base64 and escapes are counted in. */
#define TRANSACTION_BYTES ((uint64_t)40 * 1024 * 1024)
#define REQUEST_BYTES 4096 /* of a request, but for its value */

void cihsm_partner_plan_free(cihsm_partner_plan **plan)
{
    if (plan == NULL || *plan == NULL) {
        return;
    }
    for (size_t i = 0; i < (*plan)->count; i++) {
        partner_work_free(&(*plan)->works[i]);
    }
    free((*plan)->works);
    cihsm_value_free(&(*plan)->rows);
    free(*plan);
    *plan = NULL;
}

size_t cihsm_partner_plan_count(const cihsm_partner_plan *plan, cihsm_partner_change change)
{
    return plan->changes[change];
}

const cihsm_value *cihsm_partner_plan_rows(const cihsm_partner_plan *plan)
{
    return plan->rows;
}

/* --- what goes from one partner to another --------------------------------------------------- */

/* The partner that has it now does not delete it, and may find it gone. */
static void let_go(partner_work *of, const partner_entry *held)
{
    partner_entry *present = partner_entries_find(&of->present, held);
    size_t kept = 0;
    if (present != NULL) {
        present->is_leaving = true;
    }
    for (size_t i = 0; i < of->count; i++) {
        if (of->steps[i].wanted != NULL || of->steps[i].present != present) {
            of->steps[kept++] = of->steps[i];
        }
    }
    of->count = kept;
}

static void let_all_go(cihsm_partner_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const partner_entries *held = &plan->works[i].held;
        for (size_t j = 0; j < held->count; j++) {
            for (size_t k = 0; k < plan->count; k++) {
                if (strcmp(plan->works[k].local->partner, held->items[j]->partner) == 0) {
                    let_go(&plan->works[k], held->items[j]);
                }
            }
        }
    }
}

/* --- transactions ---------------------------------------------------------------------------- */

bool partner_step_is_in_set(const partner_step *step)
{
    return partner_step_is_sent(step) && partner_step_entry(step)->kind != CIHSM_PARTNER_CREDENTIAL;
}

static uint64_t bytes_of(const partner_step *step)
{
    const uint64_t size = step->wanted == NULL ? 0 : step->wanted->size;
    const bool is_binary = partner_step_entry(step)->kind == CIHSM_PARTNER_BINARY;
    return REQUEST_BYTES + (is_binary ? size / 3 * 4 : size * 6); /* \u0000 at worst */
}

static void number_set(cihsm_partner_plan *plan, partner_work *of)
{
    static const cihsm_partner_change ORDER[] = {CIHSM_PARTNER_DELETE, CIHSM_PARTNER_UPDATE,
                                                 CIHSM_PARTNER_CREATE};
    uint64_t bytes = TRANSACTION_BYTES; /* the first one begins a transaction */
    for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++) {
        for (size_t j = 0; j < of->count; j++) {
            partner_step *step = &of->steps[j];
            if (step->change != ORDER[i] || !partner_step_is_in_set(step)) {
                continue;
            }
            if (bytes + bytes_of(step) > TRANSACTION_BYTES) {
                plan->transactions++;
                bytes = 0;
            }
            bytes += bytes_of(step);
            step->transaction = plan->transactions;
        }
    }
}

static void number_steps(cihsm_partner_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        partner_work *of = &plan->works[i];
        number_set(plan, of);
        for (size_t j = 0; j < of->count; j++) {
            partner_step *step = &of->steps[j];
            plan->changes[step->change]++;
            if (partner_step_is_sent(step) && step->transaction == 0) {
                step->transaction = ++plan->transactions; /* a credential: a request of its own */
            }
        }
    }
}

/* --- the plan -------------------------------------------------------------------------------- */

static cihsm_status add_rows(cihsm_partner_plan *plan, cihsm_error *err)
{
    plan->rows = cihsm_value_new_array();
    if (plan->rows == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < plan->count; i++) {
        for (size_t j = 0; j < plan->works[i].count; j++) {
            CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
            CIHSM_TRY(partner_step_row(&plan->works[i].steps[j], &row, err));
            CIHSM_TRY(cihsm_value_append(plan->rows, &row, err));
        }
    }
    return CIHSM_OK;
}

static cihsm_status compare_all(cihsm_client *client, const cihsm_partner_folder *folder,
                                cihsm_partner_plan *plan, cihsm_error *err)
{
    plan->works = calloc(folder->count, sizeof *plan->works);
    if (plan->works == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < folder->count; i++) {
        plan->count++;
        CIHSM_TRY(partner_compare(client, &folder->items[i], &plan->options, false, &plan->works[i],
                                  err));
    }
    return CIHSM_OK;
}

cihsm_status cihsm_partner_plan_make(cihsm_client *client, const cihsm_partner_folder *folder,
                                     const cihsm_partner_options *options, cihsm_partner_plan **out,
                                     cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_partner_plan_free) cihsm_partner_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL) {
        return cihsm_fail_memory(err);
    }
    if (options != NULL) {
        plan->options = *options;
    }
    plan->folder = folder;
    CIHSM_TRY(compare_all(client, folder, plan, err));
    let_all_go(plan);
    number_steps(plan);
    CIHSM_TRY(add_rows(plan, err));
    *out = CIHSM_MOVE(plan);
    return CIHSM_OK;
}
