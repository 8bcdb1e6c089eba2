/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/media - what kind of body an answer has.
 */
#ifndef ODATA_MEDIA_H
#define ODATA_MEDIA_H

#include <stdbool.h>

#include "http/transport.h"

typedef enum odata_media {
    ODATA_MEDIA_OTHER = 0,
    ODATA_MEDIA_JSON,
    ODATA_MEDIA_XML,
    ODATA_MEDIA_HTML,
    ODATA_MEDIA_TEXT
} odata_media;

/** @return by the Content-Type; by the first bytes of the body if the server sent none. */
odata_media odata_media_of(const http_response *response);

/** @return true if the body begins like an HTML page, whatever its Content-Type says. */
bool odata_media_looks_html(const buffer *body);

#endif
