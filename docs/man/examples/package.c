/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the packages that can be changed. */
#include <stdio.h>

#include <cihsm/package.h>
#include <cihsm/scope.h>

cihsm_status print_packages(cihsm_client *client, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *packages = NULL;
    const cihsm_status status =
        cihsm_package_list(client, &packages, err);
    const cihsm_value *package = cihsm_value_first(packages);
    for (; package != NULL; package = cihsm_value_next(package)) {
        if (!cihsm_package_is_read_only(package)) {
            puts(cihsm_value_get_string(package, "Id"));
        }
    }
    return status;
}
