/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/result - what an odata_result is made of; for odata/service, odata/fetch and odata/entries
 * only.
 */
#ifndef ODATA_RESULT_H
#define ODATA_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "odata/page.h"
#include "odata/service.h"
#include "odata/stream.h"
#include "odata/stride.h"
#include "odata/visited.h"

/** One answer: what came and what was read from it. It stays in its place while it arrives. */
typedef struct odata_reading {
    odata_stream stream;       /* its response is the answer, too, where it was read at once */
    odata_page page;           /* of a list that arrives: complete at its end */
    const cihsm_value *cursor; /* the next entry of a page that was read at once */
    bool is_open;              /* entries may follow */
    bool is_broken;            /* it ended too early */
} odata_reading;

struct odata_result {
    odata_service service; /* its root is the copy below */
    char *root;
    char *path;  /* as the person wrote it, for messages */
    char *owner; /* entity set for types; NULL: not known */
    char *url;   /* of the present page */
    odata_wanted wanted;
    odata_visited visited;
    odata_reading *now;
    bool is_stream;
    odata_stride stride;
    char *select;         /* to be done here; NULL: nothing */
    int64_t limit;        /* entries in all; -1: all */
    int64_t kept;         /* entries of the pages that were read at once, up to the present one */
    int64_t given;        /* entries so far */
    int64_t given_before; /* the present page */
    unsigned empty_pages; /* one after another, each with a link to the next */
    cihsm_value *entry;   /* of a list that arrives: the last one given */
};

/** True when as many entries were given as the caller wants. */
bool odata_result_is_full(const odata_result *result);

/** GETs a URL: a list is to be read by odata_result_entry if the result is a stream; all else is
 * read at once. */
CIHSM_NODISCARD cihsm_status odata_fetch(const odata_result *result, const char *url,
                                         odata_reading **out, cihsm_error *err);

void odata_reading_free(odata_reading **reading);

#endif
