/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/pin.h - where a PIN comes from. Never from argv, never from a PKCS#11 URI.
 *
 * Threads: callbacks come from the thread that logs in, one at a time for each token. env: changes
 * the environment, so no other thread may read it meanwhile.
 *
 * Source: PKCS#11 v2.40 section 5.6, C_Login; RFC 7512 section 2.4 (why no PIN stands in a URI);
 * systemd.exec(5), "Credentials" (cred:); docs/adr/0017 and 0021.
 */
#ifndef CIHSM_PIN_H
#define CIHSM_PIN_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/secret.h"

CIHSM_BEGIN_DECLS

/** Whose PIN is wanted. */
typedef enum cihsm_pin_kind {
    CIHSM_PIN_USER = 0,   /**< for signing */
    CIHSM_PIN_OFFICER,    /**< the security officer's, for administration */
    CIHSM_PIN_NEW_USER,   /**< the one to be set; have a person type it twice */
    CIHSM_PIN_NEW_OFFICER /**< the same for a token without a security officer PIN */
} cihsm_pin_kind;

/** What a PIN callback is told. All strings are borrowed for the call. */
typedef struct cihsm_pin_request {
    const char *token_label;  /**< UTF-8, blanks trimmed */
    const char *token_serial; /**< UTF-8, blanks trimmed */
    bool count_low;           /**< the token says that a PIN was refused before */
    bool final_try;           /**< the next refused PIN locks the token */
    bool was_taken;      /**< offer and verdict: the token took this PIN before in this process,
                              and has lost the login since */
    cihsm_pin_kind kind; /**< whose PIN it is */
} cihsm_pin_request;

/**
 * Gives the PIN. Called at most once per login, right before it, never again after a refusal.
 *
 * @param out  the PIN, taken over by the library
 * @retval CIHSM_E_PIN       none can be had; the message says what to do
 * @retval CIHSM_E_CANCELED  the person declined
 */
typedef cihsm_status (*cihsm_pin_fn)(void *user, const cihsm_pin_request *request,
                                     cihsm_secret **out, cihsm_error *err);

/**
 * Asked right before a PIN that the callback gave is shown to the token; not for a PIN typed at the
 * token itself. No other PIN is shown by this process before the verdict, so log in nowhere here.
 *
 * @return CIHSM_OK: show it; pin_verdict is called next, once, from the same thread. Else it is not
 *         shown, and that is what the login fails with
 */
typedef cihsm_status (*cihsm_pin_offer_fn)(void *user, const cihsm_pin_request *request,
                                           cihsm_error *err);

/** What became of a PIN that was shown to a token. */
typedef enum cihsm_pin_verdict {
    CIHSM_PIN_TAKEN = 0,  /**< it is right */
    CIHSM_PIN_REFUSED,    /**< as wrong */
    CIHSM_PIN_IN_DOUBT,   /**< by CKR_GENERAL_ERROR, which may hide a refusal (docs/adr/0017) */
    CIHSM_PIN_UNANSWERED, /**< the call did not return in time; it goes on, and may be a try */
    CIHSM_PIN_NOT_JUDGED  /**< the token spoke of something else: it was unplugged, say */
} cihsm_pin_verdict;

/** Told what the token said to a PIN that was offered; also that it took a new one. */
typedef void (*cihsm_pin_verdict_fn)(void *user, const cihsm_pin_request *request,
                                     cihsm_pin_verdict verdict);

/**
 * Reads a secret from a source that needs no terminal:
 *
 *   file:PATH  regular file, owned by us or root, no access for group and others, at most 256
 *              bytes; one trailing line feed is dropped; not followed if a symbolic link
 *   fd:N       descriptor N up to end of file, same size and line feed rule
 *   env:NAME   environment variable; overwritten in place after reading
 *   cred:NAME  systemd credential: file NAME in $CREDENTIALS_DIRECTORY
 *
 * "prompt" and "pinpad" are for the caller to handle.
 *
 * @param source  one of the forms above
 * @param out     yours
 * @retval CIHSM_E_PIN    the source is missing, unsafe or empty, holds a NUL or ends in a carriage
 *                        return
 * @retval CIHSM_E_USAGE  not one of the forms above
 * @retval CIHSM_E_CANCELED  a signal whose handler has no SA_RESTART came while a pipe, a socket or
 *                           a terminal behind fd:N was waited for
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_pin_read(const char *source, cihsm_secret **out,
                                                      cihsm_error *err);

/**
 * A cihsm_pin_fn for programs that ask nobody: cihsm_pin_read whatever PIN is wanted.
 *
 * @param user     the source, a text that outlives the token (const char *, not changed); NULL is
 *                 answered by CIHSM_E_PIN
 * @param request  not looked at
 * @param out      yours
 * @retval else  as for cihsm_pin_read
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_pin_from_source(void *user,
                                                             const cihsm_pin_request *request,
                                                             cihsm_secret **out, cihsm_error *err);

CIHSM_END_DECLS

#endif
