/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cihsm/path.h"
#include "cihsm/scope.h"
#include "odata/literal.h"

cihsm_status cihsm_path_entity(const char *set, const char *key, const char *rest,
                               char out[CIHSM_PATH_SIZE], cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(buffer_free) buffer literal = buffer_new(CIHSM_PATH_SIZE);
    const cihsm_status status =
        odata_literal_append("Edm.String", key, strlen(key), &literal, NULL);
    if (status == CIHSM_E_NO_MEMORY) {
        return cihsm_fail_memory(err);
    }
    const int len = snprintf(out, CIHSM_PATH_SIZE, "%s(%s)%s%s", set, buffer_text(&literal),
                             rest == NULL ? "" : "/", rest == NULL ? "" : rest);
    if (status != CIHSM_OK || len >= CIHSM_PATH_SIZE) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the key \"%.60s\" of %s is too long", key,
                                set);
    }
    return CIHSM_OK;
}
