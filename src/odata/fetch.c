/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One GET and what its answer is.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/log.h"
#include "cihsm/scope.h"
#include "odata/result.h"

#define NO_CONTENT 204
#define RESPONSE_MAX_DEFAULT ((size_t)64 * 1024 * 1024)

void odata_reading_free(odata_reading **reading)
{
    if (*reading != NULL) {
        odata_page_free(&(*reading)->page);
        odata_stream_free(&(*reading)->stream);
        free(*reading);
        *reading = NULL;
    }
}

size_t odata_service_response_max(const odata_service *service)
{
    return service->response_max_bytes == 0 ? RESPONSE_MAX_DEFAULT : service->response_max_bytes;
}

static const char *accept_of(odata_wanted wanted)
{
    switch (wanted) {
    case ODATA_WANT_METADATA:
        return "application/xml";
    case ODATA_WANT_COUNT:
    case ODATA_WANT_RAW:
        return "*/*";
    case ODATA_WANT_ENTRIES:
    case ODATA_WANT_WRITTEN:
        break;
    }
    return "application/json";
}

static cihsm_status reading_new(const odata_service *service, odata_reading **out, cihsm_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return cihsm_fail_memory(err);
    }
    odata_stream_init(&(*out)->stream, &service->transport, odata_service_response_max(service));
    return CIHSM_OK;
}

static cihsm_status send_get(const odata_result *result, const char *url, odata_reading *out,
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
    http_response *response = &out->stream.exchange.response;
    if (result->is_stream && result->wanted == ODATA_WANT_ENTRIES) {
        CIHSM_TRY(odata_stream_open(&out->stream, &request, err));
    } else {
        CIHSM_TRY(transport->send(transport->context, &request, response, err));
    }
    if (!odata_is_success(response->status)) {
        return odata_fail(&result->service.hint, result->path, response, err);
    }
    return CIHSM_OK;
}

static cihsm_status read_page(const odata_result *result, odata_reading *out, cihsm_error *err)
{
    const http_response *response = &out->stream.exchange.response;
    odata_page *page = &out->page;
    if (response->status == NO_CONTENT && result->wanted != ODATA_WANT_RAW) {
        return cihsm_fail(err, CIHSM_E_PROTOCOL, CIHSM_FROM_HTTP, NO_CONTENT,
                          "204 from tenant: no content (%.120s), where an answer is due; try again "
                          "later, or check that the path is to be read",
                          result->path);
    }
    CIHSM_TRY(odata_page_parse(response, result->wanted, page, err));
    if (page->is_odata) {
        CIHSM_TRY(odata_tidy(page->value, result->owner, &result->service.types, err));
        if (result->select != NULL) {
            odata_select(page->value, result->select);
        }
    }
    const bool is_list = page->kind == CIHSM_RESULT_COLLECTION;
    out->cursor = is_list ? cihsm_value_first(page->value) : NULL;
    log_line(result->service.log, CIHSM_LOG_DEBUG, "odata", "%s: %zu bytes, %zu entries%s",
             result->path, response->body.len, is_list ? cihsm_value_count(page->value) : 0,
             page->next == NULL ? "" : ", more follow");
    return CIHSM_OK;
}

cihsm_status odata_fetch(const odata_result *result, const char *url, odata_reading **out,
                         cihsm_error *err)
{
    CIHSM_AUTO(odata_reading_free) odata_reading *answer = NULL;
    CIHSM_TRY(reading_new(&result->service, &answer, err));
    CIHSM_TRY(send_get(result, url, answer, err));
    if (answer->stream.is_list) { /* odata_result_entry reads it */
        answer->page.kind = CIHSM_RESULT_COLLECTION;
    } else {
        CIHSM_TRY(read_page(result, answer, err));
    }
    answer->is_open = answer->page.kind == CIHSM_RESULT_COLLECTION;
    *out = CIHSM_MOVE(answer);
    return CIHSM_OK;
}
