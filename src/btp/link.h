/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btp/link - HTTPS to one host of SAP BTP that is not the tenant: requests with JSON or a form,
 * sent again after what passes. No client certificate is shown to that host.
 *
 * Owns connections and copies of the strings; borrows login, log and cancel, which must outlive
 * it. Used by one thread at a time.
 */
#ifndef BTP_LINK_H
#define BTP_LINK_H

#include "base/clock.h"
#include "cihsm/btp.h"
#include "cihsm/secret.h"
#include "cihsm/service_key.h"
#include "cihsm/value.h"
#include "http/transport.h"

#define BTP_ANSWER_MAX_BYTES ((size_t)4 << 20)

typedef struct btp_link btp_link;

/** Borrowed for the call. At most one of json and form. */
typedef struct btp_request {
    const char *method;
    const char *url;                   /**< absolute, encoded, of the link's host */
    const cihsm_secret *authorization; /**< value of the header ("Bearer ..."); NULL: none, or
                                            that of the link's login */
    const cihsm_value *json;           /**< body; may be NULL */
    const buffer *form;                /**< body of auth/form; may be NULL */
} btp_request;

/**
 * No network yet.
 *
 * @param url    an https URL of the host; its path is ignored
 * @param login  each request gets a bearer token that was had with this: by its client secret, or
 *               by its certificate; NULL: requests bring their own authorization
 *
 * @retval CIHSM_E_USAGE   no https URL
 * @retval CIHSM_E_CONFIG  the CA file cannot be read or holds no certificate
 */
CIHSM_NODISCARD cihsm_status btp_link_open(const cihsm_btp_network *network, const char *url,
                                           const cihsm_service_key *login, btp_link **out,
                                           cihsm_error *err);

/**
 * Sends a request, Accept being JSON. Any HTTP status is a success here.
 *
 * @param answer  http_response_init with BTP_ANSWER_MAX_BYTES
 * @retval others  as for http_client_transport
 */
CIHSM_NODISCARD cihsm_status btp_link_send(btp_link *link, const btp_request *request,
                                           http_response *answer, cihsm_error *err);

/** @return "host[:port]", borrowed, for messages. */
const char *btp_link_host(const btp_link *link);

/** @return for those who wait: ended by the network's cancel. */
const clock_source *btp_link_clock(const btp_link *link);

/** Sets *link to NULL. NULL is fine. */
void btp_link_free(btp_link **link);

#endif
