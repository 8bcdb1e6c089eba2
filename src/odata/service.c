/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/url.h"
#include "odata/path.h"
#include "odata/result.h"
#include "odata/uri.h"

#define EMPTY_PAGES_MAX 1000 /* one after another */

static bool path_ends(const char *url, const char *segment)
{
    const size_t len = strcspn(url, "?");
    const size_t tail = strlen(segment);
    return len >= tail && strncmp(url + len - tail, segment, tail) == 0;
}

static odata_wanted wanted_of(const char *url, const cihsm_query *query)
{
    const char *format = query == NULL ? NULL : query->format;
    if (path_ends(url, "/$metadata")) {
        return ODATA_WANT_METADATA;
    }
    if (path_ends(url, "/$count")) {
        return ODATA_WANT_COUNT;
    }
    const bool is_raw =
        path_ends(url, "/$value") || (format != NULL && strcmp(format, "json") != 0);
    return is_raw ? ODATA_WANT_RAW : ODATA_WANT_ENTRIES;
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
    CIHSM_TRY(text_set(&result->select, service->narrow.select, err));
    result->service.root = result->root;
    result->limit = service->narrow.has_top ? service->narrow.top : -1;
    return CIHSM_OK;
}

/* Cuts a page that was read at once behind the last entry that is wanted. */
static void cut_page(odata_result *result)
{
    odata_page *page = &result->now->page;
    if (result->is_stream || result->limit < 0 || page->kind != CIHSM_RESULT_COLLECTION) {
        return;
    }
    const size_t kept = odata_keep(page->value, (size_t)(result->limit - result->kept));
    result->kept += (int64_t)kept;
    result->now->cursor = cihsm_value_first(page->value);
}

static cihsm_status check_options(const cihsm_query *query, const cihsm_stream_options *options,
                                  cihsm_error *err)
{
    if (options->limit < 0 || options->page_size < 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "--limit and --page-size are not negative");
    }
    if (options->page_size > 0 && query->top >= 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "--page-size pages by $top itself; use --limit instead of --top");
    }
    return CIHSM_OK;
}

/* Pages by the client begin at --skip. */
static cihsm_status build_stride(odata_result *result, const cihsm_query *query, int64_t size,
                                 cihsm_error *err)
{
    cihsm_query base = *query;
    base.skip = -1;
    result->stride.size = size;
    result->stride.skip = query->skip < 0 ? 0 : query->skip;
    CIHSM_TRY(odata_uri_build(result->root, result->path, &base, &result->stride.base, err));
    return odata_stride_url(&result->stride, &result->url, err);
}

static cihsm_status build_url(odata_result *result, const cihsm_query *query,
                              const cihsm_stream_options *options, cihsm_error *err)
{
    if (options == NULL) {
        return odata_uri_build(result->root, result->path, query, &result->url, err);
    }
    const cihsm_query none = CIHSM_QUERY_INIT;
    query = query == NULL ? &none : query;
    CIHSM_TRY(check_options(query, options, err));
    result->is_stream = true;
    if (options->limit > 0 && (result->limit < 0 || options->limit < result->limit)) {
        result->limit = options->limit;
    }
    if (options->page_size > 0) {
        return build_stride(result, query, options->page_size, err);
    }
    return odata_uri_build(result->root, result->path, query, &result->url, err);
}

static cihsm_status open_result(const odata_service *service, const char *path,
                                const cihsm_query *query, const cihsm_stream_options *options,
                                odata_result **out, cihsm_error *err)
{
    CIHSM_AUTO(odata_result_free) odata_result *result = calloc(1, sizeof *result);
    if (result == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(copy_service(result, service, err));
    CIHSM_TRY(text_set(&result->path, path, err));
    CIHSM_TRY(set_owner(result, path, err));
    CIHSM_TRY(build_url(result, query, options, err));
    result->wanted = wanted_of(result->url, query);
    CIHSM_TRY(odata_visited_add(&result->visited, result->url, err));
    CIHSM_TRY(odata_fetch(result, result->url, &result->now, err));
    cut_page(result);
    *out = CIHSM_MOVE(result);
    return CIHSM_OK;
}

cihsm_status odata_result_open(const odata_service *service, const char *path,
                               const cihsm_query *query, odata_result **out, cihsm_error *err)
{
    return open_result(service, path, query, NULL, out, err);
}

cihsm_status odata_result_stream(const odata_service *service, const char *path,
                                 const cihsm_query *query, const cihsm_stream_options *options,
                                 odata_result **out, cihsm_error *err)
{
    const cihsm_stream_options none = {0};
    return open_result(service, path, query, options == NULL ? &none : options, out, err);
}

cihsm_result_kind odata_result_what(const odata_result *result)
{
    return result->now->page.kind;
}

const cihsm_value *odata_result_value(const odata_result *result)
{
    return result->now->stream.is_list ? NULL : result->now->page.value;
}

const char *odata_result_bytes(const odata_result *result, size_t *len)
{
    const odata_stream *stream = &result->now->stream;
    *len = stream->is_list ? 0 : stream->exchange.response.body.len;
    return stream->is_list ? "" : buffer_text(&stream->exchange.response.body);
}

bool odata_result_is_full(const odata_result *result)
{
    return result->limit >= 0 && result->given >= result->limit;
}

bool odata_result_has_more(const odata_result *result)
{
    const bool is_cut = result->limit >= 0 && result->kept >= result->limit;
    return result->now->page.next != NULL && !is_cut && !odata_result_is_full(result);
}

const char *odata_result_content_type(const odata_result *result)
{
    return result->now->stream.exchange.response.content_type;
}

const char *odata_result_count(const odata_result *result)
{
    return result->now->page.count;
}

/* Makes an absolute URL of the server's link and refuses what must not be followed. */
static cihsm_status next_url(const odata_result *result, char **out, cihsm_error *err)
{
    const char *link = result->now->page.next;
    cihsm_error why = {0};
    bool below = false;
    if (http_url_resolve(result->url, link, out, &why) != CIHSM_OK ||
        odata_uri_is_below(result->root, *out, &below, &why) != CIHSM_OK) {
        CIHSM_TRY_MEMORY(why.status, err);
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
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

/* Pages with entries are worth following for ever; a server that only makes links is not. */
static cihsm_status check_progress(const odata_result *result, cihsm_error *err)
{
    if (result->empty_pages < EMPTY_PAGES_MAX) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                            "the server sent %d pages of %.120s without an entry, each with a link "
                            "to another; narrow the query with --filter instead",
                            EMPTY_PAGES_MAX, result->path);
}

static bool is_empty_page(const odata_result *result)
{
    const cihsm_value *entries = result->now->page.value;
    return entries == NULL ? result->given == result->given_before
                           : cihsm_value_count(entries) == 0;
}

cihsm_status odata_result_next(odata_result *result, cihsm_error *err)
{
    if (!odata_result_has_more(result)) {
        return cihsm_fail_plain(err, CIHSM_E_STATE, "there is no further page");
    }
    const unsigned empty_pages = is_empty_page(result) ? result->empty_pages + 1 : 0;
    CIHSM_TRY(check_progress(result, err));
    CIHSM_AUTO(text_free) char *url = NULL;
    CIHSM_TRY(next_url(result, &url, err));
    CIHSM_AUTO(odata_reading_free) odata_reading *fresh = NULL;
    CIHSM_TRY(odata_fetch(result, url, &fresh, err));
    if (fresh->page.kind != CIHSM_RESULT_COLLECTION) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the server's next page of %.120s is no list of entries",
                                result->path);
    }
    CIHSM_TRY(odata_visited_add(&result->visited, url, err));
    result->empty_pages = empty_pages;
    result->given_before = result->given;
    odata_reading_free(&result->now);
    result->now = CIHSM_MOVE(fresh);
    cut_page(result);
    cihsm_value_free(&result->entry);
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
    cihsm_value_free(&old->entry);
    odata_reading_free(&old->now);
    odata_stride_free(&old->stride);
    odata_visited_free(&old->visited);
    text_free(&old->root);
    text_free(&old->select);
    text_free(&old->path);
    text_free(&old->owner);
    text_free(&old->url);
    free(old);
}
