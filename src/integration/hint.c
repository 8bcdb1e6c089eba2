/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/hint.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "integration/nearest.h"
#include "odata/path.h"

#define ROLES_MAX_BYTES 512

static cihsm_status join(const cihsm_value *roles, buffer *names, cihsm_error *err)
{
    const cihsm_value *role = cihsm_value_first(roles);
    for (; role != NULL; role = cihsm_value_next(role)) {
        CIHSM_TRY(buffer_append_text(names, names->len == 0 ? "" : ", ", err));
        CIHSM_TRY(buffer_append_text(names, cihsm_value_string(role), err));
    }
    return CIHSM_OK;
}

/* @param what  NULL: the catalogue does not know it */
static cihsm_status advise(const char *what, const char *access, const cihsm_value *roles,
                           char **out, cihsm_error *err)
{
    if (what == NULL) {
        return text_set(out, NULL, err);
    }
    if (cihsm_value_count(roles) == 0) {
        return text_format(out, err,
                           "the service instance lacks a role for %s%s, and which one is not "
                           "documented; \"cihsm role list\" tells all that there are",
                           access, what);
    }
    CIHSM_AUTO(buffer_free) buffer names = buffer_new(ROLES_MAX_BYTES);
    CIHSM_TRY(join(roles, &names, err));
    return text_format(out, err,
                       "the service instance lacks a role for %s%s: add %s to it (a new role can "
                       "take an hour to work)",
                       access, what, buffer_text(&names));
}

cihsm_status integration_hint_403(const integration_catalogue *catalogue, const char *path,
                                  char **out, cihsm_error *err)
{
    const char *set = integration_set_of_path(catalogue, path);
    const cihsm_value *roles = set == NULL ? NULL : integration_read_roles(catalogue, set);
    return advise(set, "", roles, out, err);
}

cihsm_status integration_hint_403_write(const integration_catalogue *catalogue, const char *path,
                                        char **out, cihsm_error *err)
{
    const char *set = integration_set_of_path(catalogue, path);
    const char *name = set == NULL ? path : set; /* or a function import */
    const cihsm_value *resource = integration_resource(catalogue, name);
    const cihsm_value *roles = cihsm_value_get(resource, "roles");
    return advise(resource == NULL ? NULL : name, "writing ", cihsm_value_get(roles, "write"), out,
                  err);
}

cihsm_status integration_hint_404(const integration_catalogue *catalogue, const char *path,
                                  char **out, cihsm_error *err)
{
    odata_segment first;
    if (!odata_path_next(&path, &first)) {
        return text_set(out, NULL, err);
    }
    CIHSM_AUTO(text_free) char *name = NULL;
    CIHSM_TRY(text_format(&name, err, "%.*s", (int)first.name_len, first.name));
    const char *nearest[CIHSM_NEAREST_MAX] = {0};
    const size_t count = integration_nearest(catalogue, name, nearest);
    if (count == 0 || strcmp(nearest[0], name) == 0) {
        return text_set(out, NULL, err);
    }
    CIHSM_AUTO(text_free) char *question = NULL;
    CIHSM_TRY(nearest_text(nearest, count, "", &question, err));
    return text_format(out, err, "%.80s is not documented: %s", name, question);
}
