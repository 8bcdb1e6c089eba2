/* SPDX-License-Identifier: Apache-2.0 */
/* What a service key is for, without its secrets. */
#include <stdio.h>

#include <cihsm/scope.h>
#include <cihsm/service_key.h>

cihsm_status describe(const char *path, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_service_key_free)
    cihsm_service_key *key = NULL;
    const cihsm_status status =
        cihsm_service_key_read(path, &key, err);
    if (status == CIHSM_OK) {
        printf("%s for %s\n", cihsm_service_key_kind_name(key),
               cihsm_service_key_url(key));
    }
    return status;
}
