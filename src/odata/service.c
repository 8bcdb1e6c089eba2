/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/url.h"
#include "odata/page.h"
#include "odata/path.h"
#include "odata/uri.h"
#include "odata/visited.h"

#define RESPONSE_MAX_DEFAULT ((size_t)64 * 1024 * 1024)

/* One answer: the body as it came and what was read from it. */
typedef struct answer {
    http_response response;
    odata_page page;
} answer;

struct odata_result {
    odata_service service; /* its root is the copy below */
    char *root;
    char *path;  /* as the person wrote it, for messages */
    char *owner; /* entity set for types; NULL: not known */
    char *url;   /* of the present page */
    odata_wanted wanted;
    odata_visited visited;
    answer now;
};

static void answer_init(answer *of, size_t max)
{
    *of = (answer){0};
    http_response_init(&of->response, max);
}

static void answer_free(answer *of)
{
    odata_page_free(&of->page);
    http_response_free(&of->response);
}

static size_t response_max(const odata_service *service)
{
    return service->response_max_bytes == 0 ? RESPONSE_MAX_DEFAULT : service->response_max_bytes;
}

static bool path_ends(const char *url, const char *segment)
{
    const size_t len = strcspn(url, "?");
    const size_t tail = strlen(segment);
    return len >= tail && strncmp(url + len - tail, segment, tail) == 0;
}

static odata_wanted wanted_of(const char *url)
{
    if (path_ends(url, "/$metadata")) {
        return ODATA_WANT_METADATA;
    }
    return path_ends(url, "/$value") || path_ends(url, "/$count") ? ODATA_WANT_RAW
                                                                  : ODATA_WANT_ENTRIES;
}

static const char *accept_of(odata_wanted wanted)
{
    switch (wanted) {
    case ODATA_WANT_METADATA:
        return "application/xml";
    case ODATA_WANT_RAW:
        return "*/*";
    case ODATA_WANT_ENTRIES:
        break;
    }
    return "application/json";
}

static cihsm_status send_get(const odata_result *result, const char *url, answer *out,
                             cihsm_error *err)
{
    const http_header headers[] = {
        {"Accept", accept_of(result->wanted)},
        {"DataServiceVersion", "2.0"},
        {"MaxDataServiceVersion", "2.0"},
    };
    const http_request request = {
        .method = "GET",
        .url = url,
        .headers = headers,
        .header_count = sizeof headers / sizeof *headers,
    };
    const http_transport *transport = &result->service.transport;
    CIHSM_TRY(transport->send(transport->context, &request, &out->response, err));
    if (!odata_is_success(out->response.status)) {
        return odata_fail(&result->service.hint, result->path, &out->response, err);
    }
    return CIHSM_OK;
}

static cihsm_status fetch(const odata_result *result, const char *url, answer *out,
                          cihsm_error *err)
{
    CIHSM_TRY(send_get(result, url, out, err));
    CIHSM_TRY(odata_page_parse(&out->response, result->wanted, &out->page, err));
    if (out->page.is_odata) {
        CIHSM_TRY(odata_tidy(out->page.value, result->owner, &result->service.types, err));
    }
    log_line(result->service.log, CIHSM_LOG_DEBUG, "odata", "%s: %zu bytes, %zu entries%s",
             result->path, out->response.body.len,
             out->page.kind == CIHSM_RESULT_COLLECTION ? cihsm_value_count(out->page.value) : 0,
             out->page.next == NULL ? "" : ", more follow");
    return CIHSM_OK;
}

/* The set of a path of one segment. What a navigation leads to is for the server's type names. */
static cihsm_status set_owner(odata_result *result, const char *path, cihsm_error *err)
{
    odata_segment first;
    odata_segment second;
    const char *cursor = path;
    if (!odata_path_next(&cursor, &first) || odata_path_next(&cursor, &second)) {
        return CIHSM_OK;
    }
    return text_format(&result->owner, err, "%.*s", (int)first.name_len, first.name);
}

static cihsm_status copy_service(odata_result *result, const odata_service *service,
                                 cihsm_error *err)
{
    result->service = *service;
    CIHSM_TRY(text_set(&result->root, service->root, err));
    result->service.root = result->root;
    return CIHSM_OK;
}

cihsm_status odata_result_open(const odata_service *service, const char *path,
                               const cihsm_query *query, odata_result **out, cihsm_error *err)
{
    CIHSM_AUTO(odata_result_free) odata_result *result = calloc(1, sizeof *result);
    if (result == NULL) {
        return cihsm_fail_memory(err);
    }
    answer_init(&result->now, response_max(service));
    CIHSM_TRY(copy_service(result, service, err));
    CIHSM_TRY(text_set(&result->path, path, err));
    CIHSM_TRY(set_owner(result, path, err));
    CIHSM_TRY(odata_uri_build(result->root, path, query, &result->url, err));
    result->wanted = wanted_of(result->url);
    CIHSM_TRY(odata_visited_add(&result->visited, result->url, err));
    CIHSM_TRY(fetch(result, result->url, &result->now, err));
    *out = CIHSM_MOVE(result);
    return CIHSM_OK;
}

cihsm_result_kind odata_result_what(const odata_result *result)
{
    return result->now.page.kind;
}

const cihsm_value *odata_result_value(const odata_result *result)
{
    return result->now.page.value;
}

const char *odata_result_bytes(const odata_result *result, size_t *len)
{
    *len = result->now.response.body.len;
    return buffer_text(&result->now.response.body);
}

bool odata_result_has_more(const odata_result *result)
{
    return result->now.page.next != NULL;
}

const char *odata_result_content_type(const odata_result *result)
{
    return result->now.response.content_type;
}

const char *odata_result_count(const odata_result *result)
{
    return result->now.page.count;
}

/* Makes an absolute URL of the server's link and refuses what must not be followed. */
static cihsm_status next_url(const odata_result *result, char **out, cihsm_error *err)
{
    const char *link = result->now.page.next;
    cihsm_error why = {0};
    bool below = false;
    if (http_url_resolve(result->url, link, out, &why) != CIHSM_OK ||
        odata_uri_is_below(result->root, *out, &below, &why) != CIHSM_OK) {
        const bool no_memory = why.status == CIHSM_E_NO_MEMORY;
        return cihsm_fail_plain(err, no_memory ? why.status : CIHSM_E_PROTOCOL,
                                "the server's link to the next page cannot be followed: %s",
                                why.message); /* not shown: it may hold a password */
    }
    if (!below) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the server's link to the next page leads out of %.120s to %.200s; "
                                "not followed",
                                result->root, link);
    }
    if (odata_visited_has(&result->visited, *out)) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the server's link to the next page repeats: %.200s; narrow the "
                                "query with --filter instead",
                                link);
    }
    return CIHSM_OK;
}

cihsm_status odata_result_next(odata_result *result, cihsm_error *err)
{
    if (result->now.page.next == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_STATE, "there is no further page");
    }
    CIHSM_AUTO(text_free) char *url = NULL;
    CIHSM_TRY(next_url(result, &url, err));
    CIHSM_AUTO(answer_free) answer fresh;
    answer_init(&fresh, response_max(&result->service));
    CIHSM_TRY(fetch(result, url, &fresh, err));
    if (fresh.page.kind != CIHSM_RESULT_COLLECTION) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the server's next page of %.120s is no list of entries",
                                result->path);
    }
    CIHSM_TRY(odata_visited_add(&result->visited, url, err));
    const answer before = result->now;
    result->now = fresh;
    fresh = before; /* released here */
    free(result->url);
    result->url = CIHSM_MOVE(url);
    return CIHSM_OK;
}

void odata_result_free(odata_result **result)
{
    if (result == NULL || *result == NULL) {
        return;
    }
    odata_result *old = *result;
    *result = NULL;
    answer_free(&old->now);
    odata_visited_free(&old->visited);
    text_free(&old->root);
    text_free(&old->path);
    text_free(&old->owner);
    text_free(&old->url);
    free(old);
}
