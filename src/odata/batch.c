/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/batch.h"

#include <stdlib.h>

#include "base/error.h"
#include "cihsm/scope.h"
#include "odata/error.h"

static const char PATH[] = "$batch";
static const char LOOK[] = "look what was done before you repeat it: some or all of it may be";

static void places_free(odata_batch_place **places)
{
    free(*places);
    *places = NULL;
}

/* --- the answer to each operation ------------------------------------------------------------ */

static const odata_service *service_of(const odata_batch_services *services,
                                       const cihsm_operation *operation)
{
    return odata_is_write(operation->request.method) ? services->write : services->read;
}

/* The error of a whole change set, told to one of its operations. */
static void fail_shared(const odata_batch_services *services, const cihsm_operation *operations,
                        size_t at, const odata_batch_place *place, const http_response *response,
                        odata_outcome *out)
{
    const bool is_own = place->has_culprit && place->culprit == at;
    const cihsm_operation *failed = &operations[place->has_culprit ? place->culprit : at];
    cihsm_error why = {0};
    out->is_culprit = is_own;
    const cihsm_status status =
        odata_fail(&service_of(services, failed)->hint, failed->request.path, response, &why);
    (void)cihsm_fail(&out->error, status, why.origin, why.native, "%s%s",
                     is_own               ? ""
                     : place->has_culprit ? "not done, for another one of its change set failed: "
                                          : "not done, for its change set failed: ",
                     why.message);
}

static void tell(const odata_batch_services *services, const cihsm_operation *operations, size_t at,
                 const odata_batch_place *place, odata_batch_reply *reply, odata_outcome *out)
{
    http_response *response = &reply->parts[place->part].response;
    out->status = response->status;
    if (place->is_shared) {
        fail_shared(services, operations, at, place, response, out);
        return;
    }
    out->answer.response = *response; /* which is the outcome's from here on */
    http_response_init(response, 0);
    const cihsm_operation *own = &operations[at];
    out->error.status =
        odata_answer_read(service_of(services, own), own->request.path, &out->answer, &out->error);
    out->is_culprit = out->error.status != CIHSM_OK;
}

/* --- the whole ------------------------------------------------------------------------------- */

static cihsm_status exchange(const odata_batch_services *services, const http_request *request,
                             http_response *response, cihsm_error *err)
{
    cihsm_error why = {0};
    if (odata_csrf_send(services->csrf, services->write, request, response, &why) != CIHSM_OK) {
        return cihsm_fail(err, why.status, why.origin, why.native, "%s%s%s", why.message,
                          response->was_sent ? "; " : "", response->was_sent ? LOOK : "");
    }
    if (odata_csrf_is_refused(response)) {
        return odata_csrf_fail(response, err);
    }
    return odata_is_success(response->status)
               ? CIHSM_OK
               : odata_fail(&services->write->hint, PATH, response, err);
}

/* Out of memory is no matter of the answer, but what was done is as unknown. */
static cihsm_status fail_unreadable(const http_response *response, const cihsm_error *why,
                                    cihsm_error *err)
{
    return cihsm_fail(err, why->status, why->origin, why->native,
                      "the tenant's answer to the batch (%ld, %zu bytes) cannot be read: %s; %s",
                      response->status, response->body.len, why->message, LOOK);
}

static cihsm_status read_reply(const http_response *response, const cihsm_operation *operations,
                               size_t count, odata_batch_reply *reply, odata_batch_place *places,
                               cihsm_error *err)
{
    cihsm_error why = {0};
    if (odata_batch_read(response->content_type, buffer_text(&response->body), response->body.len,
                         count, reply, &why) != CIHSM_OK ||
        odata_batch_match(operations, count, reply, places, &why) != CIHSM_OK) {
        return fail_unreadable(response, &why, err);
    }
    return CIHSM_OK;
}

cihsm_status odata_batch_send(const odata_batch_services *services,
                              const odata_batch_message *message, const cihsm_operation *operations,
                              size_t count, odata_outcome *outcomes, cihsm_error *err)
{
    CIHSM_AUTO(places_free) odata_batch_place *places = calloc(count, sizeof *places);
    CIHSM_AUTO(http_response_free) http_response response;
    CIHSM_AUTO(odata_batch_reply_free) odata_batch_reply reply = {0};
    http_response_init(&response, odata_service_response_max(services->write));
    if (places == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(exchange(services, &message->message.http, &response, err));
    CIHSM_TRY(read_reply(&response, operations, count, &reply, places, err));
    for (size_t i = 0; i < count; i++) {
        tell(services, operations, i, &places[i], &reply, &outcomes[i]);
    }
    return CIHSM_OK;
}

void odata_outcome_free(odata_outcome *outcome)
{
    odata_answer_free(&outcome->answer);
}
