/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/scribe - turns a page into lines. Each thread that writes has one; it is used again for
 * each page and keeps its memory. Borrows the style.
 */
#ifndef EXPORT_SCRIBE_H
#define EXPORT_SCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"
#include "export/keys.h"
#include "export/moment.h"
#include "export/span.h"
#include "export/style.h"
#include "http/transport.h"

typedef struct export_line {
    export_key key;
    size_t end; /**< in the text: one behind its last byte */
} export_line;

typedef struct export_scribe {
    export_style *style;
    buffer text; /**< lines of the page */
    buffer lean; /**< the entry without its links */
    export_line *lines;
    size_t count;
    size_t room;
    EVP_MD_CTX *digest;
    uint64_t left_out; /**< CSV: members in no column, of all pages so far */
} export_scribe;

/** What a page is besides its lines; released by export_page_free. Start with {0}. */
typedef struct export_page {
    char *next;        /**< link as the server wrote it; NULL: none */
    bool is_ascending; /**< by the plan's time property */
    int64_t last_s;    /**< time of the last entry */
    size_t tail;       /**< the first line of that second, if ascending */
} export_page;

void export_page_free(export_page *page);

/** @param style  borrowed */
CIHSM_NODISCARD cihsm_status export_scribe_init(export_scribe *scribe, export_style *style,
                                                cihsm_error *err);
void export_scribe_free(export_scribe *scribe);

/**
 * Reads a page, a complete answer with status 2xx, into lines.
 *
 * @param within  what was asked for; entries outside are refused. Not used without a time property
 * @retval CIHSM_E_PROTOCOL  no list of entries; an entry without its time or outside
 */
CIHSM_NODISCARD cihsm_status export_scribe_read(export_scribe *scribe,
                                                const http_response *response, export_span within,
                                                export_page *out, cihsm_error *err);

#endif
