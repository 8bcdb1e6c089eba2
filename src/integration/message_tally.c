/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/message_tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "integration/message_error.h"

enum { ROOM_LEAST = 16 };

cihsm_status cihsm_message_tally_new(size_t samples, cihsm_message_tally **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    cihsm_message_tally *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    made->samples_max = samples;
    *out = made;
    return CIHSM_OK;
}

/* Room for one more element. */
static cihsm_status grow(void **array, size_t *room, size_t count, size_t size, cihsm_error *err)
{
    if (count < *room) {
        return CIHSM_OK;
    }
    const size_t wanted = *room == 0 ? ROOM_LEAST : *room * 2;
    void *grown = reallocarray(*array, wanted, size);
    if (grown == NULL) {
        return cihsm_fail_memory(err);
    }
    *array = grown;
    *room = wanted;
    return CIHSM_OK;
}

static void free_flow(message_flow *flow)
{
    free(flow->id);
    free(flow->name);
    free(flow->package);
    free(flow->last);
}

static void free_sample(message_sample *sample)
{
    free(sample->id);
    free(sample->end);
    free(sample->error);
}

static cihsm_status fill_flow(message_flow *flow, const char *id, const cihsm_value *artifact,
                              cihsm_error *err)
{
    CIHSM_TRY(text_set(&flow->id, id, err));
    CIHSM_TRY(text_set(&flow->name, cihsm_value_get_string(artifact, "Name"), err));
    return text_set(&flow->package, cihsm_value_get_string(artifact, "PackageId"), err);
}

static cihsm_status add_flow(cihsm_message_tally *tally, const char *id,
                             const cihsm_value *artifact, cihsm_error *err)
{
    void *flows = tally->flows;
    CIHSM_TRY(grow(&flows, &tally->flow_room, tally->flow_count, sizeof *tally->flows, err));
    tally->flows = flows;
    message_flow flow = {0};
    const cihsm_status status = fill_flow(&flow, id, artifact, err);
    if (status != CIHSM_OK) {
        free_flow(&flow);
        return status;
    }
    tally->latest = tally->flow_count;
    tally->flows[tally->flow_count++] = flow;
    return CIHSM_OK;
}

static cihsm_status find_flow(cihsm_message_tally *tally, const cihsm_value *entry,
                              message_flow **out, cihsm_error *err)
{
    const cihsm_value *artifact = cihsm_value_get(entry, "IntegrationArtifact");
    const char *named = cihsm_value_get_string(artifact, "Id");
    const char *id = named == NULL ? "" : named;
    const size_t start = tally->latest;
    for (size_t i = 0; i < tally->flow_count; i++) {
        const size_t at = (start + i) % tally->flow_count;
        if (strcmp(tally->flows[at].id, id) == 0) {
            tally->latest = at;
            *out = &tally->flows[at];
            return CIHSM_OK;
        }
    }
    CIHSM_TRY(add_flow(tally, id, artifact, err));
    *out = &tally->flows[tally->latest];
    return CIHSM_OK;
}

static cihsm_status fill_sample(message_sample *sample, const char *id, const char *end,
                                cihsm_error *err)
{
    CIHSM_TRY(text_set(&sample->id, id, err));
    return text_set(&sample->end, end, err);
}

static cihsm_status remember(cihsm_message_tally *tally, message_flow *flow, const char *id,
                             const char *end, cihsm_error *err)
{
    if (id == NULL || flow->samples == tally->samples_max) {
        return CIHSM_OK;
    }
    void *samples = tally->samples;
    CIHSM_TRY(
        grow(&samples, &tally->sample_room, tally->sample_count, sizeof *tally->samples, err));
    tally->samples = samples;
    message_sample sample = {.flow = tally->latest};
    const cihsm_status status = fill_sample(&sample, id, end, err);
    if (status != CIHSM_OK) {
        free_sample(&sample);
        return status;
    }
    tally->samples[tally->sample_count++] = sample;
    flow->samples++;
    return CIHSM_OK;
}

cihsm_status cihsm_message_tally_add(cihsm_message_tally *tally, const cihsm_value *entry,
                                     cihsm_error *err)
{
    cihsm_error_clear(err);
    message_flow *flow = NULL;
    const char *end = cihsm_value_get_string(entry, "LogEnd");
    CIHSM_TRY(find_flow(tally, entry, &flow, err));
    if (end != NULL && (flow->last == NULL || strcmp(flow->last, end) < 0)) {
        CIHSM_TRY(text_set(&flow->last, end, err)); /* ISO 8601 sorts as text */
    }
    CIHSM_TRY(remember(tally, flow, cihsm_value_get_string(entry, "MessageGuid"), end, err));
    flow->count++;
    return CIHSM_OK;
}

const char *cihsm_message_tally_sample(const cihsm_message_tally *tally, size_t at)
{
    return at < tally->sample_count ? tally->samples[at].id : NULL;
}

cihsm_status cihsm_message_tally_explain(cihsm_message_tally *tally, size_t at, const char *text,
                                         size_t len, cihsm_error *err)
{
    cihsm_error_clear(err);
    if (at >= tally->sample_count) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "there is no message %zu", at);
    }
    char written[MESSAGE_ERROR_MAX + 1];
    message_error_write(text, len, tally->samples[at].id, written);
    return text_set(&tally->samples[at].error, written, err);
}

void cihsm_message_tally_free(cihsm_message_tally **tally)
{
    if (tally == NULL || *tally == NULL) {
        return;
    }
    for (size_t i = 0; i < (*tally)->flow_count; i++) {
        free_flow(&(*tally)->flows[i]);
    }
    for (size_t i = 0; i < (*tally)->sample_count; i++) {
        free_sample(&(*tally)->samples[i]);
    }
    free((*tally)->flows);
    free((*tally)->samples);
    free(*tally);
    *tally = NULL;
}
