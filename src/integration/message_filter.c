/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/message.h"
#include "cihsm/scope.h"
#include "integration/message_status.h"
#include "odata/literal.h"

#define TEXT_MAX ((size_t)16 << 10) /* more than a URL can hold */

struct cihsm_message_filter {
    char *filter; /* NULL: no condition */
    char *header; /* what the parameter points to; NULL: none */
    cihsm_parameter parameter;
};

static cihsm_status append_literal(buffer *to, const char *text, cihsm_error *err)
{
    return odata_literal_append("Edm.String", text, strlen(text), to, err);
}

/* property eq 'text', with "and" before it if it is not the first; text NULL: nothing */
static cihsm_status append_equal(buffer *to, const char *property, const char *text,
                                 cihsm_error *err)
{
    if (text == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(buffer_append_text(to, to->len == 0 ? "" : " and ", err));
    CIHSM_TRY(buffer_append_text(to, property, err));
    CIHSM_TRY(buffer_append_text(to, " eq ", err));
    return append_literal(to, text, err);
}

static cihsm_status append_statuses(buffer *to, const cihsm_message_criteria *criteria,
                                    cihsm_error *err)
{
    const bool is_group = criteria->status_count > 1;
    for (size_t i = 0; i < criteria->status_count; i++) {
        const char *status = NULL;
        CIHSM_TRY(message_status_find(criteria->statuses[i], &status, err));
        CIHSM_TRY(buffer_append_text(to, i > 0 ? " or " : is_group ? "(" : "", err));
        CIHSM_TRY(buffer_append_text(to, "Status eq ", err));
        CIHSM_TRY(append_literal(to, status, err));
    }
    return buffer_append_text(to, is_group ? ")" : "", err);
}

static cihsm_status write_filter(const cihsm_message_criteria *criteria, char **out,
                                 cihsm_error *err)
{
    const struct {
        const char *property;
        const char *text;
    } rows[] = {
        {"IntegrationArtifact/Id", criteria->flow},
        {"IntegrationArtifact/PackageId", criteria->package},
        {"Sender", criteria->sender},
        {"Receiver", criteria->receiver},
        {"MessageGuid", criteria->id},
        {"CorrelationId", criteria->correlation_id},
        {"ApplicationMessageId", criteria->application_id},
    };
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(TEXT_MAX);
    CIHSM_TRY(append_statuses(&text, criteria, err));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CIHSM_TRY(append_equal(&text, rows[i].property, rows[i].text, err));
    }
    return text.len == 0 ? CIHSM_OK : text_set(out, buffer_text(&text), err);
}

/* 'name' eq 'value' */
static cihsm_status write_header(const cihsm_message_criteria *criteria, char **out,
                                 cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(TEXT_MAX);
    const char *value = criteria->header_value == NULL ? "" : criteria->header_value;
    if (criteria->header_name == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(append_literal(&text, criteria->header_name, err));
    CIHSM_TRY(buffer_append_text(&text, " eq ", err));
    CIHSM_TRY(append_literal(&text, value, err));
    return text_set(out, buffer_text(&text), err);
}

cihsm_status cihsm_message_filter_new(const cihsm_message_criteria *criteria,
                                      cihsm_message_filter **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_message_filter_free) cihsm_message_filter *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(write_filter(criteria, &made->filter, err));
    CIHSM_TRY(write_header(criteria, &made->header, err));
    made->parameter =
        (cihsm_parameter){.name = "filterCustomHeaderProperties", .value = made->header};
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

void cihsm_message_filter_apply(const cihsm_message_filter *filter, cihsm_query *query)
{
    query->filter = filter->filter;
    query->parameters = &filter->parameter;
    query->parameter_count = filter->header == NULL ? 0 : 1;
}

void cihsm_message_filter_free(cihsm_message_filter **filter)
{
    if (filter != NULL && *filter != NULL) {
        free((*filter)->filter);
        free((*filter)->header);
        free(*filter);
        *filter = NULL;
    }
}
