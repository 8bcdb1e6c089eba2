/* SPDX-License-Identifier: Apache-2.0 */
#include "export/keys.h"

#include <stdlib.h>

#include "base/error.h"

#define FIRST_SIZE ((size_t)2048)

/* Where a key is, or the free slot where it belongs. A key is random enough to be its own hash. */
static export_key *slot_of(const export_keys_table *table, export_key key)
{
    size_t at = (size_t)key.a & (table->size - 1);
    for (;;) {
        export_key *here = &table->slots[at];
        if ((here->a == key.a && here->b == key.b) || (here->a == 0 && here->b == 0)) {
            return here;
        }
        at = (at + 1) & (table->size - 1);
    }
}

static bool has(const export_keys_table *table, export_key key)
{
    if (table->size == 0) {
        return false;
    }
    const export_key *here = slot_of(table, key);
    return here->a != 0 || here->b != 0;
}

static cihsm_status grow(export_keys_table *table, cihsm_error *err)
{
    const export_keys_table before = *table;
    export_keys_table larger = {.size = before.size == 0 ? FIRST_SIZE : before.size * 2,
                                .count = before.count};
    larger.slots = calloc(larger.size, sizeof *larger.slots);
    if (larger.slots == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < before.size; i++) {
        const export_key key = before.slots[i];
        if (key.a != 0 || key.b != 0) {
            *slot_of(&larger, key) = key;
        }
    }
    free(before.slots);
    *table = larger;
    return CIHSM_OK;
}

cihsm_status export_keys_add(export_keys *keys, export_key key, bool *is_new, cihsm_error *err)
{
    *is_new = !has(&keys->young, key) && !has(&keys->old, key);
    if (!*is_new) {
        return CIHSM_OK;
    }
    if (keys->young.count == EXPORT_KEYS_MIN) {
        free(keys->old.slots);
        keys->old = keys->young;
        keys->young = (export_keys_table){0};
    }
    if (keys->young.count * 2 >= keys->young.size) {
        CIHSM_TRY(grow(&keys->young, err));
    }
    *slot_of(&keys->young, key) = key;
    keys->young.count++;
    return CIHSM_OK;
}

void export_keys_free(export_keys *keys)
{
    free(keys->young.slots);
    free(keys->old.slots);
    *keys = (export_keys){0};
}
