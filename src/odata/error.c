/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/error.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "odata/error_text.h"
#include "odata/media.h"

#define PATH_SIZE 96 /* longer paths are cut */

typedef struct status_row {
    long http;
    cihsm_status status;
    const char *reason; /* shown where the server says nothing */
    const char *action;
} status_row;

/* Statuses with a meaning of their own; the first row of a class stands for the rest of it. */
static const status_row STATUSES[] = {
    {400, CIHSM_E_REJECTED, "bad request", "check the path, its keys and the query options"},
    {401, CIHSM_E_REFUSED, "not authenticated",
     "the certificate is in no service key, or the load balancer dropped it; run "
     "\"cihsm doctor\""},
    {403, CIHSM_E_REFUSED, "not allowed",
     "the service instance lacks a role for this resource (a new role can take an hour to work)"},
    {404, CIHSM_E_NOT_FOUND, "not found",
     "check name and key; an access policy can hide an artifact"},
    {405, CIHSM_E_REJECTED, "method not allowed", "the resource does not offer this operation"},
    {409, CIHSM_E_CONFLICT, "conflict", "it exists already or is in use"},
    {412, CIHSM_E_CONFLICT, "changed meanwhile", "read it again, then repeat"},
    {413, CIHSM_E_REJECTED, "too large", "the content is larger than the server takes"},
    {415, CIHSM_E_REJECTED, "content type not accepted", "check the type of the content"},
    {423, CIHSM_E_BUSY, "locked", "someone else works on it; try again later"},
    {429, CIHSM_E_BUSY, "rate limit exceeded", "try again later, with fewer calls at once"},
    {500, CIHSM_E_SERVER, "server error",
     "this server answers 500 to wrong keys or a missing filter too: check those, then try again"},
    {501, CIHSM_E_REJECTED, "not implemented",
     "this resource does not offer the operation or one of the query options; leave them out"},
    {502, CIHSM_E_SERVER, "bad gateway", "try again later"},
    {503, CIHSM_E_SERVER, "unavailable", "try again later"},
    {504, CIHSM_E_SERVER, "gateway timeout",
     "narrow the query with --filter or --top, or try later"},
};

/* Where the general advice for a write is another one. */
static const struct {
    long http;
    const char *action;
} WRITE_ACTIONS[] = {
    {400, "check the key, and the names and values of the properties"},
    {409,
     "what is to be created exists already, or what is to be changed does not; or it is in use"},
    {415, "tell the type of the content with --content-type"},
    {500,
     "this server answers 500 to wrong or missing properties and to what exists already: check "
     "those, then try again"},
    {501, "this resource does not offer the operation"},
};

static const char ROUTE_ACTION[] =
    "this is no API host; use the url of a service key of plan api, not the runtime (-rt) or web "
    "address";

static const status_row OTHER_4XX = {0, CIHSM_E_REJECTED, "request not accepted",
                                     "check the path, its keys and the query options"};
static const status_row OTHER_5XX = {0, CIHSM_E_SERVER, "server error", "try again later"};
static const status_row REDIRECT = {
    0, CIHSM_E_PROTOCOL, "redirected, perhaps to a login page",
    "check that the url of the service key is the API host of plan api"};
static const status_row STRANGE = {0, CIHSM_E_PROTOCOL, "no answer to this request",
                                   "check that the url of the service key is the API host"};

static const status_row *row_of(long http)
{
    for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++) {
        if (STATUSES[i].http == http) {
            return &STATUSES[i];
        }
    }
    switch (http / 100) {
    case 3:
        return &REDIRECT;
    case 4:
        return &OTHER_4XX;
    case 5:
        return &OTHER_5XX;
    default:
        return &STRANGE;
    }
}

bool odata_is_success(long http_status)
{
    return http_status >= 200 && http_status <= 299;
}

cihsm_status odata_status_of(long http_status)
{
    return row_of(http_status)->status;
}

bool odata_is_request_fault(const http_response *response)
{
    const odata_media media = odata_media_of(response);
    if (response->status != 500 || (media != ODATA_MEDIA_JSON && media != ODATA_MEDIA_XML)) {
        return false;
    }
    char words[ODATA_WORDS_SIZE];
    odata_error_words(response, words);
    return *words != '\0' && strcasestr(words, "internal server error") == NULL;
}

/* What the platform's router says about a host name that nobody serves. */
static bool is_unknown_route(long http, const char *words)
{
    return http == 404 && strcasestr(words, "route") != NULL &&
           strcasestr(words, "does not exist") != NULL;
}

static const char *general_action(bool is_write, long http, const status_row *row)
{
    for (size_t i = 0; is_write && i < sizeof WRITE_ACTIONS / sizeof *WRITE_ACTIONS; i++) {
        if (WRITE_ACTIONS[i].http == http) {
            return WRITE_ACTIONS[i].action;
        }
    }
    return row->action;
}

/* The caller's advice, or NULL. Where it cannot be had the general one serves: the answer of the
 * tenant is the failure to report. */
static char *ask_caller(const odata_hint *hint, long http, const char *path)
{
    char *advice = NULL;
    if ((http != 401 && http != 403 && http != 404) || hint->write == NULL) {
        return NULL;
    }
    if (hint->write(hint->user, http, path, &advice, NULL) != CIHSM_OK) {
        text_free(&advice);
    }
    return advice;
}

cihsm_status odata_fail(const odata_hint *hint, const char *path, const http_response *response,
                        cihsm_error *err)
{
    const status_row *row = row_of(response->status);
    char words[ODATA_WORDS_SIZE];
    odata_error_words(response, words);
    char shown[PATH_SIZE];
    text_escape(shown, sizeof shown, *path == '\0' ? "/" : path, *path == '\0' ? 1 : strlen(path));
    char wait[HTTP_NOTE_SIZE + 2] = "";
    if (response->note[0] != '\0') {
        snprintf(wait, sizeof wait, "; %s", response->note);
    } else if (response->retry_after_s > 0) {
        snprintf(wait, sizeof wait, "; the server asks to wait %ld s", response->retry_after_s);
    }
    const bool is_route = is_unknown_route(response->status, words);
    CIHSM_AUTO(text_free)
    char *advice = is_route ? NULL : ask_caller(hint, response->status, path);
    const char *general =
        is_route ? ROUTE_ACTION : general_action(hint->is_write, response->status, row);
    return cihsm_fail(err, row->status, CIHSM_FROM_HTTP, (unsigned long)response->status,
                      "%ld from tenant: %s (%s)%s; %s", response->status,
                      *words == '\0' ? row->reason : words, shown, wait,
                      advice == NULL ? general : advice);
}
