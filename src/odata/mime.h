/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/mime - the pieces of a multipart document: lines, header blocks, delimiters. Line ends are
 * CRLF or LF. Borrows everything but where it says so.
 *
 * Source: RFC 2045 section 5.1, RFC 2046 section 5.1, RFC 5322 section 2.2.
 */
#ifndef ODATA_MIME_H
#define ODATA_MIME_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

#define ODATA_BOUNDARY_SIZE 71                  /* 70 characters and a NUL */
#define ODATA_MIME_HEAD_MAX ((size_t)16 * 1024) /* bytes of one header block */

/** Bytes from @p at to before @p end. */
typedef struct odata_mime {
    const char *at;
    const char *end;
} odata_mime;

/** What a line is to a boundary. */
typedef enum odata_delimiter {
    ODATA_DELIMITER_NONE = 0,
    ODATA_DELIMITER_NEXT, /**< "--boundary": another part follows */
    ODATA_DELIMITER_LAST  /**< "--boundary--": it was the last one */
} odata_delimiter;

/** Takes the next line without its end. @return false at the end of the bytes */
bool odata_mime_line(odata_mime *from, odata_mime *line);

/** @return what a whole line is; blanks at its end do not matter */
odata_delimiter odata_mime_delimiter(const odata_mime *line, const char *boundary);

/**
 * Takes a header block with the empty line that ends it.
 *
 * @retval CIHSM_E_PROTOCOL  it does not end, is too long, or a line is no header; the message is
 *                           one clause without a place
 */
CIHSM_NODISCARD cihsm_status odata_mime_head(odata_mime *from, odata_mime *head, cihsm_error *err);

/**
 * Copies the value of a header, on one line.
 *
 * @param head  from odata_mime_head
 * @param out   yours (text_free), must be NULL or is freed first; NULL if there is none
 * @retval CIHSM_E_PROTOCOL  it stands there twice, or holds a NUL
 */
CIHSM_NODISCARD cihsm_status odata_mime_header(const odata_mime *head, const char *name, char **out,
                                               cihsm_error *err);

/** @return true if a Content-Type is that media type, whatever its parameters; NULL is none. */
bool odata_mime_is(const char *content_type, const char *media_type);

/**
 * Reads the boundary of a Content-Type.
 *
 * @retval CIHSM_E_PROTOCOL  it has none, two, or one that cannot be
 */
CIHSM_NODISCARD cihsm_status odata_mime_boundary(const char *content_type,
                                                 char out[ODATA_BOUNDARY_SIZE], cihsm_error *err);

#endif
