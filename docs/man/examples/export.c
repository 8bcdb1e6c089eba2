/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the messages of a week into files of a folder; run
 * again it goes on where it was. */
#include <inttypes.h>
#include <stdio.h>

#include <cihsm/export.h>
#include <cihsm/scope.h>

cihsm_status export_logs(cihsm_client *client, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_export_free) cihsm_export *export_ = NULL;
    cihsm_export_options options = {0};
    cihsm_export_report report;
    options.set = "MessageProcessingLogs";
    options.folder = "logs";
    options.since = "7d";

    cihsm_status status =
        cihsm_export_open(client, &options, &export_, err);
    if (status == CIHSM_OK) {
        status = cihsm_export_run(export_, &report, err);
        printf("%" PRIu64 " entries\n", report.entries);
    }
    return status;
}
