/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/log.h - where the library sends what it does.
 *
 * A log is given to each object through its configuration and borrowed; there is no global one and
 * the library never reads the environment for it. Every line passes one sink that masks PINs,
 * tokens, cookies and private keys and escapes control characters before the caller sees it.
 *
 * Threads: a line or a duration is told by the thread that does the work: of a client its own, of
 * an export and of a token with a timeout also others.
 *
 * Source: the project's own; names of the calls of a token are those of PKCS#11 v2.40 section 5.
 */
#ifndef CIHSM_LOG_H
#define CIHSM_LOG_H

#include "cihsm/api.h"

CIHSM_BEGIN_DECLS

/** How much is told; each level tells what those above it tell, too. */
typedef enum cihsm_log_level {
    CIHSM_LOG_ERROR = 0, /**< what makes a call fail */
    CIHSM_LOG_WARN,      /**< what a person should look at, although it went on */
    CIHSM_LOG_INFO,      /**< one line per signature and per request */
    CIHSM_LOG_DEBUG,     /**< decisions: which token, which key, which connection */
    CIHSM_LOG_TRACE      /**< one line per PKCS#11 call, with microseconds */
} cihsm_log_level;

/**
 * Receives one line. Called from the thread that speaks, so it must be thread-safe if objects are
 * used from several threads.
 *
 * @param component  the part that speaks: "token", "http", "auth", "odata", "query", "client",
 *                   "export"
 * @param message    one line without line feed, already masked
 */
typedef void (*cihsm_log_fn)(void *user, cihsm_log_level level, const char *component,
                             const char *message);

/** What the time of a command goes into. */
typedef enum cihsm_phase {
    CIHSM_PHASE_MODULE = 0, /**< loading, initialising and closing the PKCS#11 module */
    CIHSM_PHASE_LOGIN,      /**< C_Login */
    CIHSM_PHASE_FIND,       /**< finding slot, token and objects */
    CIHSM_PHASE_SIGN,       /**< C_SignInit and C_Sign */
    CIHSM_PHASE_TOKEN,      /**< all other calls of the token */
    CIHSM_PHASE_CONNECT,    /**< name look-up, TCP, a proxy's tunnel */
    CIHSM_PHASE_TLS,        /**< handshake, the token's signature in it included */
    CIHSM_PHASE_HTTP,       /**< from the request to the end of the answer */
    CIHSM_PHASE_WAIT,       /**< pauses before another attempt, or to stay below a rate limit */
    CIHSM_PHASE_COUNT       /**< number of phases, none itself */
} cihsm_phase;

/** Receives the duration of one call or request; from the thread that made it. */
typedef void (*cihsm_timing_fn)(void *user, cihsm_phase phase, long long microseconds);

/** Where lines and durations go. Start with {0}: nowhere. */
typedef struct cihsm_log {
    cihsm_log_fn write;    /**< NULL: silent */
    void *user;            /**< handed to write */
    cihsm_log_level level; /**< the most talkative level wanted */
    cihsm_timing_fn timed; /**< NULL: durations are not wanted; gets the same user */
} cihsm_log;

CIHSM_END_DECLS

#endif
