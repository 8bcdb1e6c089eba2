/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/error.h - status and error object.
 *
 * Every fallible call returns a cihsm_status and takes a caller-owned cihsm_error last (NULL is
 * allowed). The error lives where the caller put it: no heap, no thread-local, nothing stale.
 *
 * What holds for every function of these headers, so that no comment repeats it:
 *
 *     texts      UTF-8 and a NUL at the end, borrowed for the call; so are objects behind const
 *     T **out    set on success only, unless the comment says more; then it is yours, and freed by
 *                the function of its type that ends in _free
 *     user       handed to the callback beside it
 *     err        cleared on entry, filled on failure; may be NULL
 *     NAME_count number of elements that NAME points to; 0: none, and NAME may be NULL
 *
 * "@retval else" names the function whose statuses are returned too: those of a token stand at
 * cihsm_token_open, those of a request at cihsm_client_get. CIHSM_E_NO_MEMORY can come of each
 * call; CIHSM_E_INTERNAL, a defect of this library, should come of none.
 *
 * Threads: any may call; an error belongs to one at a time.
 *
 * Source: the project's own. What native holds is defined by errno(3), PKCS#11 v2.40 (CK_RV),
 * OpenSSL's ERR_get_error(3), libcurl-errors(3) and RFC 9110.
 */
#ifndef CIHSM_ERROR_H
#define CIHSM_ERROR_H

#include "cihsm/api.h"

CIHSM_BEGIN_DECLS

/** What the caller can do about it. A new value needs a caller that would act differently. */
typedef enum cihsm_status {
    CIHSM_OK = 0,      /**< done */
    CIHSM_E_ARGUMENT,  /**< the call itself is wrong; the program must change */
    CIHSM_E_NO_MEMORY, /**< out of memory */
    CIHSM_E_STATE,     /**< not possible in the present state of the object */
    CIHSM_E_USAGE,     /**< what the person typed cannot be done */
    CIHSM_E_CONFIG,    /**< configuration, service key, certificate or another local file */
    CIHSM_E_PIN,       /**< PIN missing, refused or locked; never retried */
    CIHSM_E_TOKEN,     /**< module, token or key: not there, ambiguous or failed */
    CIHSM_E_TLS,       /**< TLS failed: trust, host name, client certificate */
    CIHSM_E_NETWORK,   /**< no connection, or connection lost */
    CIHSM_E_TIMEOUT,   /**< no answer in time; the outcome of a write is unknown */
    CIHSM_E_BUSY,      /**< locked, or over the rate limit (HTTP 423, 429); later it may work */
    CIHSM_E_REFUSED,   /**< not authenticated or not allowed (HTTP 401, 403) */
    CIHSM_E_NOT_FOUND, /**< HTTP 404 */
    CIHSM_E_CONFLICT,  /**< exists already or was changed (HTTP 409, 412) */
    CIHSM_E_REJECTED,  /**< the server does not accept the request (other HTTP 4xx, 501) */
    CIHSM_E_SERVER,    /**< the server failed (other HTTP 5xx) */
    CIHSM_E_PROTOCOL,  /**< an answer that breaks the protocol */
    CIHSM_E_LIMIT,     /**< a limit of this library was reached (sizes, depth) */
    CIHSM_E_CHECK,     /**< a check ran and found something wrong */
    CIHSM_E_CANCELED,  /**< canceled by the caller or the person */
    CIHSM_E_IO,        /**< reading or writing a local file or stream failed */
    CIHSM_E_INTERNAL   /**< a defect in this library */
} cihsm_status;

/** Who spoke first; tells what cihsm_error.native is. */
typedef enum cihsm_origin {
    CIHSM_FROM_LIBRARY = 0, /**< native is 0 */
    CIHSM_FROM_SYSTEM,      /**< native is an errno */
    CIHSM_FROM_TOKEN,       /**< native is a CK_RV */
    CIHSM_FROM_OPENSSL,     /**< native is an OpenSSL error code */
    CIHSM_FROM_CURL,        /**< native is a CURLcode */
    CIHSM_FROM_HTTP         /**< native is an HTTP status */
} cihsm_origin;

#define CIHSM_ERROR_MESSAGE_MAX 512 /**< bytes, terminating NUL included */

/** Start with {0}. Public functions clear it on entry, but for those that change a cihsm_value; the
 *  first failure inside a call wins. */
typedef struct cihsm_error {
    cihsm_status status;                   /**< what the call returned */
    cihsm_origin origin;                   /**< who spoke first */
    unsigned long native;                  /**< their code; by origin */
    char message[CIHSM_ERROR_MESSAGE_MAX]; /**< one line, no secret, no trailing full stop */
} cihsm_error;

/**
 * Records a failure, for functions of yours that the library calls and for code around it:
 * "return cihsm_error_set(...)". An error that is set already is kept; control characters of the
 * text are escaped, and too long a text ends in "...".
 *
 * @param err     may be NULL
 * @param status  any but CIHSM_OK
 * @param format  as for printf
 * @return status
 */
CIHSM_API CIHSM_PRINTF(3, 4) cihsm_status
    cihsm_error_set(cihsm_error *err, cihsm_status status, const char *format, ...);

/** @return the name, for example "CIHSM_E_PIN"; never NULL. */
CIHSM_API const char *cihsm_status_name(cihsm_status status);

/** @return a short sentence for a status; never NULL. */
CIHSM_API const char *cihsm_status_text(cihsm_status status);

/**
 * @return the exit code of the command line for a status: 0 done, 1 other, 2 usage,
 *         3 configuration, 4 PIN, 5 token, 6 network or TLS, 7 refused, 8 not found, 9 conflict,
 *         10 server error, 11 bad answer, 12 timeout, locked or rate limit, 13 check failed
 */
CIHSM_API int cihsm_status_exit_code(cihsm_status status);

CIHSM_END_DECLS

#endif
