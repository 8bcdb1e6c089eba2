/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/write_rules.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

#define VERBS_MAX_BYTES 128

static bool is(const char *method, const char *name)
{
    return strcmp(method, name) == 0;
}

/* "()" names the whole set, as no key does. */
static bool has_key(const odata_segment *segment)
{
    const char *key = segment->name + segment->name_len + 1;
    return segment->has_key && key[strspn(key, " ")] != ')';
}

/* What a path leads to. */
typedef struct target {
    bool has_key;       /* its last segment names one entity */
    bool is_within_key; /* one before it does */
    bool is_value;      /* $value */
} target;

static target target_of(const char *path)
{
    target found = {0};
    odata_segment segment;
    const char *cursor = path;
    while (odata_path_next(&cursor, &segment)) {
        found.is_within_key = found.is_within_key || found.has_key;
        found.has_key = has_key(&segment);
        found.is_value = segment.name_len == strlen("$value") &&
                         memcmp(segment.name, "$value", segment.name_len) == 0;
    }
    return found;
}

static cihsm_status check_target(const char *method, const char *path, cihsm_error *err)
{
    const target at = target_of(path);
    if (is(method, "DELETE") && !at.has_key) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "%.120s names a whole set, which is never deleted: add the key of "
                                "one entity, for example %.60s('id')",
                                path, path);
    }
    if (is(method, "POST") && at.has_key) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "%.120s names one entity, and new ones go to a set: leave out the "
                                "key, its properties belong into the body; \"cihsm update\" "
                                "changes what is there",
                                path);
    }
    if (!is(method, "DELETE") && !is(method, "POST") && !at.has_key && !at.is_within_key) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "%.120s names a whole set, which cannot be changed: add the key of "
                                "one entity, for example %.60s('id')",
                                path, path);
    }
    return CIHSM_OK;
}

static bool has_verb(const cihsm_value *verbs, const char *method)
{
    const cihsm_value *verb = cihsm_value_first(verbs);
    while (verb != NULL && !is(cihsm_value_string(verb), method)) {
        verb = cihsm_value_next(verb);
    }
    return verb != NULL;
}

static cihsm_status list_verbs(const cihsm_value *verbs, buffer *out, cihsm_error *err)
{
    const cihsm_value *verb = cihsm_value_first(verbs);
    for (; verb != NULL; verb = cihsm_value_next(verb)) {
        CIHSM_TRY(buffer_append_text(out, out->len == 0 ? "" : ", ", err));
        CIHSM_TRY(buffer_append_text(out, cihsm_value_string(verb), err));
    }
    return CIHSM_OK;
}

/* The documentation is the reason: a tenant answered 501 to PATCH and 405 to MERGE elsewhere. */
static cihsm_status check_verb(const cihsm_value *resource, const char *method, cihsm_error *err)
{
    const cihsm_value *verbs = cihsm_value_get(resource, "verbs");
    if (cihsm_value_count(verbs) == 0 || has_verb(verbs, method)) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(buffer_free) buffer known = buffer_new(VERBS_MAX_BYTES);
    CIHSM_TRY(list_verbs(verbs, &known, err));
    const char *action = has_verb(verbs, "PUT") ? "update it by PUT, without --patch and --merge"
                         : has_verb(verbs, "PATCH") ? "use --patch"
                                                    : "its entries cannot be changed";
    return cihsm_fail_plain(err, CIHSM_E_USAGE, "%s takes no %s, it is documented for %s only; %s",
                            integration_name(resource), method, buffer_text(&known), action);
}

cihsm_status integration_write_check(const integration_catalogue *catalogue, const char *method,
                                     const char *path, cihsm_error *err)
{
    static const char *const METHODS[] = {"POST", "PUT", "PATCH", "MERGE", "DELETE", "GET"};
    size_t known = 0;
    while (known < sizeof METHODS / sizeof *METHODS && !is(METHODS[known], method)) {
        known++;
    }
    if (known == sizeof METHODS / sizeof *METHODS) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "\"%.20s\" is no method of OData V2: POST, PUT, PATCH, MERGE, "
                                "DELETE or GET",
                                method);
    }
    if (is(method, "GET")) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *plain = NULL; /* without the options of an absolute URL */
    const bool is_absolute = strstr(path, "://") != NULL;
    const size_t len = is_absolute ? strcspn(path, "?") : strlen(path);
    CIHSM_TRY(text_format(&plain, err, "%.*s", (int)len, path));
    CIHSM_TRY(check_target(method, plain, err));
    const bool changes = !is(method, "DELETE") && !is(method, "POST");
    const char *set =
        catalogue == NULL || !changes ? NULL : integration_set_of_path(catalogue, plain);
    return set == NULL ? CIHSM_OK : check_verb(integration_resource(catalogue, set), method, err);
}
