/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/csrf.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "odata/error.h"
#include "odata/uri.h"

#define SERVICE_DOCUMENT_MAX ((size_t)1024 * 1024)
#define HEADERS_MAX 8 /* of a write */

static const char HEADER[] = "X-CSRF-Token";

static bool wants_token(const http_response *response)
{
    return response->csrf_token != NULL && strcasecmp(response->csrf_token, "Required") == 0;
}

bool odata_csrf_is_refused(const http_response *response)
{
    return response->status == 403 && wants_token(response);
}

cihsm_status odata_csrf_fail(const http_response *response, cihsm_error *err)
{
    return cihsm_fail(err, CIHSM_E_REFUSED, CIHSM_FROM_HTTP, (unsigned long)response->status,
                      "403 from tenant: it asks for a CSRF token and takes none that it gives, so "
                      "nothing was done; check whether a proxy removes cookies or the header "
                      "X-CSRF-Token");
}

/* What would befall the write too. Other refusals of the service document are not about writes. */
static bool ends_the_write(long http_status)
{
    const cihsm_status status = odata_status_of(http_status);
    return http_status == 401 || status == CIHSM_E_BUSY || status == CIHSM_E_SERVER;
}

static cihsm_status take_token(odata_csrf *csrf, const http_response *response, cihsm_error *err)
{
    cihsm_secret_free(&csrf->token);
    csrf->is_asked = true;
    if (response->csrf_token == NULL || *response->csrf_token == '\0' || wants_token(response)) {
        return CIHSM_OK;
    }
    return cihsm_secret_new(response->csrf_token, strlen(response->csrf_token), &csrf->token, err);
}

static cihsm_status fetch(odata_csrf *csrf, const odata_service *service, cihsm_error *err)
{
    const http_header headers[] = {{"Accept", "application/json"}, {HEADER, "Fetch"}};
    CIHSM_AUTO(text_free) char *url = NULL;
    CIHSM_TRY(odata_uri_build(service->root, "/", NULL, &url, err));
    const http_request request = {.method = "GET",
                                  .url = url,
                                  .headers = headers,
                                  .header_count = sizeof headers / sizeof *headers};
    CIHSM_AUTO(http_response_free) http_response response;
    http_response_init(&response, SERVICE_DOCUMENT_MAX);
    const http_transport *transport = &service->transport;
    CIHSM_TRY(transport->send(transport->context, &request, &response, err));
    if (ends_the_write(response.status)) {
        return odata_fail(&service->hint, "/", &response, err);
    }
    CIHSM_TRY(take_token(csrf, &response, err));
    log_line(service->log, CIHSM_LOG_DEBUG, "odata", "the tenant gave %s CSRF token",
             csrf->token == NULL ? "no" : "a");
    return CIHSM_OK;
}

static cihsm_status send_write(const odata_csrf *csrf, const odata_service *service,
                               const http_request *request, http_response *response,
                               cihsm_error *err)
{
    http_header headers[HEADERS_MAX + 1];
    http_request with_token = *request;
    if (request->header_count > HEADERS_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_INTERNAL, "a write has more than %d headers",
                                HEADERS_MAX);
    }
    memcpy(headers, request->headers, request->header_count * sizeof *headers);
    if (csrf->token != NULL) {
        headers[with_token.header_count++] = (http_header){HEADER, cihsm_secret_bytes(csrf->token)};
    }
    with_token.headers = headers;
    const http_transport *transport = &service->transport;
    return transport->send(transport->context, &with_token, response, err);
}

cihsm_status odata_csrf_send(odata_csrf *csrf, const odata_service *service,
                             const http_request *request, http_response *response, cihsm_error *err)
{
    if (!csrf->is_asked) {
        CIHSM_TRY(fetch(csrf, service, err));
    }
    CIHSM_TRY(send_write(csrf, service, request, response, err));
    if (!odata_csrf_is_refused(response)) {
        return CIHSM_OK;
    }
    log_line(service->log, CIHSM_LOG_INFO, "odata", "the tenant wants a new CSRF token");
    response->was_sent = false; /* the tenant did nothing, should this end here */
    CIHSM_TRY(fetch(csrf, service, err));
    return csrf->token == NULL ? CIHSM_OK : send_write(csrf, service, request, response, err);
}

void odata_csrf_free(odata_csrf *csrf)
{
    cihsm_secret_free(&csrf->token);
    csrf->is_asked = false;
}
