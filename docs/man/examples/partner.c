/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the tenant's partners what the files of a folder say. */
#include <stdio.h>

#include <cihsm/partner.h>
#include <cihsm/scope.h>

cihsm_status apply(cihsm_client *client, const char *path,
                   cihsm_error *err)
{
    const cihsm_partner_options options = {0};
    CIHSM_AUTO(cihsm_partner_folder_free)
    cihsm_partner_folder *folder = NULL;
    CIHSM_AUTO(cihsm_partner_plan_free)
    cihsm_partner_plan *plan = NULL;
    cihsm_partner_applied applied = {0};

    cihsm_status status =
        cihsm_partner_folder_open(path, NULL, 0, &folder, err);
    if (status == CIHSM_OK) {
        status = cihsm_partner_plan_make(client, folder, &options,
                                         &plan, err);
    }
    if (status == CIHSM_OK) {
        status = cihsm_partner_apply(client, plan, &applied, err);
        printf("%zu changes\n", applied.changes);
    }
    return status;
}
