/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/message_seen.h"

#include <stdlib.h>

#include "cli/report.h"

enum { ROOM_LEAST = 256 };

/* FNV-1a, with the NUL so that two texts are not taken for one. */
static uint64_t add_text(uint64_t hash, const char *text)
{
    const char *at = text == NULL ? "" : text;
    do {
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    } while (*at++ != '\0');
    return hash;
}

static uint64_t number_of(const cihsm_value *entry)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    hash = add_text(hash, cihsm_value_get_string(entry, "MessageGuid"));
    hash = add_text(hash, cihsm_value_get_string(entry, "LogEnd"));
    return add_text(hash, cihsm_value_get_string(entry, "Status"));
}

static int compare(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static cihsm_status append(message_numbers *to, uint64_t number, cihsm_error *err)
{
    if (to->count == to->room) {
        const size_t wanted = to->room == 0 ? ROOM_LEAST : to->room * 2;
        uint64_t *grown = reallocarray(to->items, wanted, sizeof *grown);
        if (grown == NULL) {
            return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
        }
        to->items = grown;
        to->room = wanted;
    }
    to->items[to->count++] = number;
    return CIHSM_OK;
}

cihsm_status message_seen_note(message_seen *seen, const cihsm_value *entry, bool *is_new,
                               cihsm_error *err)
{
    const uint64_t number = number_of(entry);
    *is_new = seen->before.count == 0 || bsearch(&number, seen->before.items, seen->before.count,
                                                 sizeof number, compare) == NULL;
    return append(&seen->now, number, err);
}

cihsm_status message_seen_end(message_seen *seen, bool is_whole, cihsm_error *err)
{
    for (size_t i = 0; !is_whole && i < seen->before.count; i++) {
        CLI_TRY(append(&seen->now, seen->before.items[i], err));
    }
    const message_numbers emptied = {.items = seen->before.items, .room = seen->before.room};
    seen->before = seen->now;
    seen->now = emptied;
    if (seen->before.count > 0) {
        qsort(seen->before.items, seen->before.count, sizeof *seen->before.items, compare);
    }
    return CIHSM_OK;
}

void message_seen_free(message_seen *seen)
{
    free(seen->before.items);
    free(seen->now.items);
    *seen = (message_seen){0};
}
