/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path of an entity from its key properties. Source: docs/sap-contract.md section 4.3.
 */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cihsm/scope.h"
#include "cihsm/write.h"
#include "integration/catalogue.h"
#include "odata/literal.h"

static cihsm_status append_key(const char *type, const cihsm_value *value, buffer *to)
{
    char digits[32];
    double number = 0;
    const char *text = cihsm_value_string(value);
    if (text == NULL) {
        (void)cihsm_value_number(value, &number); /* key_value gives texts and numbers only */
        snprintf(digits, sizeof digits, "%.0f", number);
        text = digits;
    }
    return odata_literal_append(type, text, strlen(text), to, NULL);
}

/* The value of a key: what the server says counts. NULL: not known. */
static const cihsm_value *key_value(const char *name, const cihsm_value *answer,
                                    const cihsm_value *sent)
{
    const cihsm_value *value = cihsm_value_get(answer, name);
    value = cihsm_value_kind(value) == CIHSM_VALUE_NULL ? cihsm_value_get(sent, name) : value;
    const cihsm_value_type kind = cihsm_value_kind(value);
    return kind == CIHSM_VALUE_STRING || kind == CIHSM_VALUE_NUMBER ? value : NULL;
}

static cihsm_status append_predicate(const cihsm_value *keys, const cihsm_request *request,
                                     const cihsm_value *answer, buffer *to)
{
    const bool is_named = cihsm_value_count(keys) > 1;
    const cihsm_value *key = cihsm_value_first(keys);
    for (const char *lead = "("; key != NULL; key = cihsm_value_next(key), lead = ",") {
        const char *name = cihsm_value_get_string(key, "name");
        const char *type = cihsm_value_get_string(key, "type");
        const cihsm_value *value = key_value(name, answer, request->value);
        if (value == NULL || type == NULL) {
            return CIHSM_E_NOT_FOUND;
        }
        CIHSM_TRY(buffer_append_text(to, lead, NULL));
        CIHSM_TRY(buffer_append_text(to, is_named ? name : "", NULL));
        CIHSM_TRY(buffer_append_text(to, is_named ? "=" : "", NULL));
        CIHSM_TRY(append_key(type, value, to));
    }
    return buffer_append_text(to, ")", NULL);
}

bool cihsm_created_path(const cihsm_request *request, const cihsm_value *answer, char *path,
                        size_t size)
{
    const integration_catalogue *catalogue = NULL;
    if (integration_catalogue_get(&catalogue, NULL) != CIHSM_OK) {
        return false;
    }
    const char *set = integration_set_of_path(catalogue, request->path);
    const cihsm_value *keys = set == NULL ? NULL : integration_keys(catalogue, set);
    CIHSM_AUTO(buffer_free) buffer made = buffer_new(size - 1);
    if (keys == NULL || buffer_append_text(&made, set, NULL) != CIHSM_OK ||
        append_predicate(keys, request, answer, &made) != CIHSM_OK) {
        return false;
    }
    memcpy(path, buffer_text(&made), made.len + 1);
    return true;
}
