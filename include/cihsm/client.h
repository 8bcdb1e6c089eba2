/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/client.h - a client of one tenant with one identity: the place where a token key, a
 * service key and a chain become OData requests over mutual TLS.
 *
 * A client is used by one thread at a time, together with its results; use one each for more.
 * Connections are kept between requests and never shared between clients, so identities are never
 * mixed. What is checked without a client (the calls named _check) may be called by any thread.
 */
#ifndef CIHSM_CLIENT_H
#define CIHSM_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/cancel.h"
#include "cihsm/error.h"
#include "cihsm/log.h"
#include "cihsm/signer.h"
#include "cihsm/time.h"
#include "cihsm/token.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

/** A client of one tenant with one identity. */
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
                                     When the token of one fails (not when a PIN is refused) the
                                     next one is tried, the first after the last, at the start and
                                     at each signature: one round each. The key that worked stays
                                     in use; a token that failed is tried again in later rounds */
    size_t clone_count;         /**< elements of clones */
    cihsm_token_config token;   /**< for External Certificate keys */
    const cihsm_signer *signer; /**< sign with this instead of a token; NULL: use the token. Taken
                                     over in every case: its release is called, on failure too */
    long connect_timeout_ms;    /**< 0: 10 s */
    long timeout_ms;            /**< for a whole request; 0: 60 s */
    size_t response_max_bytes;  /**< 0: 64 MiB */
    long retry_time_ms; /**< for how long a request may be sent again after what passes: connection
                             failures, HTTP 408, 423, 429, 502 to 504, and 500 of a GET; 0: 60 s,
                             negative: never. A write that may have been carried out is repeated
                             only where that does no harm (PUT, DELETE) */
    int pace_percent;   /**< share of the tenant's documented rate limits per user that this client
                             uses at most; 0: 80, negative: no limit */
    const char *metadata; /**< folder of cihsm_metadata_save: what is kept there tells the type of
                               dates that the documentation does not know; NULL: none */
    const cihsm_log *log; /**< borrowed for the client's life; may be NULL */
    cihsm_cancel *cancel; /**< ends requests and waits early; borrowed for the client's life; NULL:
                               nothing does */
    cihsm_auth auth;      /**< in the OAuth ways the API host sees a bearer token and no
                               certificate; the token is kept in memory only */
} cihsm_client_config;

/**
 * Reads service key and chain, checks them, opens the token and finds the key. No network yet.
 *
 * @param config  borrowed for the call
 * @param out     yours; must be freed after its results and exports
 *
 * @retval CIHSM_E_CONFIG  a file is missing or wrong; the leaf is not the service key's; expired;
 *                         the service key cannot log in that way
 * @retval CIHSM_E_USAGE   a URI is malformed
 * @retval CIHSM_E_PIN, CIHSM_E_TOKEN, CIHSM_E_CANCELED  as for cihsm_token_open
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_client_open(const cihsm_client_config *config,
                                                         cihsm_client **out, cihsm_error *err);

/** Closes connections, then key, then token; sets *client to NULL. NULL is fine. */
CIHSM_API void cihsm_client_free(cihsm_client **client);

/** @return the service root, "https://host/api/v1/", borrowed. */
CIHSM_API const char *cihsm_client_root(const cihsm_client *client);

/** An option of the URL: of the tenant's own ones, or a parameter of a function import. */
typedef struct cihsm_parameter {
    const char *name;  /**< letters, digits and "_-.", maybe with a "$" in front */
    const char *value; /**< UTF-8, unencoded */
    bool is_text;      /**< sent as the OData text 'value'; false: sent as it is (true, 5, x) */
} cihsm_parameter;

/** A half-open span of time. Start with CIHSM_WINDOW_INIT: all times. */
typedef struct cihsm_window {
    int64_t since_ms;     /**< Unix milliseconds, UTC, inclusive; CIHSM_TIME_MIN: open */
    int64_t until_ms;     /**< exclusive; CIHSM_TIME_MAX: open */
    const char *property; /**< compared with them; NULL: what the set is usually searched by (LogEnd
                               for MessageProcessingLogs) */
} cihsm_window;

/** A cihsm_window of all times. */
#define CIHSM_WINDOW_INIT                 \
    {                                     \
        CIHSM_TIME_MIN, CIHSM_TIME_MAX, 0 \
    }

/** OData query options, unencoded. Start with CIHSM_QUERY_INIT. All is borrowed for the call. */
typedef struct cihsm_query {
    const char *filter;         /**< "Status eq 'FAILED'"; texts in quotes, a quote in a text twice;
                                     NULL, here and below: not sent */
    const char *select;         /**< names with commas: "MessageGuid,LogEnd" */
    const char *expand;         /**< navigations with commas */
    const char *orderby;        /**< "LogEnd desc" */
    int64_t top;                /**< -1: not sent */
    int64_t skip;               /**< -1: not sent */
    bool inlinecount;           /**< ask for the number of all entries: cihsm_result_count */
    const char *format;         /**< $format; other than "json" the answer is CIHSM_RESULT_BYTES */
    const cihsm_window *window; /**< adds a condition to the filter; may be NULL */
    const cihsm_parameter *parameters; /**< the tenant's own options, such as keystoreName */
    size_t parameter_count;
    bool is_unchecked; /**< path and options are sent as they are, even where they are documented
                          not to work; keys are taken literally */
} cihsm_query;

/** A cihsm_query without any option. */
#define CIHSM_QUERY_INIT                     \
    {                                        \
        0, 0, 0, 0, -1, -1, 0, 0, 0, 0, 0, 0 \
    }

/**
 * Looks at a path and its options as cihsm_client_get would, without a client, so that a typing
 * error is found before a PIN is asked for. Whether an absolute URL is of the tenant shows later.
 *
 * @param path   as for cihsm_client_get
 * @param query  may be NULL
 * @retval CIHSM_E_USAGE  cannot be sent, or the set is documented to refuse it; the message says
 *                        why and what to do
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_query_check(const char *path, const cihsm_query *query,
                                                         cihsm_error *err);

/** What an answer is. */
typedef enum cihsm_result_kind {
    CIHSM_RESULT_COLLECTION = 0, /**< an array of entries, maybe with more pages */
    CIHSM_RESULT_ENTITY,         /**< one entry */
    CIHSM_RESULT_BYTES           /**< not JSON: $count, $value, $metadata, media */
} cihsm_result_kind;

/** What a path gave: pages, entries or bytes. */
typedef struct cihsm_result cihsm_result;

/**
 * GETs a path below the service root.
 *
 * Where the documentation of an entity set refuses $top or $select they are done here instead, and
 * the log says so.
 *
 * @param client  used by no other thread meanwhile
 * @param path    unencoded, for example MessageProcessingLogs('ID')/Attachments; or an absolute URL
 *                of the same origin, taken as encoded. In keys of the documented sets a number gets
 *                the suffix of its type, a text its quotes, and a hex key is made from the plain
 *                value where that is named: KeystoreEntries(Alias='my key')
 * @param query   may be NULL
 * @param out     yours; must be freed before the client
 * @retval CIHSM_E_USAGE     path or query cannot be sent; the message says why
 * @retval CIHSM_E_TLS, CIHSM_E_NETWORK, CIHSM_E_TIMEOUT, CIHSM_E_TOKEN, CIHSM_E_PIN
 * @retval CIHSM_E_REFUSED   401 or 403; the message names the likely cause
 * @retval CIHSM_E_NOT_FOUND, CIHSM_E_CONFLICT, CIHSM_E_BUSY, CIHSM_E_REJECTED, CIHSM_E_SERVER
 *                            by HTTP status, with the server's own words
 * @retval CIHSM_E_PROTOCOL  an answer that is no OData V2 JSON
 *
 * Source: docs/sap-contract.md sections 4 and 5.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_client_get(cihsm_client *client, const char *path,
                                                        const cihsm_query *query,
                                                        cihsm_result **out, cihsm_error *err);

/** How a list is read. Start with {0}. */
typedef struct cihsm_stream_options {
    int64_t limit;     /**< entries in all, over all pages; the transfer ends there. 0: all */
    int64_t page_size; /**< pages are asked for by $top and $skip, this many entries each, from
                            query.skip on, until one is empty; the order of the set must not change
                            meanwhile. Not together with query.top. 0: pages as the server makes
                            them */
} cihsm_stream_options;

/**
 * cihsm_query_check for cihsm_client_stream.
 *
 * @param path     as for cihsm_client_stream
 * @param query    may be NULL
 * @param options  may be NULL
 * @retval CIHSM_E_USAGE  cannot be sent; the message says why and what to do
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_stream_check(const char *path,
                                                          const cihsm_query *query,
                                                          const cihsm_stream_options *options,
                                                          cihsm_error *err);

/**
 * As cihsm_client_get, but a list of entries is read while it arrives, by cihsm_result_entry:
 * memory is bounded by an entry. cihsm_result_value and cihsm_result_bytes give nothing for it. Any
 * other answer is read at once. The result may be freed at any time, which ends the transfer.
 *
 * The client may be used for other requests in between, streams too: what arrives of this page
 * meanwhile is kept, up to response_max_bytes. A server without HTTP/2 then costs another
 * connection, and so another signature.
 *
 * @param client   used by no other thread meanwhile
 * @param path     as for cihsm_client_get
 * @param query    may be NULL
 * @param options  may be NULL
 * @param out      yours; must be freed before the client
 * @retval CIHSM_E_USAGE  page_size together with query.top; a negative number
 * @retval else           as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_client_stream(cihsm_client *client, const char *path,
                                                           const cihsm_query *query,
                                                           const cihsm_stream_options *options,
                                                           cihsm_result **out, cihsm_error *err);

/**
 * cihsm_query_check for cihsm_client_count.
 *
 * @param path   as for cihsm_client_count
 * @param query  may be NULL
 * @retval CIHSM_E_USAGE  cannot be sent; the message says why and what to do
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_count_check(const char *path, const cihsm_query *query,
                                                         cihsm_error *err);

/**
 * Asks how many entries a list has: GETs its $count.
 *
 * @param client  used by no other thread meanwhile
 * @param path    as for cihsm_client_get, no URL; "/$count" is put behind it
 * @param query   filter, window and parameters; may be NULL
 * @param out     number of entries
 * @retval CIHSM_E_PROTOCOL  the answer is no number
 * @retval else              as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_client_count(cihsm_client *client, const char *path,
                                                          const cihsm_query *query, int64_t *out,
                                                          cihsm_error *err);

/** @return what the answer is: which of the calls below give something. */
CIHSM_API cihsm_result_kind cihsm_result_what(const cihsm_result *result);

/**
 * @return the page as an array of entries, or the entity; borrowed until the next page or free.
 *         Int64 are strings, dates ISO 8601 UTC, __metadata and __deferred are left out.
 *         NULL for CIHSM_RESULT_BYTES.
 */
CIHSM_API const cihsm_value *cihsm_result_value(const cihsm_result *result);

/** @return the body as the server sent it, borrowed until the next page or free. */
CIHSM_API const char *cihsm_result_bytes(const cihsm_result *result, size_t *len);

/**
 * Gives the next entry of the present page of a collection, as in cihsm_result_value.
 *
 * @param result  of cihsm_client_stream or cihsm_client_get; used by the thread of its client
 * @param entry   out: borrowed until the next entry, page or free; NULL: the page is at its end, or
 *                the limit is reached
 * @retval CIHSM_E_PROTOCOL  the list is broken; the entries before were complete
 * @retval CIHSM_E_NETWORK, CIHSM_E_TIMEOUT  the list breaks off
 * @retval CIHSM_E_LIMIT     an entry has more than response_max_bytes
 * @retval CIHSM_E_STATE     the list failed before
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_result_entry(cihsm_result *result,
                                                          const cihsm_value **entry,
                                                          cihsm_error *err);

/**
 * Gives the next entry of the list, over all pages: cihsm_result_entry, and cihsm_result_next where
 * a page is at its end. Blocks while a page is fetched.
 *
 * @param result  of cihsm_client_stream or cihsm_client_get; used by the thread of its client
 * @param entry   out: borrowed until the next call or free; NULL: the list is at its end, or the
 *                limit is reached; at once if the result is no collection
 * @retval else  as for cihsm_result_entry and cihsm_result_next. Where a page could not be fetched
 *               the next call tries again
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_result_next_entry(cihsm_result *result,
                                                               const cihsm_value **entry,
                                                               cihsm_error *err);

/**
 * @return how many entries the list has on all pages, in digits, if the query asked for it
 *         (inlinecount) and the server told; NULL otherwise. Borrowed until the next page or free.
 *         Of a list that arrives it is known at the end of its page.
 */
CIHSM_API const char *cihsm_result_count(const cihsm_result *result);

/** @return true if the server has another page; of a page that arrives known at its end. */
CIHSM_API bool cihsm_result_has_more(const cihsm_result *result);

/**
 * Fetches the next page into the result. The server's link is followed as it is, but only to the
 * same origin and service root, and never twice to the same place.
 *
 * @param result  a collection; what was borrowed of its present page is gone
 * @retval CIHSM_E_STATE     there is no further page
 * @retval CIHSM_E_PROTOCOL  the link leaves the origin or repeats
 * @retval else              as for cihsm_client_get; the present page stays and the call may be
 *                           repeated
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_result_next(cihsm_result *result, cihsm_error *err);

/** Ends the transfer if it still goes on, frees, sets *result to NULL. NULL is fine. */
CIHSM_API void cihsm_result_free(cihsm_result **result);

CIHSM_END_DECLS

#endif
