/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btp/destination - certificates of a subaccount in the Destination service, which SAP Cloud Root
 * CA signs. Source: docs/sap-contract.md section 11.2.
 */
#ifndef BTP_DESTINATION_H
#define BTP_DESTINATION_H

#include "btp/link.h"

/** A certificate to be issued. Borrowed for the call. */
typedef struct destination_order {
    const char *name;     /**< of the certificate in the service: "client.pem" */
    const char *cn;       /**< common name; the service makes the rest of the subject */
    long validity_days;   /**< 0: the service decides */
    bool automatic_renew; /**< the service issues the next one by itself */
    const buffer *csr;    /**< PEM; only its key counts */
} destination_order;

/** Makes the body of the request. @param out  object; yours */
CIHSM_NODISCARD cihsm_status destination_body(const destination_order *order, cihsm_value **out,
                                              cihsm_error *err);

/**
 * Makes the address of the certificates, or of one.
 *
 * @param uri   of the binding
 * @param name  NULL: of all
 */
CIHSM_NODISCARD cihsm_status destination_url(const char *uri, const char *name, char **out,
                                             cihsm_error *err);

/**
 * Has a certificate issued.
 *
 * @param link     with the binding as login
 * @param binding  of the service
 *
 * @retval CIHSM_E_CONFLICT  there is a certificate of that name
 * @retval CIHSM_E_REFUSED, CIHSM_E_REJECTED, CIHSM_E_NOT_FOUND, CIHSM_E_BUSY, CIHSM_E_SERVER  by
 *         HTTP status, with the service's words and what to do
 * @retval others  as for btp_link_send
 */
CIHSM_NODISCARD cihsm_status destination_order_send(btp_link *link,
                                                    const cihsm_service_key *binding,
                                                    const destination_order *order,
                                                    cihsm_error *err);

/**
 * Fetches the chain of a certificate.
 *
 * @param pem  what "Content" stands for is appended
 *
 * @retval CIHSM_E_NOT_FOUND  there is none of that name, or not yet
 * @retval CIHSM_E_PROTOCOL   there is no Content, or it is no base64
 * @retval others             as for destination_order_send
 */
CIHSM_NODISCARD cihsm_status destination_fetch(btp_link *link, const cihsm_service_key *binding,
                                               const char *name, buffer *pem, cihsm_error *err);

#endif
