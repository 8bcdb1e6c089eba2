/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cihsm/doctor.h"
#include "cihsm/scope.h"

#define TEXT_MAX_BYTES 8192
#define MASK "***"

/* What is masked: all that follows the mark, up to one of the ends. */
static const struct {
    const char *mark;
    const char *ends;
} MASKED[] = {
    {"pkcs11:", " ,)\"'"},
    {"Bearer ", " ,)\"'"},
};

static size_t find_mark(const char *text, size_t *which)
{
    size_t nearest = strlen(text);
    for (size_t i = 0; i < sizeof MASKED / sizeof *MASKED; i++) {
        const char *at = strstr(text, MASKED[i].mark);
        if (at != NULL && (size_t)(at - text) < nearest) {
            nearest = (size_t)(at - text);
            *which = i;
        }
    }
    return nearest;
}

static cihsm_status mask(const char *text, buffer *to, cihsm_error *err)
{
    while (*text != '\0') {
        size_t which = 0;
        const size_t plain = find_mark(text, &which);
        CIHSM_TRY(buffer_append(to, text, plain, err));
        text += plain;
        if (*text != '\0') {
            CIHSM_TRY(buffer_append_text(to, MASKED[which].mark, err));
            CIHSM_TRY(buffer_append_text(to, MASK, err));
            text += strlen(MASKED[which].mark);
            text += strcspn(text, MASKED[which].ends);
        }
    }
    return CIHSM_OK;
}

static cihsm_status append_json(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

/* A copy of a member, under the same name. */
static cihsm_status copy_member(const cihsm_value *member, cihsm_value *to, cihsm_error *err)
{
    const char *text = cihsm_value_string(member);
    if (text != NULL) {
        CIHSM_AUTO(buffer_free) buffer masked = buffer_new(TEXT_MAX_BYTES);
        CIHSM_TRY(mask(text, &masked, err));
        return cihsm_value_set_string(to, cihsm_value_name(member), buffer_text(&masked), err);
    }
    CIHSM_AUTO(buffer_free) buffer json = buffer_new(TEXT_MAX_BYTES);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = NULL;
    CIHSM_TRY(cihsm_value_write(member, 0, append_json, &json, err));
    CIHSM_TRY(cihsm_value_parse(buffer_text(&json), json.len, &copy, err));
    return cihsm_value_set(to, cihsm_value_name(member), &copy, err);
}

static cihsm_status copy_members(const cihsm_value *from, cihsm_value *to, cihsm_error *err)
{
    for (const cihsm_value *m = cihsm_value_first(from); m != NULL; m = cihsm_value_next(m)) {
        if (cihsm_value_kind(m) != CIHSM_VALUE_ARRAY) {
            CIHSM_TRY(copy_member(m, to, err));
        }
    }
    return CIHSM_OK;
}

cihsm_status cihsm_doctor_redact(const cihsm_value *report, cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_object();
    CIHSM_AUTO(cihsm_value_free) cihsm_value *layers = cihsm_value_new_array();
    if (made == NULL || layers == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(copy_members(report, made, err));
    for (const cihsm_value *row = cihsm_value_first(cihsm_value_get(report, "layers")); row != NULL;
         row = cihsm_value_next(row)) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_new_object();
        if (copy == NULL) {
            return cihsm_fail_memory(err);
        }
        CIHSM_TRY(copy_members(row, copy, err));
        CIHSM_TRY(cihsm_value_append(layers, &copy, err));
    }
    CIHSM_TRY(cihsm_value_set(made, "layers", &layers, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}
