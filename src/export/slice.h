/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/slice - the reading of one slice: what to ask for next, and what becomes of the answer.
 *
 * A page of a window is a whole in itself. If the tenant has more, what comes before the page's
 * last second is taken, and that second is where the next question starts: no link is followed, so
 * entries that leave the window meanwhile shift nothing. Where the page is not in order of time the
 * question is halved instead. Only a single second with more entries than a page, and a set without
 * a time property, are read by the tenant's links; of the former the entries are counted before and
 * after, and it is read again if the number is not the number of different entries.
 *
 * Used by one thread at a time. Owns its file; borrows what is in export_ground.
 */
#ifndef EXPORT_SLICE_H
#define EXPORT_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "export/checkpoint.h"
#include "export/folder.h"
#include "export/keys.h"
#include "export/part.h"
#include "export/question.h"
#include "export/scribe.h"
#include "export/span.h"
#include "http/transport.h"
#include "odata/visited.h"

#define EXPORT_PAGES_MAX 16 /**< of a file with a window; then another file begins */
#define EXPORT_READS_MAX 4  /**< of a second that changes while it is read */

/** What all slices stand on. Borrows everything. */
typedef struct export_ground {
    const char *root;
    const export_plan *plan;
    export_folder *folder;
    export_manner manner;
} export_ground;

typedef enum export_stage {
    EXPORT_STAGE_WINDOW = 0,
    EXPORT_STAGE_COUNT, /**< $count before reading by links */
    EXPORT_STAGE_LINKS,
    EXPORT_STAGE_RECOUNT /**< $count after it */
} export_stage;

/** Start with export_slice_begin; released by export_slice_end. */
typedef struct export_slice {
    const export_ground *ground;
    export_stage stage;
    export_span span;  /**< what the file is for: from its start to what is still to be asked */
    int64_t asked_s;   /**< the next question starts there; before it the file is complete */
    export_part *part; /**< NULL: no entry yet */
    export_content content;
    export_keys keys;
    char *link; /**< of the next page, absolute; NULL: the first */
    odata_visited visited;
    uint64_t counted;
    unsigned reads;
} export_slice;

/** What became of an answer. */
typedef struct export_outcome {
    bool is_done;  /**< the slice is closed: done tells what was written */
    bool has_rest; /**< rest is for another slice */
    export_record done;
    export_span rest;
} export_outcome;

/** @param span  {0} for a set without a time property */
void export_slice_begin(export_slice *slice, const export_ground *ground, export_span span);

/** Removes what is not complete. */
void export_slice_end(export_slice *slice);

/** Writes the URL to ask for; it is the caller's. */
CIHSM_NODISCARD cihsm_status export_slice_url(const export_slice *slice, char **out,
                                              cihsm_error *err);

/** @return true if the answer is a number, not a list. */
bool export_slice_counts(const export_slice *slice);

/**
 * Takes a complete answer with status 2xx.
 *
 * @retval CIHSM_E_CONFLICT  a second changed in each of EXPORT_READS_MAX readings
 * @retval CIHSM_E_PROTOCOL, CIHSM_E_IO
 */
CIHSM_NODISCARD cihsm_status export_slice_take(export_slice *slice, export_scribe *scribe,
                                               const http_response *response, export_outcome *out,
                                               cihsm_error *err);

#endif
