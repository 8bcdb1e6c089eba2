/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/batch_write - the body of a $batch: multipart/mixed with an HTTP request in each part, and
 * with writes in change sets one level below.
 *
 * Source: docs/sap-contract.md section 6.4; RFC 2046 section 5.1.
 */
#ifndef ODATA_BATCH_WRITE_H
#define ODATA_BATCH_WRITE_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/batch.h"
#include "cihsm/error.h"
#include "odata/write.h"

#define ODATA_BATCH_STEM_SIZE 33 /* 32 hexadecimal digits and a NUL */

/** A $batch as it goes out, but for the CSRF token. Start with {0}. */
typedef struct odata_batch_message {
    odata_message message;
    char *content_type;
} odata_batch_message;

/**
 * @return the index behind the operations that go into the same part as the one @p at: those of its
 *         change set, or it alone
 */
size_t odata_batch_group_end(const cihsm_operation *operations, size_t count, size_t at);

/**
 * Makes the message. Operations of a change set carry their number, from 1, as Content-ID.
 *
 * @param stem  random text for the boundaries; changed where it stands in the content
 * @param at    out: which operation is wrong, on failure
 * @param out   released by odata_batch_message_free, whatever the result; stays in its place
 * @retval CIHSM_E_USAGE  an operation cannot be sent
 * @retval CIHSM_E_LIMIT  all of them together are too large
 */
CIHSM_NODISCARD cihsm_status odata_batch_message_make(const char *root,
                                                      const cihsm_operation *operations,
                                                      size_t count, const char *stem, size_t *at,
                                                      odata_batch_message *out, cihsm_error *err);

void odata_batch_message_free(odata_batch_message *message);

#endif
