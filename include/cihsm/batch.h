/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/batch.h - many requests in one: an OData V2 $batch.
 *
 * A read stands for itself. Writes stand in change sets, which are done as a whole or not at all.
 *
 * Threads: a batch is filled by one thread at a time, and sent by its client's.
 *
 * Source: docs/sap-contract.md section 6.4.
 */
#ifndef CIHSM_BATCH_H
#define CIHSM_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/value.h"
#include "cihsm/write.h"

CIHSM_BEGIN_DECLS

/** One operation of a batch. Start with {0}. Everything is borrowed for the call. */
typedef struct cihsm_operation {
    cihsm_request request; /**< as for cihsm_client_send; its path is no absolute URL */
    size_t change_set;     /**< writes side by side with the same number are one change set; 0: a
                                write is one of its own, and a GET is in none */
} cihsm_operation;

/**
 * Looks at the operations of a batch without a client, so that a mistake is found before a PIN is
 * asked for.
 *
 * @param operations  in the order in which they are done
 * @param count       number of operations
 * @param at          out: index of the operation that is wrong, on failure; may be NULL
 * @retval CIHSM_E_USAGE  an operation cannot be sent (cihsm_request_check); a change set with a
 *                        read in it or in two places; what the tenant is documented to refuse:
 *                        several change sets that write to the Partner Directory, a user credential
 *                        parameter or a certificate-to-user mapping beside others in its change set
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_batch_check(const cihsm_operation *operations,
                                                         size_t count, size_t *at,
                                                         cihsm_error *err);

/**
 * Tells how many of the operations, from the first one on, fit into one batch.
 *
 * @param operations  in the order in which they are done
 * @param count       number of operations
 * @param most        not more than so many, but for a change set that has more: it is never cut
 * @return at least 1 if there is one
 */
CIHSM_API size_t cihsm_batch_fit(const cihsm_operation *operations, size_t count, size_t most);

/**
 * As cihsm_request_describe, for the one request that carries all operations.
 *
 * @param service_key  path of the service key file, for the URL
 * @param operations   in the order in which they are done
 * @param count        number of operations
 * @param write        gets the text in pieces
 * @retval CIHSM_E_CONFIG  the service key cannot be read
 * @retval CIHSM_E_USAGE   as for cihsm_batch_check
 * @retval else            as @p write answered
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_batch_describe(const char *service_key,
                                                            const cihsm_operation *operations,
                                                            size_t count, cihsm_write_fn write,
                                                            void *user, cihsm_error *err);

/** What the tenant said to each operation of a batch. */
typedef struct cihsm_batch cihsm_batch;

/**
 * Sends all operations as one request. Blocks until the answer is complete. Operations that fail
 * are told by cihsm_batch_error, not by the result of this call.
 *
 * @param client      used by no other thread meanwhile
 * @param operations  in the order in which they are done
 * @param count       number of operations
 * @param out         yours
 * @retval CIHSM_E_USAGE     as for cihsm_batch_check; nothing was sent
 * @retval CIHSM_E_PROTOCOL  the answer cannot be read: what was done has to be looked at
 * @retval else              as for cihsm_client_send, about the batch as a whole: nothing was done,
 *                           or the message says that it is not known
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_client_batch(cihsm_client *client,
                                                          const cihsm_operation *operations,
                                                          size_t count, cihsm_batch **out,
                                                          cihsm_error *err);

/**
 * @param at  index of the operation
 * @return why it was not done, native is the HTTP status; NULL: it was done. Of a change set that
 *         failed all operations have an error. CIHSM_E_PROTOCOL of a HTTP status below 300: it was
 *         done, but what it gave cannot be read. Borrowed from the batch.
 */
CIHSM_API const cihsm_error *cihsm_batch_error(const cihsm_batch *batch, size_t at);

/**
 * @return true if it is this operation that failed; false if it was done, failed with another one
 *         of its change set, or if the tenant did not tell which one of them failed
 */
CIHSM_API bool cihsm_batch_is_culprit(const cihsm_batch *batch, size_t at);

/** @return the HTTP status of an operation; of a change set that failed the one of its error. */
CIHSM_API long cihsm_batch_status(const cihsm_batch *batch, size_t at);

/** @return what the tenant said, borrowed from the batch; NULL where cihsm_batch_error is not. */
CIHSM_API const cihsm_answer *cihsm_batch_answer(const cihsm_batch *batch, size_t at);

/** @return true if the answer to a read is a page that another one follows. */
CIHSM_API bool cihsm_batch_has_more(const cihsm_batch *batch, size_t at);

/** Frees it with its answers, sets *batch to NULL. NULL is fine. */
CIHSM_API void cihsm_batch_free(cihsm_batch **batch);

CIHSM_END_DECLS

#endif
