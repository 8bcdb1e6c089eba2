/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/message.h - what people ask of message processing logs: which messages, how many of each
 * flow, what went wrong. No token, no network: the requests are made with cihsm/client.h.
 *
 * An object here is used by one thread at a time.
 */
#ifndef CIHSM_MESSAGE_H
#define CIHSM_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

/** @return a status that a message can have, "COMPLETED"; NULL beyond the last. */
CIHSM_API const char *cihsm_message_status(size_t at);

/** Conditions that must all hold. Start with {0}: every message. Everything is borrowed. */
typedef struct cihsm_message_criteria {
    const char *const *statuses; /**< one of them; case does not count */
    size_t status_count;
    const char *flow;           /**< id of the integration flow, not its name */
    const char *package;        /**< id of the package */
    const char *sender;         /**< Sender, exactly */
    const char *receiver;       /**< Receiver, exactly */
    const char *id;             /**< message id (MessageGuid) */
    const char *correlation_id; /**< CorrelationId, exactly */
    const char *application_id; /**< application message id */
    const char *header_name;    /**< of a custom header that the message has */
    const char *header_value;   /**< of that header; counts with header_name only */
} cihsm_message_criteria;

/** A $filter and an option of the tenant's own for MessageProcessingLogs. */
typedef struct cihsm_message_filter cihsm_message_filter;

/**
 * Writes conditions as the tenant wants them; texts may hold quotes.
 *
 * @param criteria  conditions that must all hold
 * @param out       yours
 * @retval CIHSM_E_USAGE  no such status; the message names the nearest ones
 *
 * Source: docs/sap-contract.md sections 4.4, 4.5 and 7.1.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_message_filter_new(
    const cihsm_message_criteria *criteria, cihsm_message_filter **out, cihsm_error *err);

/** Puts the conditions into a query in place of its filter and parameters; borrowed by it. */
CIHSM_API void cihsm_message_filter_apply(const cihsm_message_filter *filter, cihsm_query *query);

/** Sets *filter to NULL. NULL is fine. */
CIHSM_API void cihsm_message_filter_free(cihsm_message_filter **filter);

/**
 * Counts messages by flow and, if their error texts are given, by what went wrong. Memory is
 * bounded by the number of flows and of samples.
 */
typedef struct cihsm_message_tally cihsm_message_tally;

/**
 * Makes an empty one.
 *
 * @param samples  messages of each flow to remember: the first ones that are added
 * @param out      yours
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_message_tally_new(size_t samples,
                                                               cihsm_message_tally **out,
                                                               cihsm_error *err);

/**
 * Counts an entry of MessageProcessingLogs; IntegrationArtifact, LogEnd and MessageGuid are read.
 *
 * @param tally  counts it
 * @param entry  as cihsm_result_entry gives it; need not live on
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure; the entry is not counted
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_message_tally_add(cihsm_message_tally *tally,
                                                               const cihsm_value *entry,
                                                               cihsm_error *err);

/** @return the id of a message that is remembered, borrowed; NULL beyond the last. */
CIHSM_API const char *cihsm_message_tally_sample(const cihsm_message_tally *tally, size_t at);

/**
 * Tells the error text of a remembered message.
 *
 * @param tally  of the message
 * @param at     as for cihsm_message_tally_sample
 * @param text   @p len bytes, of which the first 4000 count; none: the message has no error text
 * @retval CIHSM_E_ARGUMENT  there is no such sample
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_message_tally_explain(cihsm_message_tally *tally,
                                                                   size_t at, const char *text,
                                                                   size_t len, cihsm_error *err);

/**
 * Gives the flows, those with most messages first.
 *
 * @param tally  stays as it is
 * @param out    array, yours, of {"Flow","Name","Package","Count","Last"}; Last is the latest
 *               LogEnd
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_message_tally_flows(const cihsm_message_tally *tally,
                                                                 cihsm_value **out,
                                                                 cihsm_error *err);

/**
 * Gives the flows with their error texts, those with most messages first. Texts of one flow that
 * differ only in ids, times and numbers of four digits or more are one.
 *
 * @param tally  stays as it is
 * @param out    array, yours, of {"Flow","Name","Package","Count","Last","Error","Messages"}: Error
 *               is the text with "#" for what differs, "" where there is none, null for the
 *               messages of the flow whose texts were not told; Messages are ids of those that were
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status
cihsm_message_tally_failures(const cihsm_message_tally *tally, cihsm_value **out, cihsm_error *err);

/** Sets *tally to NULL. NULL is fine. */
CIHSM_API void cihsm_message_tally_free(cihsm_message_tally **tally);

CIHSM_END_DECLS

#endif
