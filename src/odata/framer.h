/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/framer - finds where the entries of a page begin and end while its text arrives:
 *   {"d":{"results":[ENTRY,…],"__next":…,"__count":…}} with its members in any order,
 * {"d":[ENTRY,…]}
 *
 * It knows strings, nesting and commas only. Each entry and, at the end, the text around them go to
 * cihsm_value_parse, which together refuse all that is no JSON. It works in the text of the caller
 * and owns nothing but the envelope.
 *
 * Source: RFC 8259; docs/sap-contract.md section 5.2.
 */
#ifndef ODATA_FRAMER_H
#define ODATA_FRAMER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"

/** Where the framer stands. */
typedef enum odata_place {
    ODATA_PLACE_AROUND = 0, /**< before or behind the list */
    ODATA_PLACE_FIRST,      /**< behind "[" */
    ODATA_PLACE_COMMA,      /**< behind a comma: an entry must follow */
    ODATA_PLACE_ENTRY,      /**< in an entry */
    ODATA_PLACE_BEHIND      /**< behind an entry */
} odata_place;

/** A name that matters in the envelope. */
typedef enum odata_frame_name {
    ODATA_NAME_OTHER = 0,
    ODATA_NAME_D,
    ODATA_NAME_RESULTS
} odata_frame_name;

/** Internal state; start with odata_framer_new. Positions are bytes of the caller's text. */
typedef struct odata_framer {
    buffer envelope;       /**< the text without its entries, complete after odata_framer_end */
    size_t entries;        /**< found so far */
    bool is_list;          /**< the list began; false at the end: the answer is something else */
    bool is_other;         /**< certain before its end: not an object */
    odata_place place;     /* the rest is the framer's own */
    odata_frame_name name; /* the last one read */
    size_t at;             /* next byte to look at */
    size_t from;           /* first byte still needed */
    size_t text_from;      /* first byte of the string that is open */
    bool in_text;          /* a string is open */
    bool in_d;             /* inside the object "d" */
    unsigned depth;        /* open brackets */
    unsigned floor;        /* open brackets around the entry */
} odata_framer;

/** The text of one entry, borrowed from the caller's; NULL: none. */
typedef struct odata_span {
    const char *text;
    size_t len; /**< bytes */
} odata_span;

/** @param envelope_max  bytes of the text around the entries */
odata_framer odata_framer_new(size_t envelope_max);
void odata_framer_free(odata_framer *framer);

/**
 * Finds the next entry. The text begins where odata_framer_drop left off, and may have grown since
 * the last call.
 *
 * @param entry  out: text NULL: none is complete; go on with more text, or odata_framer_end
 *
 * @retval CIHSM_E_PROTOCOL  a comma is missing or too many, too many levels, a second list
 * @retval CIHSM_E_LIMIT     envelope_max
 */
CIHSM_NODISCARD cihsm_status odata_framer_next(odata_framer *framer, const char *text, size_t len,
                                               odata_span *entry, cihsm_error *err);

/** @return the number of bytes at the start of the text that are not needed any more; the text of
 *          the next call begins behind them. 0 until the list began. */
size_t odata_framer_drop(odata_framer *framer);

/**
 * Takes the end of the text, after a next that found nothing more.
 *
 * @retval CIHSM_E_PROTOCOL  the list is still open
 */
CIHSM_NODISCARD cihsm_status odata_framer_end(odata_framer *framer, const char *text, size_t len,
                                              cihsm_error *err);

#endif
