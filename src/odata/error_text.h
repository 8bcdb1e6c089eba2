/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/error_text - the server's own words out of an error answer of any shape.
 */
#ifndef ODATA_ERROR_TEXT_H
#define ODATA_ERROR_TEXT_H

#include <stddef.h>

#include "http/transport.h"

#define ODATA_WORDS_SIZE 208 /* about 200 bytes are shown */

/**
 * Finds the message in JSON ({"error":{"message":{"value"}}}, {"error":{"message"}},
 * {"message"}, {"error_description"}, {"error"}), XML (<error><message>), HTML (<title>) or plain
 * text; "" if there is none. One line, valid UTF-8 without control characters, cut.
 */
void odata_error_words(const http_response *response, char out[ODATA_WORDS_SIZE]);

#endif
