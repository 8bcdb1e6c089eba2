/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step of a plan as a row for people and programs.
 */
#include "base/error.h"
#include "cihsm/scope.h"
#include "partner/plan.h"

static const char *const CHANGES[] = {
    [CIHSM_PARTNER_CREATE] = "create", [CIHSM_PARTNER_UPDATE] = "update",
    [CIHSM_PARTNER_DELETE] = "delete", [CIHSM_PARTNER_KEEP] = "keep",
    [CIHSM_PARTNER_SKIP] = "skip",
};

static bool has_value(const partner_entry *entry)
{
    return entry != NULL &&
           (entry->kind == CIHSM_PARTNER_STRING || entry->kind == CIHSM_PARTNER_BINARY);
}

static cihsm_status set_key(const partner_entry *entry, cihsm_value *row, cihsm_error *err)
{
    const partner_kind *kind = partner_kind_of(entry->kind);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *key = cihsm_value_new_object();
    if (key == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < PARTNER_KEYS_MAX && kind->keys[i] != NULL; i++) {
        CIHSM_TRY(cihsm_value_set_string(key, kind->keys[i], entry->keys[i], err));
    }
    return cihsm_value_set(row, "key", &key, err);
}

static cihsm_status set_sizes(const partner_step *step, cihsm_value *row, cihsm_error *err)
{
    if (has_value(step->wanted)) {
        CIHSM_TRY(cihsm_value_set_number(row, "size", (double)step->wanted->size, err));
    }
    return has_value(step->present)
               ? cihsm_value_set_number(row, "size_before", (double)step->present->size, err)
               : CIHSM_OK;
}

cihsm_status partner_step_row(const partner_step *step, cihsm_value **out, cihsm_error *err)
{
    const partner_entry *entry = partner_step_entry(step);
    char id[PARTNER_TITLE_SIZE];
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cihsm_fail_memory(err);
    }
    partner_entry_id(entry, id, sizeof id);
    CIHSM_TRY(cihsm_value_set_string(row, "change", CHANGES[step->change], err));
    CIHSM_TRY(cihsm_value_set_string(row, "partner", entry->partner, err));
    CIHSM_TRY(cihsm_value_set_string(row, "entity", partner_kind_of(entry->kind)->noun, err));
    CIHSM_TRY(cihsm_value_set_string(row, "id", id, err));
    CIHSM_TRY(set_key(entry, row, err));
    CIHSM_TRY(set_sizes(step, row, err));
    if (step->note[0] != '\0') {
        CIHSM_TRY(cihsm_value_set_string(row, "note", step->note, err));
    }
    if (step->transaction > 0) {
        CIHSM_TRY(cihsm_value_set_number(row, "transaction", (double)step->transaction, err));
    }
    *out = CIHSM_MOVE(row);
    return CIHSM_OK;
}
