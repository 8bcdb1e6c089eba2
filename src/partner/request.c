/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source: docs/sap-contract.md sections 6.2 and 7.5.
 */
#include "partner/request.h"

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

void partner_request_free(partner_request *of)
{
    text_free(&of->path);
    cihsm_value_free_wiped(&of->body);
}

static cihsm_status set_keys(const partner_entry *entry, cihsm_value *body, cihsm_error *err)
{
    const partner_kind *kind = partner_kind_of(entry->kind);
    for (size_t i = 0; i < PARTNER_KEYS_MAX && kind->keys[i] != NULL; i++) {
        CIHSM_TRY(cihsm_value_set_string(body, kind->keys[i], entry->keys[i], err));
    }
    return cihsm_value_set_string(body, "Pid", entry->partner, err);
}

static cihsm_status set_file(const partner_entry *entry, cihsm_value *body, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer value = partner_value_buffer();
    CIHSM_TRY(partner_local_value(entry, &value, err));
    if (entry->kind == CIHSM_PARTNER_STRING) {
        return cihsm_value_set_string(body, "Value", buffer_text(&value), err);
    }
    CIHSM_TRY(cihsm_value_set_string(body, "ContentType", entry->detail, err));
    return cihsm_value_set_bytes(body, "Value", buffer_text(&value), value.len, err);
}

/* All that is no key. */
static cihsm_status set_rest(const partner_step *step, cihsm_value *body, cihsm_error *err)
{
    const partner_entry *entry = step->wanted;
    switch (entry->kind) {
    case CIHSM_PARTNER_STRING:
    case CIHSM_PARTNER_BINARY:
        return set_file(entry, body, err);
    case CIHSM_PARTNER_CREDENTIAL:
        CIHSM_TRY(cihsm_value_set_string(body, "User", entry->detail, err));
        return cihsm_value_set_string(body, "Password", cihsm_secret_bytes(step->password), err);
    case CIHSM_PARTNER_ALTERNATIVE:
    case CIHSM_PARTNER_USER:
        break;
    }
    return cihsm_value_set_string(body, "Pid", entry->partner, err);
}

/* A credential has no PUT: a POST creates it or replaces it. */
static bool is_post(const partner_step *step)
{
    return step->change == CIHSM_PARTNER_CREATE ||
           (step->change == CIHSM_PARTNER_UPDATE && step->wanted->kind == CIHSM_PARTNER_CREDENTIAL);
}

static cihsm_status set_body(const partner_step *step, partner_request *to, cihsm_error *err)
{
    to->body = cihsm_value_new_object();
    if (to->body == NULL) {
        return cihsm_fail_memory(err);
    }
    to->request.value = to->body;
    if (is_post(step)) {
        CIHSM_TRY(set_keys(step->wanted, to->body, err));
    }
    return set_rest(step, to->body, err);
}

static cihsm_status set_path(const partner_step *step, partner_request *to, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    const partner_entry *entry = partner_step_entry(step);
    if (is_post(step)) {
        return text_set(&to->path, partner_kind_of(entry->kind)->set, err);
    }
    CIHSM_TRY(partner_entry_path(entry, path, err));
    return text_set(&to->path, path, err);
}

cihsm_status partner_request_make(const partner_step *step, const char *modifier,
                                  partner_request *out, cihsm_error *err)
{
    const bool is_delete = step->change == CIHSM_PARTNER_DELETE;
    CIHSM_TRY(set_path(step, out, err));
    out->request.method = is_delete ? "DELETE" : is_post(step) ? "POST" : "PUT";
    out->request.path = out->path;
    if (modifier != NULL) {
        out->parameter = (cihsm_parameter){.name = "user", .value = modifier};
        out->request.parameters = &out->parameter;
        out->request.parameter_count = 1;
    }
    return is_delete ? CIHSM_OK : set_body(step, out, err);
}
