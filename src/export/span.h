/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/span - half-open spans of time in whole seconds since 1970, UTC, and lists of them: what
 * is done, and what is left to do. Plain data; a list owns its items.
 */
#ifndef EXPORT_SPAN_H
#define EXPORT_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

typedef struct export_span {
    int64_t from_s; /**< inclusive */
    int64_t to_s;   /**< exclusive */
} export_span;

/** Start with {0}. */
typedef struct export_spans {
    export_span *items;
    size_t count;
    size_t room;
} export_spans;

void export_spans_free(export_spans *list);

/** @return how often export_spans_take gives one. @p step_s is not 0 */
size_t export_spans_pieces(const export_spans *todo, int64_t step_s);

/** @return seconds of all spans together. */
int64_t export_spans_length(const export_spans *list);

/**
 * Adds what is done to a list in order of time; spans that touch become one.
 *
 * @param overlaps  out: true if a part of it was done already; then nothing is added
 */
CIHSM_NODISCARD cihsm_status export_spans_add(export_spans *done, export_span span, bool *overlaps,
                                              cihsm_error *err);

/** Puts what of @p window is not in @p done into @p out (empty), the earliest last. */
CIHSM_NODISCARD cihsm_status export_spans_gaps(const export_spans *done, export_span window,
                                               export_spans *out, cihsm_error *err);

/** Puts a span back on top; if it is the only one, in pieces, so that several can go on with it. */
CIHSM_NODISCARD cihsm_status export_spans_return(export_spans *todo, export_span span,
                                                 unsigned pieces, cihsm_error *err);

/** Takes the top one, of which at most @p step_s seconds. @return false if there is none */
bool export_spans_take(export_spans *todo, int64_t step_s, export_span *out);

#endif
