/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/doctor.h - the layered diagnosis: why a call to the tenant does not work, one cause and one
 * action.
 *
 * Threads: any thread may look; callbacks come from the one that called. Two looks at the same
 * time ask the token twice.
 */
#ifndef CIHSM_DOCTOR_H
#define CIHSM_DOCTOR_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

/** Start with {0}. Strings are borrowed for the call. */
typedef struct cihsm_doctor_options {
    const char *resource; /**< path below the service root to ask for ("MessageProcessingLogs"), so
                               that its role is checked; NULL: the service document */
    const char *lb_roots; /**< PEM file with the roots that the load balancer accepts; NULL: not
                               known, so not checked */
    long warn_days;       /**< an end of a certificate within so many days is a warning */
    long wait_s;          /**< repeat the network part until it is well or so many seconds are over:
                               new service keys and roles take time; 0: look once */
    long pause_s;         /**< between two looks; 0: 15 s */
    /** Told before each pause: layer that fails and why; may be NULL. */
    void (*waiting)(void *user, const char *layer, const char *what);
    void *user;
} cihsm_doctor_options;

/**
 * Looks at each layer from the bottom: configuration, module, token, pin, login, key, mechanisms,
 * certificate, lint, chain, service-key, proxy, connect, interception, tls, oauth, http, role,
 * csrf, clock. Reads only. The PIN is asked for at most once, and never when the token says that
 * the next refused PIN locks it.
 *
 * @param config   as for cihsm_client_open. Its signer is not supported; of several keys the first
 *                 is examined
 * @param options  what to look at; may be NULL
 * @param out      object, yours: well (bool), failed (name of the first layer that failed, null if
 *                 none), for (the resource), url (of the API), milliseconds, and layers: array of
 *                 layer, state ("ok", "warn", "fail", "skipped"), what (found, or why it was
 *                 skipped), action (null if there is nothing to do), milliseconds. A layer is
 *                 skipped when one that it needs failed, or when this kind of service key does
 *                 without it. Never a secret
 * @retval CIHSM_OK           it was examined, whatever was found
 * @retval CIHSM_E_USAGE      the resource is none of the API
 * @retval CIHSM_E_NOT_FOUND  it is, but has no such navigation
 * @retval CIHSM_E_ARGUMENT   a signer of one's own was given
 *
 * Source: docs/sap-contract.md sections 1 and 10. Blocks for the timeouts of the configuration.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_doctor_run(const cihsm_client_config *config,
                                                        const cihsm_doctor_options *options,
                                                        cihsm_value **out, cihsm_error *err);

/**
 * Makes a copy of a report for others to read: serial numbers and labels in PKCS#11 URIs and what
 * follows "Bearer" are masked, names of hosts and certificates are kept.
 *
 * @param report  of cihsm_doctor_run; stays as it is
 * @param out     yours
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_doctor_redact(const cihsm_value *report,
                                                           cihsm_value **out, cihsm_error *err);

/**
 * Tells which libraries are in use, for a report of a defect.
 *
 * @param out  object: the version of each by its name, as it runs or, where a library has no call
 *             for that, as it was compiled against; HTTP/2 (bool); yours
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_doctor_libraries(cihsm_value **out, cihsm_error *err);

CIHSM_END_DECLS

#endif
