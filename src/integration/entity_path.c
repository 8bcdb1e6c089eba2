/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cihsm/path.h"
#include "cihsm/scope.h"
#include "odata/literal.h"

static cihsm_status append_text_literal(const char *text, buffer *out, cihsm_error *err)
{
    return odata_literal_append("Edm.String", text, strlen(text), out, err);
}

static cihsm_status append_key(const cihsm_path_key *keys, size_t count, buffer *out,
                               cihsm_error *err)
{
    for (size_t i = 0; i < count; i++) {
        CIHSM_TRY(buffer_append_text(out, i == 0 ? "" : ",", err));
        if (keys[i].name != NULL) {
            CIHSM_TRY(buffer_append_text(out, keys[i].name, err));
            CIHSM_TRY(buffer_append_text(out, "=", err));
        }
        CIHSM_TRY(append_text_literal(keys[i].value, out, err));
    }
    return CIHSM_OK;
}

static cihsm_status append_entity(const char *set, const cihsm_path_key *keys, size_t count,
                                  const char *rest, buffer *out, cihsm_error *err)
{
    CIHSM_TRY(buffer_append_text(out, set, err));
    CIHSM_TRY(buffer_append_text(out, "(", err));
    CIHSM_TRY(append_key(keys, count, out, err));
    CIHSM_TRY(buffer_append_text(out, rest == NULL ? ")" : ")/", err));
    return buffer_append_text(out, rest == NULL ? "" : rest, err);
}

/* What was made, unless there was no room for it. */
static cihsm_status finish(cihsm_status status, const buffer *made, const char *value,
                           const char *of, char out[CIHSM_PATH_SIZE], cihsm_error *err)
{
    if (status == CIHSM_E_NO_MEMORY) {
        return cihsm_fail_memory(err);
    }
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "\"%.60s\" is too long for %s", value, of);
    }
    memcpy(out, buffer_text(made), made->len + 1);
    return CIHSM_OK;
}

cihsm_status cihsm_path_entity_of(const char *set, const cihsm_path_key *keys, size_t count,
                                  const char *rest, char out[CIHSM_PATH_SIZE], cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(buffer_free) buffer made = buffer_new(CIHSM_PATH_SIZE - 1);
    const cihsm_status status = append_entity(set, keys, count, rest, &made, NULL);
    return finish(status, &made, keys[0].value, set, out, err);
}

cihsm_status cihsm_path_entity(const char *set, const char *key, const char *rest,
                               char out[CIHSM_PATH_SIZE], cihsm_error *err)
{
    const cihsm_path_key only = {.value = key};
    return cihsm_path_entity_of(set, &only, 1, rest, out, err);
}

cihsm_status cihsm_filter_equal(const char *property, const char *text, char out[CIHSM_PATH_SIZE],
                                cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(buffer_free) buffer made = buffer_new(CIHSM_PATH_SIZE - 1);
    cihsm_status status = buffer_append_text(&made, property, NULL);
    status = status == CIHSM_OK ? buffer_append_text(&made, " eq ", NULL) : status;
    status = status == CIHSM_OK ? append_text_literal(text, &made, NULL) : status;
    return finish(status, &made, text, property, out, err);
}
