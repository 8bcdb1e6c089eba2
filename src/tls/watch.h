/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls/watch - what happened on the newest TLS connection of one http client.
 * Owns nothing: plain data, start with {0}. Written by the callbacks that tls_policy_apply
 * installs, in the thread of that client; must outlive every SSL_CTX it was given to.
 */
#ifndef TLS_WATCH_H
#define TLS_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#define TLS_WATCH_NAMES_MAX 200 /**< bytes, NUL included */

typedef struct tls_watch {
    bool is_new;       /**< a connection was begun since the last reset */
    bool is_done;      /**< its handshake was completed */
    bool resumed;      /**< by a TLS session kept from before: nothing to sign */
    bool has_identity; /**< a client certificate was configured */
    bool asked_for_certificate;
    bool withheld;                      /**< the peer is not the host our certificate is for */
    bool sent_certificate;              /**< the Certificate message written was not empty */
    bool proved_possession;             /**< CertificateVerify was written */
    bool no_shared_signature_algorithm; /**< the peer accepts none that the key can make */
    bool issuer_is_listed;              /**< an issuer of our chain is among the names sent */
    int version;                        /**< TLS1_2_VERSION, …; 0: the handshake is not done */
    int alert_received;                 /**< description number of RFC 8446 section 6, 0: none */
    int alert_sent;                     /**< the same; close_notify is never recorded */
    int ca_name_count;                  /**< issuers the peer accepts; 0: it named none */
    char
        ca_names[TLS_WATCH_NAMES_MAX]; /**< the first few, for people; control characters escaped */
    const void *newest; /**< of tls/policy: tells an old connection's events from the newest's */
} tls_watch;

/** Before each request: forgets all but which connection is the newest. */
void tls_watch_reset(tls_watch *watch);

/**
 * True if no request may be sent: a new connection asked for our certificate, and nothing was
 * signed. libssl leaves a client certificate out without a word when it cannot use the key.
 */
bool tls_watch_must_abort(const tls_watch *watch);

/** Writes one sentence for people: what the server asked for and what it got. */
void tls_watch_explain(const tls_watch *watch, char *out, size_t size);

#endif
