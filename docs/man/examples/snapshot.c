/* SPDX-License-Identifier: Apache-2.0 */
/* All packages and artifacts of the tenant below a folder for
 * git. */
#include <inttypes.h>
#include <stdio.h>

#include <cihsm/scope.h>
#include <cihsm/snapshot.h>

cihsm_status take(cihsm_client *client, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_snapshot_free) cihsm_snapshot *snapshot = NULL;
    cihsm_snapshot_options options = {0};
    cihsm_snapshot_report report;
    options.folder = "tenant";
    options.prunes = true;

    cihsm_status status =
        cihsm_snapshot_open(client, &options, &snapshot, err);
    if (status == CIHSM_OK) {
        status = cihsm_snapshot_run(snapshot, &report, err);
        printf("%" PRIu64 " changed\n", report.changed);
    }
    return status;
}
