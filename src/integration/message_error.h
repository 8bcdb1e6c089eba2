/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/message_error - error texts of messages, so that those of one cause are alike.
 */
#ifndef INTEGRATION_MESSAGE_ERROR_H
#define INTEGRATION_MESSAGE_ERROR_H

#include <stddef.h>

#define MESSAGE_ERROR_MAX 4000 /* bytes of a text that count */

/**
 * Writes a text without what differs from message to message. "#" stands for words that are the
 * message's own id, that have four digits or more, or that are long and have digits; a time or a
 * number with points between its digits is one word. Shorter numbers stay: they are statuses and
 * lines. Blanks and line ends become one blank.
 *
 * @param id  of the message; may be NULL
 */
void message_error_write(const char *text, size_t len, const char *id,
                         char out[MESSAGE_ERROR_MAX + 1]);

#endif
