/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * MonitoringDataRead (documented)
 */
#include <stdio.h>

#include <cihsm/role.h>
#include <cihsm/scope.h>

int main(void)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *roles = NULL;
    cihsm_error err = {0};

    if (cihsm_role_for("MessageProcessingLogs", false, &roles,
                       &err) != CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    const cihsm_value *role = cihsm_value_first(roles);
    printf("%s (%s)\n", cihsm_value_get_string(role, "Role"),
           cihsm_value_get_string(role, "Evidence"));
    return 0;
}
