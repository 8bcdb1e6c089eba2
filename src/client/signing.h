/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/signing - a signer around a signer: writes the one log record per signature (key,
 * certificate, host, result), which is the evidence of what a key was used for.
 */
#ifndef CLIENT_SIGNING_H
#define CLIENT_SIGNING_H

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/log.h"
#include "cihsm/signer.h"

/** Strings are copied; the log is borrowed. */
typedef struct signing_record {
    const char *key_uri; /**< canonical URI, or a name for a caller's own signer */
    const char *serial;  /**< of the certificate, hex; "" before there is one */
    const char *purpose; /**< host of the handshake, or "csr" */
    /** Where the host stands if handshakes with several hosts are signed; borrowed for the life of
     *  the signer. NULL: it is purpose. */
    const char *const *host;
    const cihsm_log *log;
} signing_record;

/**
 * Wraps @p inner, which is taken over in every case (released on failure too).
 */
CIHSM_NODISCARD cihsm_status signing_wrap(cihsm_signer inner, const signing_record *record,
                                          cihsm_signer *out, cihsm_error *err);

/** How often the key was looked up; 0: it cannot become another one. */
unsigned long signing_lookups(const cihsm_signer *signer);

/** Releases a signer that nobody took over. */
void signing_release(cihsm_signer *signer);

#endif
