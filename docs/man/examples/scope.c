/* SPDX-License-Identifier: Apache-2.0 */
/* Makes an object, or nothing: whatever fails on the way,
 * nothing is left. */
#include <cihsm/scope.h>
#include <cihsm/value.h>

cihsm_status make_body(const char *name, cihsm_value **out,
                       cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free)
    cihsm_value *body = cihsm_value_new_object();
    if (body == NULL) {
        return cihsm_error_set(err, CIHSM_E_NO_MEMORY,
                               "out of memory");
    }
    const cihsm_status status =
        cihsm_value_set_string(body, "Name", name, err);
    if (status == CIHSM_OK) {
        *out = CIHSM_MOVE(body); /* the caller's from here on */
    }
    return status;
}
