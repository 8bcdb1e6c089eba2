/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <errno.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <openssl/crypto.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json_guard.h"
#include "base/json_names.h"
#include "base/text.h"
#include "cihsm/scope.h"

static cJSON *node(cihsm_value *value)
{
    return (cJSON *)value;
}

static const cJSON *const_node(const cihsm_value *value)
{
    return (const cJSON *)value;
}

static cihsm_status refuse_trailing(const char *text, size_t len, const char *end, cihsm_error *err)
{
    const size_t at = (size_t)(end - text);
    for (size_t i = at; i < len; i++) {
        if (strchr(" \t\r\n", text[i]) == NULL) {
            return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "text after the JSON document, byte %zu",
                                    i + 1);
        }
    }
    return CIHSM_OK;
}

static cihsm_status parse_guarded(const char *text, size_t len, cihsm_value **out, cihsm_error *err)
{
    const char *end = text;
    errno = 0; /* cJSON tells the want of memory in no other way */
    CIHSM_AUTO(cihsm_value_free)
    cihsm_value *value = (cihsm_value *)cJSON_ParseWithLengthOpts(text, len, &end, 0);
    if (value == NULL && errno == ENOMEM) {
        return cihsm_fail_memory(err);
    }
    if (value == NULL) {
        const size_t at = end == NULL ? 0 : (size_t)(end - text);
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "not JSON, byte %zu", at + 1);
    }
    CIHSM_TRY(refuse_trailing(text, len, end, err));
    CIHSM_TRY(json_names_check(value, err));
    *out = CIHSM_MOVE(value);
    return CIHSM_OK;
}

cihsm_status cihsm_value_parse(const char *text, size_t len, cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        len -= 3;
    }
    bool has_wide_integers = false;
    CIHSM_TRY(json_guard_check(text, len, &has_wide_integers, err));
    if (!has_wide_integers) {
        return parse_guarded(text, len, out, err);
    }
    CIHSM_AUTO(buffer_free) buffer quoted = buffer_new(len * 2);
    CIHSM_TRY(json_guard_quote_wide_integers(text, len, &quoted, err));
    return parse_guarded(quoted.data, quoted.len, out, err);
}

void cihsm_value_free(cihsm_value **value)
{
    if (value != NULL) {
        cJSON_Delete(node(*value));
        *value = NULL;
    }
}

cihsm_value_type cihsm_value_kind(const cihsm_value *value)
{
    switch (value == NULL ? cJSON_NULL : const_node(value)->type & 0xff) {
    case cJSON_String:
        return CIHSM_VALUE_STRING;
    case cJSON_Number:
        return CIHSM_VALUE_NUMBER;
    case cJSON_True:
    case cJSON_False:
        return CIHSM_VALUE_BOOL;
    case cJSON_Array:
        return CIHSM_VALUE_ARRAY;
    case cJSON_Object:
        return CIHSM_VALUE_OBJECT;
    default:
        return CIHSM_VALUE_NULL;
    }
}

const char *cihsm_value_string(const cihsm_value *value)
{
    return cJSON_IsString(const_node(value)) ? const_node(value)->valuestring : NULL;
}

bool cihsm_value_number(const cihsm_value *value, double *out)
{
    if (!cJSON_IsNumber(const_node(value))) {
        return false;
    }
    *out = const_node(value)->valuedouble;
    return true;
}

bool cihsm_value_is_true(const cihsm_value *value)
{
    return cJSON_IsTrue(const_node(value));
}

const cihsm_value *cihsm_value_get(const cihsm_value *object, const char *name)
{
    if (!cJSON_IsObject(const_node(object))) {
        return NULL;
    }
    return (const cihsm_value *)cJSON_GetObjectItemCaseSensitive(const_node(object), name);
}

const char *cihsm_value_get_string(const cihsm_value *object, const char *name)
{
    return cihsm_value_string(cihsm_value_get(object, name));
}

const cihsm_value *cihsm_value_at(const cihsm_value *object, const char *path)
{
    const cihsm_value *found = cihsm_value_get(object, path);
    const size_t head = strcspn(path, ".");
    if (found != NULL || path[head] == '\0' || cihsm_value_kind(object) != CIHSM_VALUE_OBJECT) {
        return found;
    }
    const cihsm_value *m = cihsm_value_first(object);
    for (; m != NULL; m = cihsm_value_next(m)) {
        const char *name = cihsm_value_name(m);
        if (strncmp(name, path, head) == 0 && name[head] == '\0') {
            return cihsm_value_at(m, path + head + 1);
        }
    }
    return NULL;
}

size_t cihsm_value_count(const cihsm_value *value)
{
    size_t count = 0;
    for (const cihsm_value *i = cihsm_value_first(value); i != NULL; i = cihsm_value_next(i)) {
        count++;
    }
    return count;
}

const cihsm_value *cihsm_value_first(const cihsm_value *value)
{
    return value == NULL ? NULL : (const cihsm_value *)const_node(value)->child;
}

const cihsm_value *cihsm_value_next(const cihsm_value *item)
{
    return item == NULL ? NULL : (const cihsm_value *)const_node(item)->next;
}

const char *cihsm_value_name(const cihsm_value *member)
{
    return member == NULL ? NULL : const_node(member)->string;
}

cihsm_value *cihsm_value_copy(const cihsm_value *value)
{
    cJSON *copy = cJSON_Duplicate(const_node(value), true);
    if (copy != NULL) { /* a root has no name */
        cJSON_free(copy->string);
        copy->string = NULL;
    }
    return (cihsm_value *)copy;
}

cihsm_value *cihsm_value_new_object(void)
{
    return (cihsm_value *)cJSON_CreateObject();
}

cihsm_value *cihsm_value_new_array(void)
{
    return (cihsm_value *)cJSON_CreateArray();
}

cihsm_status cihsm_value_set(cihsm_value *object, const char *name, cihsm_value **item,
                             cihsm_error *err)
{
    if (*item == NULL) {
        return cihsm_fail_memory(err);
    }
    cihsm_value *old = json_get(object, name);
    if (old != NULL) {
        json_replace(object, old, item);
        return CIHSM_OK;
    }
    if (!cJSON_AddItemToObject(node(object), name, node(*item))) {
        return cihsm_fail_memory(err);
    }
    *item = NULL;
    return CIHSM_OK;
}

cihsm_status cihsm_value_append(cihsm_value *array, cihsm_value **item, cihsm_error *err)
{
    if (*item == NULL || !cJSON_AddItemToArray(node(array), node(*item))) {
        return cihsm_fail_memory(err);
    }
    *item = NULL;
    return CIHSM_OK;
}

static cihsm_status set_new(cihsm_value *object, const char *name, cJSON *made, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *item = (cihsm_value *)made;
    return cihsm_value_set(object, name, &item, err);
}

cihsm_status cihsm_value_set_string(cihsm_value *object, const char *name, const char *text,
                                    cihsm_error *err)
{
    return set_new(object, name, text == NULL ? cJSON_CreateNull() : cJSON_CreateString(text), err);
}

cihsm_status cihsm_value_set_number(cihsm_value *object, const char *name, double number,
                                    cihsm_error *err)
{
    return set_new(object, name, cJSON_CreateNumber(number), err);
}

cihsm_status cihsm_value_set_bool(cihsm_value *object, const char *name, bool truth,
                                  cihsm_error *err)
{
    return set_new(object, name, cJSON_CreateBool(truth), err);
}

cihsm_status cihsm_value_append_string(cihsm_value *array, const char *text, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *item = (cihsm_value *)cJSON_CreateString(text);
    return cihsm_value_append(array, &item, err);
}

cihsm_value *json_first(cihsm_value *value)
{
    return value == NULL ? NULL : (cihsm_value *)node(value)->child;
}

cihsm_value *json_next(cihsm_value *item)
{
    return item == NULL ? NULL : (cihsm_value *)node(item)->next;
}

cihsm_value *json_get(cihsm_value *object, const char *name)
{
    return cJSON_IsObject(node(object))
               ? (cihsm_value *)cJSON_GetObjectItemCaseSensitive(node(object), name)
               : NULL;
}

cihsm_value *json_detach(cihsm_value *parent, cihsm_value *child)
{
    cJSON *detached = cJSON_DetachItemViaPointer(node(parent), node(child));
    cJSON_free(detached->string); /* a root has no name */
    detached->string = NULL;
    return (cihsm_value *)detached;
}

void json_remove(cihsm_value *parent, cihsm_value *child)
{
    cJSON_Delete(cJSON_DetachItemViaPointer(node(parent), node(child)));
}

void json_replace(cihsm_value *parent, cihsm_value *child, cihsm_value **replacement)
{
    cJSON *to = node(*replacement);
    cJSON_free(to->string);
    to->string = node(child)->string; /* the name stays in its place */
    node(child)->string = NULL;
    cJSON_ReplaceItemViaPointer(node(parent), node(child), to);
    *replacement = NULL;
}

static void wipe_texts(cJSON *value)
{
    if (cJSON_IsString(value)) {
        OPENSSL_cleanse(value->valuestring, strlen(value->valuestring));
    }
    for (cJSON *child = value == NULL ? NULL : value->child; child != NULL; child = child->next) {
        wipe_texts(child);
    }
}

void json_free_wiped(cihsm_value **value)
{
    wipe_texts(node(*value));
    cihsm_value_free(value);
}

void cihsm_value_free_wiped(cihsm_value **value)
{
    if (value != NULL && *value != NULL) {
        json_free_wiped(value);
    }
}

cihsm_status json_assign_string(cihsm_value *string, const char *text, cihsm_error *err)
{
    /* cJSON_SetValuestring writes in place only where the new text is not longer. */
    char *copy = cJSON_malloc(strlen(text) + 1);
    if (copy == NULL) {
        return cihsm_fail_memory(err);
    }
    memcpy(copy, text, strlen(text) + 1);
    cJSON_free(node(string)->valuestring);
    node(string)->valuestring = copy;
    return CIHSM_OK;
}

const char *json_library(void)
{
    return cJSON_Version();
}
