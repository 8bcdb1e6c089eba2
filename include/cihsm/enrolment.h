/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/enrolment.h - certificates of SAP Cloud Root CA for keys on a token, by the Destination
 * service: only the CSR travels, the private key stays where it is.
 *
 * Threads: any thread may call, each with a binding and a CSR of its own or a shared one; what
 * waits tells so from the thread that called.
 *
 * Source: docs/sap-contract.md section 11.2; SAP-docs/btp-connectivity, "Manage Certificates Issued
 * by the SAP Cloud Root CA".
 */
#ifndef CIHSM_ENROLMENT_H
#define CIHSM_ENROLMENT_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/btp.h"
#include "cihsm/certificate.h"
#include "cihsm/csr.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

#define CIHSM_ENROLMENT_DAYS_MAX 3650 /**< more is taken for a mistake */

/** What is to be issued, and by whom. Start with {0}. Everything is borrowed for the call. */
typedef struct cihsm_enrolment {
    const char *binding;  /**< file with the binding of a Destination service instance (plan lite):
                               flat, or in "credentials"; with clientsecret, or certificate and key;
                               required */
    const char *name;     /**< of the certificate in the Destination service: "client.pem"; required
                           */
    const char *cn;       /**< common name; the CA makes the rest of the subject; required */
    long validity_days;   /**< 0: the service decides */
    bool automatic_renew; /**< the service issues the next certificate by itself */
    const cihsm_csr *csr; /**< only its key counts: the CA overrides all else; required */
    long wait_s;          /**< for the certificate to be there; 0: 120 s */
    cihsm_certificate_rules rules; /**< what the chain is judged by */
    cihsm_btp_network network;     /**< how the service and its token server are reached */
    /** Told before each pause; may be NULL. */
    void (*waiting)(void *user, const char *what);
    void *user;
} cihsm_enrolment;

/**
 * Looks at what needs no network and no CSR, so that a mistake is found before a PIN is asked for.
 *
 * @param what  its csr is not looked at
 * @retval CIHSM_E_USAGE   name, cn, validity or waiting time are missing or cannot be sent
 * @retval CIHSM_E_CONFIG  the binding or a file of the rules cannot be read; no secret is in the
 *                         message
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_enrolment_check(const cihsm_enrolment *what,
                                                             cihsm_error *err);

/**
 * Tells the requests that cihsm_enrolment_run would send. No network; no secret is in it.
 *
 * @param what  its csr may be NULL: then a note stands in its place
 * @param out   array of objects: method, url, body (object, or null), purpose; yours
 * @retval else  as for cihsm_enrolment_check
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_enrolment_describe(const cihsm_enrolment *what,
                                                                cihsm_value **out,
                                                                cihsm_error *err);

/**
 * Has the key of the CSR certified, waits for the chain and judges it: the leaf has the CSR's
 * public key, the chain is complete up to a root that the service sent, dates and usages are right
 * for a client. Where a certificate of that name was issued for this very key before, that one is
 * taken, so that what was cut off can be done again.
 *
 * @param what  borrowed for the call
 * @param out  object: name, isNew (false: it was there), pem (leaf and intermediates, in the order
 *             of TLS), leaf, chain, root, errors, warnings and findings as of
 *             cihsm_certificate_check_file; yours. Also set with CIHSM_E_CHECK
 *
 * @retval CIHSM_E_CHECK      issued, but it would not work; findings tell why
 * @retval CIHSM_E_CONFLICT   the name is that of a certificate for another key
 * @retval CIHSM_E_REFUSED    the token server or the service refuse the binding
 * @retval CIHSM_E_REJECTED   the service does not take the order; the message has its words
 * @retval CIHSM_E_TIMEOUT    the certificate was not there after wait_s: run it again
 * @retval CIHSM_E_PROTOCOL   what was issued is no certificate, or none for the key of the CSR
 * @retval CIHSM_E_CANCELED   network.cancel was requested; run it again
 * @retval CIHSM_E_USAGE, CIHSM_E_CONFIG, CIHSM_E_NOT_FOUND, CIHSM_E_BUSY, CIHSM_E_SERVER,
 *         CIHSM_E_NETWORK, CIHSM_E_TLS
 *
 * Blocks for up to wait_s and the times of the network.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_enrolment_run(const cihsm_enrolment *what,
                                                           cihsm_value **out, cihsm_error *err);

CIHSM_END_DECLS

#endif
