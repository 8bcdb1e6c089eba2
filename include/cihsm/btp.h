/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/btp.h - what calls to services of SAP BTP other than the tenant have in common: the
 * Destination service (cihsm/enrolment.h) and Cloud Foundry.
 *
 * Plain data: threads and blocking are those of the calls that take it.
 *
 * Source: docs/sap-contract.md section 11.
 */
#ifndef CIHSM_BTP_H
#define CIHSM_BTP_H

#include "cihsm/api.h"
#include "cihsm/cancel.h"
#include "cihsm/log.h"

CIHSM_BEGIN_DECLS

/** How such a service is reached. Start with {0}. All is borrowed for the call it is given to. */
typedef struct cihsm_btp_network {
    const char *ca;          /**< PEM file of roots to trust for the server; NULL: the system's */
    long connect_timeout_ms; /**< 0: 10 s */
    long timeout_ms;         /**< for a whole request; 0: 60 s */
    long retry_time_ms;      /**< for how long a request may be sent again after what passes; 0: 60
                                  s, negative: never. One that creates something is repeated only if
                                  it was not sent */
    const cihsm_log *log;    /**< may be NULL */
    cihsm_cancel *cancel;    /**< ends requests and waits early; NULL: nothing does */
} cihsm_btp_network;

CIHSM_END_DECLS

#endif
