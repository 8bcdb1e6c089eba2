/* SPDX-License-Identifier: Apache-2.0 */
#include "export/span.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void export_spans_free(export_spans *list)
{
    free(list->items);
    *list = (export_spans){0};
}

int64_t export_spans_length(const export_spans *list)
{
    int64_t sum = 0;
    for (size_t i = 0; i < list->count; i++) {
        sum += list->items[i].to_s - list->items[i].from_s;
    }
    return sum;
}

size_t export_spans_pieces(const export_spans *todo, int64_t step_s)
{
    size_t sum = 0;
    for (size_t i = 0; i < todo->count; i++) {
        const int64_t length = todo->items[i].to_s - todo->items[i].from_s;
        sum += (size_t)(length / step_s + (length % step_s != 0 ? 1 : 0));
    }
    return sum;
}

static cihsm_status insert(export_spans *list, size_t at, export_span span, cihsm_error *err)
{
    if (list->count == list->room) {
        const size_t room = list->room == 0 ? 16 : list->room * 2;
        export_span *items = realloc(list->items, room * sizeof *items);
        if (items == NULL) {
            return cihsm_fail_memory(err);
        }
        list->items = items;
        list->room = room;
    }
    memmove(list->items + at + 1, list->items + at, (list->count - at) * sizeof *list->items);
    list->items[at] = span;
    list->count++;
    return CIHSM_OK;
}

static void remove_at(export_spans *list, size_t at)
{
    list->count--;
    memmove(list->items + at, list->items + at + 1, (list->count - at) * sizeof *list->items);
}

/* The first span that ends behind @p from_s. */
static size_t place_of(const export_spans *done, int64_t from_s)
{
    size_t low = 0;
    size_t high = done->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (done->items[middle].to_s <= from_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

cihsm_status export_spans_add(export_spans *done, export_span span, bool *overlaps,
                              cihsm_error *err)
{
    const size_t at = place_of(done, span.from_s);
    *overlaps = at < done->count && done->items[at].from_s < span.to_s;
    if (*overlaps) {
        return CIHSM_OK;
    }
    const bool touches_next = at < done->count && done->items[at].from_s == span.to_s;
    const bool touches_last = at > 0 && done->items[at - 1].to_s == span.from_s;
    if (touches_last) {
        done->items[at - 1].to_s = touches_next ? done->items[at].to_s : span.to_s;
        if (touches_next) {
            remove_at(done, at);
        }
        return CIHSM_OK;
    }
    if (touches_next) {
        done->items[at].from_s = span.from_s;
        return CIHSM_OK;
    }
    return insert(done, at, span, err);
}

static cihsm_status add_gap(export_spans *out, int64_t from_s, int64_t to_s, cihsm_error *err)
{
    return from_s < to_s ? insert(out, out->count, (export_span){from_s, to_s}, err) : CIHSM_OK;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

cihsm_status export_spans_gaps(const export_spans *done, export_span window, export_spans *out,
                               cihsm_error *err)
{
    int64_t to_s = window.to_s;
    for (size_t i = done->count; i-- > 0;) {
        const export_span *here = &done->items[i];
        CIHSM_TRY(add_gap(out, most(here->to_s, window.from_s), to_s, err));
        to_s = least(to_s, here->from_s);
    }
    return add_gap(out, window.from_s, to_s, err);
}

cihsm_status export_spans_return(export_spans *todo, export_span span, unsigned pieces,
                                 cihsm_error *err)
{
    const int64_t length = span.to_s - span.from_s;
    const int64_t step = todo->count > 0 ? length : (length + pieces - 1) / pieces;
    for (int64_t to_s = span.to_s; to_s > span.from_s;) {
        /* all pieces but the last one in time have the full length */
        const int64_t from_s = span.from_s + (to_s - 1 - span.from_s) / step * step;
        CIHSM_TRY(insert(todo, todo->count, (export_span){from_s, to_s}, err));
        to_s = from_s;
    }
    return CIHSM_OK;
}

bool export_spans_take(export_spans *todo, int64_t step_s, export_span *out)
{
    if (todo->count == 0) {
        return false;
    }
    export_span *top = &todo->items[todo->count - 1];
    *out = (export_span){top->from_s, top->from_s + least(top->to_s - top->from_s, step_s)};
    top->from_s = out->to_s;
    if (top->from_s == top->to_s) {
        todo->count--;
    }
    return true;
}
