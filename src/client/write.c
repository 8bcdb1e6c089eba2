/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/write.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/hide.h"
#include "client/request.h"
#include "client/session.h"
#include "odata/uri.h"
#include "odata/write.h"

struct cihsm_answer {
    odata_answer odata;
};

cihsm_status cihsm_request_check(const cihsm_request *request, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(client_request_free) client_request sent = {0};
    CIHSM_AUTO(odata_message_free) odata_message message = {0};
    CIHSM_TRY(client_request_address(request, &sent, err));
    if (odata_uri_is_absolute(sent.request.path)) { /* whether it is the tenant's shows later */
        sent.request.path = "/";
    }
    return odata_message_make("https://tenant.invalid/api/v1/", &sent.request, &message, err);
}

cihsm_status cihsm_request_describe(const char *service_key, const cihsm_request *request,
                                    cihsm_write_fn write, void *user, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(client_request_free) client_request sent = {0};
    CIHSM_TRY(client_request_address(request, &sent, err));
    CIHSM_AUTO(text_free) char *root = NULL;
    CIHSM_TRY(client_request_root(service_key, &root, err));
    CIHSM_AUTO(odata_message_free) odata_message message = {0};
    CIHSM_TRY(odata_message_make(root, &sent.request, &message, err));
    return odata_message_print(&message, root, write, user, err);
}

cihsm_status cihsm_client_send(cihsm_client *client, const cihsm_request *request,
                               cihsm_answer **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(client_request_free) client_request sent = {0};
    CIHSM_TRY(client_request_address(request, &sent, err));
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = calloc(1, sizeof *answer);
    if (answer == NULL) {
        return cihsm_fail_memory(err);
    }
    const odata_service service = client_write_service(client);
    odata_csrf *csrf = client_csrf(client);
    const cihsm_status status = odata_send(&service, csrf, &sent.request, &answer->odata, err);
    if (status != CIHSM_OK) {
        hide_secrets(request->value, csrf->token, err);
        return status;
    }
    *out = CIHSM_MOVE(answer);
    return CIHSM_OK;
}

long cihsm_answer_status(const cihsm_answer *answer)
{
    return answer->odata.response.status;
}

const cihsm_value *cihsm_answer_value(const cihsm_answer *answer)
{
    return answer->odata.page.value;
}

const char *cihsm_answer_bytes(const cihsm_answer *answer, size_t *len)
{
    *len = answer->odata.response.body.len;
    return buffer_text(&answer->odata.response.body);
}

const char *cihsm_answer_location(const cihsm_answer *answer)
{
    return answer->odata.response.location;
}

void cihsm_answer_free(cihsm_answer **answer)
{
    if (answer != NULL && *answer != NULL) {
        odata_answer_free(&(*answer)->odata);
        free(*answer);
        *answer = NULL;
    }
}
