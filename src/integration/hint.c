/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/hint.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

#define ROLES_MAX_BYTES 512

cihsm_status integration_hint_403(const integration_catalogue *catalogue, const char *path,
                                  char **out, cihsm_error *err)
{
    const char *set = integration_set_of_path(catalogue, path);
    const cihsm_value *roles = set == NULL ? NULL : integration_read_roles(catalogue, set);
    if (roles == NULL) {
        return text_set(out, NULL, err);
    }
    CIHSM_AUTO(buffer_free) buffer names = buffer_new(ROLES_MAX_BYTES);
    const cihsm_value *role = cihsm_value_first(roles);
    for (; role != NULL; role = cihsm_value_next(role)) {
        CIHSM_TRY(buffer_append_text(&names, names.len == 0 ? "" : ", ", err));
        CIHSM_TRY(buffer_append_text(&names, cihsm_value_string(role), err));
    }
    return text_format(out, err,
                       "the service instance lacks a role for %s: add %s to it (a new role can "
                       "take an hour to work)",
                       set, buffer_text(&names));
}
