/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/advise.h"

#include <stdio.h>

#include "artifact/find.h"
#include "base/error.h"
#include "cihsm/package.h"
#include "cihsm/scope.h"

void advise_instead(cihsm_error *err, cihsm_status status, const char *advice)
{
    (void)error_advise(err, status, "%s", advice);
}

cihsm_value *advise_read(cihsm_client *client, const char *path, bool *is_missing)
{
    cihsm_error why = {0};
    cihsm_value *found = NULL;
    *is_missing = artifact_get(client, path, &found, &why) == CIHSM_E_NOT_FOUND;
    return found;
}

bool advise_package(cihsm_client *client, const char *package, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    char advice[256];
    bool is_missing = false;
    if (cihsm_path_entity("IntegrationPackages", package, NULL, path, NULL) != CIHSM_OK) {
        return false;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = advise_read(client, path, &is_missing);
    if (is_missing) {
        snprintf(advice, sizeof advice, "there is no package \"%.100s\"", package);
        advise_instead(err, CIHSM_E_NOT_FOUND, advice);
        return true;
    }
    if (!cihsm_package_is_read_only(found)) {
        return false;
    }
    snprintf(advice, sizeof advice,
             "the package \"%.100s\" can only be configured (READ_ONLY): neither it nor its "
             "artifacts can be downloaded or changed",
             package);
    advise_instead(err, CIHSM_E_REJECTED, advice);
    return true;
}

bool advise_is_wanted(const cihsm_error *err)
{
    const cihsm_status status = err->status;
    return err->origin == CIHSM_FROM_HTTP &&
           (status == CIHSM_E_REJECTED || status == CIHSM_E_NOT_FOUND ||
            status == CIHSM_E_CONFLICT || status == CIHSM_E_BUSY || status == CIHSM_E_SERVER) &&
           err->native != 429 && err->native <= 500;
}
