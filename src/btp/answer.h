/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btp/answer - what a service of SAP BTP says: a JSON object, or words about a refusal.
 */
#ifndef BTP_ANSWER_H
#define BTP_ANSWER_H

#include "cihsm/value.h"
#include "http/transport.h"

#define BTP_WORDS_SIZE 201 /* of a server's reason; longer ones are cut */

/** @return the status that an HTTP status of such a service stands for; CIHSM_OK for 2xx. */
cihsm_status btp_answer_status(long http);

/**
 * Parses the body.
 *
 * @param host  who answered, for the message
 * @param out   yours; json_free_wiped if it may hold a secret
 * @retval CIHSM_E_PROTOCOL  no JSON object; the message does not quote it
 */
CIHSM_NODISCARD cihsm_status btp_answer_object(const http_response *answer, const char *host,
                                               cihsm_value **out, cihsm_error *err);

/**
 * Takes the first reason out of a refusal: the members that these services are known to use, else
 * the beginning of a text that is no HTML. Escaped; "" if there is none.
 *
 * Source: errors[].detail of the Cloud Foundry V3 API; error_description and error of RFC 6749.
 * What the Destination service answers is not documented: the usual names are tried.
 */
void btp_answer_words(const http_response *answer, char out[BTP_WORDS_SIZE]);

#endif
