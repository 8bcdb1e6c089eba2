/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/batch.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/hide.h"
#include "client/request.h"
#include "client/session.h"
#include "integration/batch_rules.h"
#include "integration/catalogue.h"
#include "odata/batch.h"

struct cihsm_batch {
    odata_outcome *outcomes;
    size_t count;
};

/* --- the operations as they are sent --------------------------------------------------------- */

typedef struct sending {
    client_request *requests;
    cihsm_operation *operations;
    size_t count;
} sending;

static void sending_free(sending *of)
{
    for (size_t i = 0; i < of->count; i++) {
        client_request_free(&of->requests[i]);
    }
    free(of->requests);
    free(of->operations);
}

static cihsm_status address_all(const cihsm_operation *from, size_t count, size_t *at, sending *out,
                                cihsm_error *err)
{
    out->requests = calloc(count, sizeof *out->requests);
    out->operations = calloc(count, sizeof *out->operations);
    if (out->requests == NULL || out->operations == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        *at = i;
        out->count++;
        CIHSM_TRY(client_request_address(&from[i].request, &out->requests[i], err));
        out->operations[i] = (cihsm_operation){out->requests[i].request, from[i].change_set};
    }
    return CIHSM_OK;
}

/* Random digits for the boundaries. */
static cihsm_status make_stem(char out[ODATA_BATCH_STEM_SIZE], cihsm_error *err)
{
    uint8_t bytes[(ODATA_BATCH_STEM_SIZE - 1) / 2];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "no random bytes");
    }
    text_hex(out, bytes, sizeof bytes);
    return CIHSM_OK;
}

/* --- rules ----------------------------------------------------------------------------------- */

static cihsm_status check_change_set(const cihsm_operation *operations, size_t at, cihsm_error *err)
{
    const cihsm_operation *own = &operations[at];
    if (text_starts(own->request.path + strspn(own->request.path, "/"), "$batch")) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "a batch cannot hold a batch");
    }
    if (own->change_set == 0) {
        return CIHSM_OK;
    }
    if (!odata_is_write(own->request.method)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "a GET cannot be in a change set: leave out its change set, and "
                                "put it before or behind the others of change set %zu",
                                own->change_set);
    }
    for (size_t i = 0; i + 1 < at; i++) {
        if (operations[i].change_set == own->change_set &&
            operations[at - 1].change_set != own->change_set) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                    "change set %zu has ended before: its operations stand side by "
                                    "side",
                                    own->change_set);
        }
    }
    return CIHSM_OK;
}

static integration_batch_rule rule_of(const integration_catalogue *catalogue,
                                      const cihsm_operation *operation)
{
    return odata_is_write(operation->request.method)
               ? integration_batch_rule_of(catalogue, operation->request.path)
               : INTEGRATION_BATCH_FREE;
}

/* The first operation of a change set that is under the rule; end if there is none. */
static size_t find_rule(const integration_catalogue *catalogue, const cihsm_operation *operations,
                        size_t begin, size_t end, integration_batch_rule rule)
{
    while (begin < end && rule_of(catalogue, &operations[begin]) != rule) {
        begin++;
    }
    return begin;
}

static cihsm_status check_rules(const integration_catalogue *catalogue,
                                const cihsm_operation *operations, size_t count, size_t *at,
                                cihsm_error *err)
{
    bool has_partners = false;
    size_t end = 0;
    for (size_t begin = 0; begin < count; begin = end) {
        end = odata_batch_group_end(operations, count, begin);
        *at = find_rule(catalogue, operations, begin, end, INTEGRATION_BATCH_ALONE);
        if (*at < end && end - begin > 1) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                    "%.120s must be alone in its change set: the tenant takes "
                                    "exactly one such request in each",
                                    operations[*at].request.path);
        }
        *at = find_rule(catalogue, operations, begin, end, INTEGRATION_BATCH_ONE_SET);
        if (*at < end && has_partners) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                    "%.120s is in a second change set: for the Partner Directory "
                                    "a batch has one; put all into one change set, or send "
                                    "another batch",
                                    operations[*at].request.path);
        }
        has_partners = has_partners || *at < end;
    }
    return CIHSM_OK;
}

size_t cihsm_batch_fit(const cihsm_operation *operations, size_t count, size_t most)
{
    const integration_catalogue *catalogue = NULL;
    bool has_partners = false;
    size_t begin = 0;
    if (integration_catalogue_get(&catalogue, NULL) != CIHSM_OK) {
        return count; /* what does not fit is refused then */
    }
    while (begin < count) {
        const size_t end = odata_batch_group_end(operations, count, begin);
        const bool is_partners =
            find_rule(catalogue, operations, begin, end, INTEGRATION_BATCH_ONE_SET) < end;
        if (begin > 0 && (end > most || (is_partners && has_partners))) {
            break;
        }
        has_partners = has_partners || is_partners;
        begin = end;
    }
    return begin;
}

/* --- checking and showing -------------------------------------------------------------------- */

/* The message of a batch for a service root. */
static cihsm_status prepare(const char *root, const cihsm_operation *operations, size_t count,
                            size_t *at, sending *all, odata_batch_message *out, cihsm_error *err)
{
    char stem[ODATA_BATCH_STEM_SIZE];
    const integration_catalogue *catalogue = NULL;
    if (count == 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "a batch needs at least one operation");
    }
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    CIHSM_TRY(make_stem(stem, err));
    CIHSM_TRY(address_all(operations, count, at, all, err));
    for (*at = 0; *at < count; (*at)++) {
        CIHSM_TRY(check_change_set(all->operations, *at, err));
    }
    CIHSM_TRY(check_rules(catalogue, all->operations, count, at, err));
    return odata_batch_message_make(root, all->operations, count, stem, at, out, err);
}

cihsm_status cihsm_batch_check(const cihsm_operation *operations, size_t count, size_t *at,
                               cihsm_error *err)
{
    cihsm_error_clear(err);
    size_t ignored = 0;
    CIHSM_AUTO(sending_free) sending all = {0};
    CIHSM_AUTO(odata_batch_message_free) odata_batch_message message = {0};
    return prepare("https://tenant.invalid/api/v1/", operations, count, at == NULL ? &ignored : at,
                   &all, &message, err);
}

cihsm_status cihsm_batch_describe(const char *service_key, const cihsm_operation *operations,
                                  size_t count, cihsm_write_fn write, void *user, cihsm_error *err)
{
    cihsm_error_clear(err);
    size_t ignored = 0;
    CIHSM_AUTO(text_free) char *root = NULL;
    CIHSM_AUTO(sending_free) sending all = {0};
    CIHSM_AUTO(odata_batch_message_free) odata_batch_message message = {0};
    CIHSM_TRY(client_request_root(service_key, &root, err));
    CIHSM_TRY(prepare(root, operations, count, &ignored, &all, &message, err));
    return odata_message_print(&message.message, root, write, user, err);
}

/* --- sending --------------------------------------------------------------------------------- */

/* NULL: no memory. */
static cihsm_batch *batch_new(size_t count)
{
    CIHSM_AUTO(cihsm_batch_free) cihsm_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL || (batch->outcomes = calloc(count, sizeof *batch->outcomes)) == NULL) {
        return NULL;
    }
    batch->count = count;
    return CIHSM_MOVE(batch);
}

/* An error may be of a whole change set, so it may repeat what any operation sent. */
static void hide_all(const sending *all, const cihsm_secret *token, cihsm_error *err)
{
    for (size_t i = 0; i < all->count; i++) {
        hide_secrets(all->operations[i].request.value, token, err);
    }
}

cihsm_status cihsm_client_batch(cihsm_client *client, const cihsm_operation *operations,
                                size_t count, cihsm_batch **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    size_t ignored = 0;
    CIHSM_AUTO(sending_free) sending all = {0};
    CIHSM_AUTO(odata_batch_message_free) odata_batch_message message = {0};
    CIHSM_TRY(prepare(cihsm_client_root(client), operations, count, &ignored, &all, &message, err));
    CIHSM_AUTO(cihsm_batch_free) cihsm_batch *batch = batch_new(count);
    if (batch == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(client_wait_batch(client, all.operations, count, err));
    const odata_service writing = client_write_service(client);
    odata_csrf *csrf = client_csrf(client);
    const odata_batch_services services = {
        .read = client_service(client), .write = &writing, .csrf = csrf};
    const cihsm_status status =
        odata_batch_send(&services, &message, all.operations, count, batch->outcomes, err);
    if (status != CIHSM_OK) {
        hide_all(&all, csrf->token, err);
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        if (batch->outcomes[i].error.status != CIHSM_OK) {
            hide_all(&all, csrf->token, &batch->outcomes[i].error);
        }
    }
    *out = CIHSM_MOVE(batch);
    return CIHSM_OK;
}

const cihsm_error *cihsm_batch_error(const cihsm_batch *batch, size_t at)
{
    const cihsm_error *error = &batch->outcomes[at].error;
    return error->status == CIHSM_OK ? NULL : error;
}

bool cihsm_batch_is_culprit(const cihsm_batch *batch, size_t at)
{
    return batch->outcomes[at].is_culprit;
}

long cihsm_batch_status(const cihsm_batch *batch, size_t at)
{
    return batch->outcomes[at].status;
}

/* cihsm_answer is the OData layer's answer under its public name. */
const cihsm_answer *cihsm_batch_answer(const cihsm_batch *batch, size_t at)
{
    return cihsm_batch_error(batch, at) == NULL ? (const cihsm_answer *)&batch->outcomes[at].answer
                                                : NULL;
}

bool cihsm_batch_has_more(const cihsm_batch *batch, size_t at)
{
    return batch->outcomes[at].answer.page.next != NULL;
}

void cihsm_batch_free(cihsm_batch **batch)
{
    if (batch == NULL || *batch == NULL) {
        return;
    }
    for (size_t i = 0; i < (*batch)->count; i++) {
        odata_outcome_free(&(*batch)->outcomes[i]);
    }
    free((*batch)->outcomes);
    free(*batch);
    *batch = NULL;
}
