/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/token.h - a PKCS#11 token: module loaded, token found, user logged in.
 *
 * Shared between threads: signing uses a bounded pool of sessions. The module is initialised once
 * per process and finalised when the last token of it is freed, and only if this library
 * initialised it.
 */
#ifndef CIHSM_TOKEN_H
#define CIHSM_TOKEN_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/log.h"
#include "cihsm/pin.h"

CIHSM_BEGIN_DECLS

/** A token that is logged in. */
typedef struct cihsm_token cihsm_token;

/** Strings are copied. Start with {0}. */
typedef struct cihsm_token_config {
    const char *module;      /**< path of the PKCS#11 module; loading it runs its code; required */
    const char *init_string; /**< for CK_C_INITIALIZE_ARGS.pReserved; NULL for none */
    const char *uri;         /**< RFC 7512 URI that selects exactly one token; NULL: the only one */
    cihsm_pin_fn pin;        /**< asked when a login needs a PIN; NULL: none can be had */
    cihsm_pin_offer_fn pin_offer;     /**< asked before it is shown to the token; may be NULL */
    cihsm_pin_verdict_fn pin_verdict; /**< told what the token said to it; may be NULL */
    void *pin_user;                   /**< handed to all three */
    bool pinpad;          /**< force the protected authentication path: PIN typed at the token */
    bool allow_final_try; /**< log in although the next refused PIN locks the token */
    const cihsm_log *log; /**< borrowed for the token's life; may be NULL */
    long timeout_ms;      /**< for how long an answer of the token is waited for: of one call, or of
                               all calls of a signature; 20 times as long for a new key, and at a PIN
                               pad. Calls are made in threads of their own for that. 0: 30 s;
                               negative: as long as it takes, in the caller's thread */
} cihsm_token_config;

/** Number of calls into the module, for measurements; a process-wide count of one module. */
typedef struct cihsm_token_counters {
    unsigned long calls;    /**< all PKCS#11 calls, C_GetFunctionList included */
    unsigned long sessions; /**< C_OpenSession */
    unsigned long logins;   /**< C_Login */
    unsigned long signs;    /**< C_Sign */
} cihsm_token_counters;

/**
 * Loads the module, finds the token and logs in. A refused PIN is not offered again.
 *
 * @param config  borrowed for the call
 * @param out     yours; free it after everything that signs with its keys
 * @retval CIHSM_E_CONFIG    the module cannot be loaded or is no PKCS#11 module
 * @retval CIHSM_E_USAGE     the URI is malformed or holds what is not allowed there
 * @retval CIHSM_E_TOKEN     no such token, or more than one matches (the message lists them)
 * @retval CIHSM_E_PIN       PIN missing, refused or locked
 * @retval CIHSM_E_CANCELED  the PIN callback was canceled
 * @retval CIHSM_E_TIMEOUT   the token does not answer; or did not in a call before, which has not
 *                           returned
 *
 * Source: PKCS#11 v2.40 sections 5.4 to 5.6; RFC 7512.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_token_open(const cihsm_token_config *config,
                                                        cihsm_token **out, cihsm_error *err);

/** @return the canonical RFC 7512 URI of the token, borrowed. */
CIHSM_API const char *cihsm_token_uri(const cihsm_token *token);

/** @return the counters of the token's module since the process started. */
CIHSM_API cihsm_token_counters cihsm_token_count(const cihsm_token *token);

/**
 * A call of a token that did not answer in time cannot be ended, only left: it goes on in a thread
 * of its own.
 *
 * @return true while such a call of this process has not returned; the process should end by _exit
 *         then, because exit runs the module's exit handlers while it is in use
 */
CIHSM_API bool cihsm_token_is_stuck(void);

/** Closes sessions (which logs out), sets *token to NULL. NULL is fine. */
CIHSM_API void cihsm_token_free(cihsm_token **token);

CIHSM_END_DECLS

#endif
