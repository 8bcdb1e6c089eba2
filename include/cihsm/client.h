/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/client.h - a client of one tenant with one identity: the place where a token key, a
 * service key and a chain become OData requests over mutual TLS.
 *
 * A client is used by one thread at a time; use one each for more. Connections are kept between
 * requests and never shared between clients, so identities are never mixed.
 */
#ifndef CIHSM_CLIENT_H
#define CIHSM_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/log.h"
#include "cihsm/signer.h"
#include "cihsm/token.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

typedef struct cihsm_client cihsm_client;

/** How a client logs in. */
typedef enum cihsm_auth {
    CIHSM_AUTH_DEFAULT = 0,       /**< by the type of the service key: CERTIFICATE, or for
                                       ClientId/Secret keys OAUTH_SECRET */
    CIHSM_AUTH_CERTIFICATE,       /**< mutual TLS with the API host */
    CIHSM_AUTH_OAUTH_CERTIFICATE, /**< a token, had by mutual TLS with the token host */
    CIHSM_AUTH_OAUTH_SECRET       /**< a token, had with the client secret */
} cihsm_auth;

/** Strings are copied. Start with {0}. */
typedef struct cihsm_client_config {
    const char *service_key; /**< path of the service key file; required */
    const char *chain; /**< PEM file: leaf and intermediates; NULL: certificates on the token */
    const char *ca;    /**< PEM file of roots to trust for the server; NULL: the system's */
    const char *key;   /**< RFC 7512 URI that narrows the token's URI to one key; may be NULL */
    const char *const *clones;  /**< further keys: the same key pair on other tokens of the module;
                                     each URI names token and key, or takes the token of token.uri.
                                     Tried in order when the token of the one before fails (not when
                                     a PIN is refused), at the start and at each signature; a token
                                   that  failed is not tried again by this client */
    size_t clone_count;         /**< elements of clones */
    cihsm_token_config token;   /**< for External Certificate keys */
    const cihsm_signer *signer; /**< sign with this instead of a token; NULL: use the token. Taken
                                     over in every case: its release is called, on failure too */
    long connect_timeout_ms;    /**< 0: 10 s */
    long timeout_ms;            /**< for a whole request; 0: 60 s */
    size_t response_max_bytes;  /**< 0: 64 MiB */
    const cihsm_log *log;       /**< borrowed for the client's life; may be NULL */
    cihsm_auth auth;            /**< in the OAuth ways the API host sees a bearer token and no
                                     certificate; the token is kept in memory only */
} cihsm_client_config;

/**
 * Reads service key and chain, checks them, opens the token and finds the key. No network yet.
 *
 * @retval CIHSM_E_CONFIG  a file is missing or wrong; the leaf is not the service key's; expired;
 *                         the service key cannot log in that way
 * @retval CIHSM_E_USAGE   a URI is malformed
 * @retval CIHSM_E_PIN, CIHSM_E_TOKEN  as for cihsm_token_open
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_client_open(const cihsm_client_config *config,
                                                         cihsm_client **out, cihsm_error *err);

/** Closes connections, then key, then token; sets *client to NULL. NULL is fine. */
CIHSM_API void cihsm_client_free(cihsm_client **client);

/** @return the service root, "https://host/api/v1/", borrowed. */
CIHSM_API const char *cihsm_client_root(const cihsm_client *client);

/** OData query options, unencoded. Start with CIHSM_QUERY_INIT. Strings are borrowed. */
typedef struct cihsm_query {
    const char *filter;
    const char *select;
    const char *expand;
    const char *orderby;
    int64_t top;  /**< -1: not sent */
    int64_t skip; /**< -1: not sent */
} cihsm_query;

#define CIHSM_QUERY_INIT   \
    {                      \
        0, 0, 0, 0, -1, -1 \
    }

/**
 * Looks at a path and its options as cihsm_client_get would, without a client, so that a typing
 * error is found before a PIN is asked for. Whether an absolute URL is of the tenant shows later.
 *
 * @retval CIHSM_E_USAGE  cannot be sent; the message says why
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_query_check(const char *path, const cihsm_query *query,
                                                         cihsm_error *err);

/** What an answer is. */
typedef enum cihsm_result_kind {
    CIHSM_RESULT_COLLECTION = 0, /**< an array of entries, maybe with more pages */
    CIHSM_RESULT_ENTITY,         /**< one entry */
    CIHSM_RESULT_BYTES           /**< not JSON: $count, $value, $metadata, media */
} cihsm_result_kind;

typedef struct cihsm_result cihsm_result;

/**
 * GETs a path below the service root.
 *
 * @param path   unencoded, for example MessageProcessingLogs('ID')/Attachments; or an absolute URL
 *               of the same origin, taken as encoded
 * @param query  may be NULL
 * @param out    yours; must be freed before the client
 *
 * @retval CIHSM_E_USAGE      path or query cannot be sent; the message says why
 * @retval CIHSM_E_TLS, CIHSM_E_NETWORK, CIHSM_E_TIMEOUT, CIHSM_E_TOKEN, CIHSM_E_PIN
 * @retval CIHSM_E_REFUSED    401 or 403; the message names the likely cause
 * @retval CIHSM_E_NOT_FOUND, CIHSM_E_CONFLICT, CIHSM_E_BUSY, CIHSM_E_REJECTED, CIHSM_E_SERVER
 *                            by HTTP status, with the server's own words
 * @retval CIHSM_E_PROTOCOL   an answer that is no OData V2 JSON
 *
 * Source: docs/sap-contract.md sections 4 and 5.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_client_get(cihsm_client *client, const char *path,
                                                        const cihsm_query *query,
                                                        cihsm_result **out, cihsm_error *err);

CIHSM_API cihsm_result_kind cihsm_result_what(const cihsm_result *result);

/**
 * @return the page as an array of entries, or the entity; borrowed until the next page or free.
 *         Int64 are strings, dates ISO 8601 UTC, __metadata and __deferred are left out.
 *         NULL for CIHSM_RESULT_BYTES.
 */
CIHSM_API const cihsm_value *cihsm_result_value(const cihsm_result *result);

/** @return the body as the server sent it, borrowed until the next page or free. */
CIHSM_API const char *cihsm_result_bytes(const cihsm_result *result, size_t *len);

/** @return true if the server has another page. */
CIHSM_API bool cihsm_result_has_more(const cihsm_result *result);

/**
 * Fetches the next page into the result. The server's link is followed as it is, but only to the
 * same origin and service root, and never twice to the same place.
 *
 * @retval CIHSM_E_STATE     there is no further page
 * @retval CIHSM_E_PROTOCOL  the link leaves the origin or repeats
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_result_next(cihsm_result *result, cihsm_error *err);

CIHSM_API void cihsm_result_free(cihsm_result **result);

CIHSM_END_DECLS

#endif
