/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/batch_read - the answer to a $batch: multipart/mixed with an HTTP answer in each part, and
 * with those of a change set one level below. Strict: what is not as it must be is no answer.
 *
 * Source: docs/sap-contract.md section 6.4; RFC 2046 section 5.1.
 */
#ifndef ODATA_BATCH_READ_H
#define ODATA_BATCH_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "http/transport.h"

/** One HTTP answer of a batch. Owns what it holds. */
typedef struct odata_batch_part {
    http_response response; /**< status, body, content_type, location */
    char *content_id;       /**< NULL if it has none */
    size_t group;           /**< which part of the whole answer it is or stands in, from 0 */
    bool is_in_set;         /**< that part is a change set */
} odata_batch_part;

/** Start with {0}. */
typedef struct odata_batch_reply {
    odata_batch_part *parts; /**< in the order of the answer; group never falls */
    size_t count;
    size_t room;
    size_t groups; /**< parts of the whole answer, empty change sets too */
} odata_batch_reply;

/**
 * Reads an answer.
 *
 * @param content_type  of the whole answer
 * @param parts_max     an answer with more parts is refused
 * @param out           released by odata_batch_reply_free, whatever the result
 * @retval CIHSM_E_PROTOCOL  broken or cut off; the message says at which byte, from 1
 */
CIHSM_NODISCARD cihsm_status odata_batch_read(const char *content_type, const char *body,
                                              size_t len, size_t parts_max, odata_batch_reply *out,
                                              cihsm_error *err);

void odata_batch_reply_free(odata_batch_reply *reply);

#endif
