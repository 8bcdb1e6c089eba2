/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "cihsm/scope.h"
#include "client/session.h"
#include "snapshot/job.h"

cihsm_status cihsm_snapshot_check(const cihsm_snapshot_options *options, cihsm_error *err)
{
    cihsm_error_clear(err);
    if (options->folder == NULL || *options->folder == '\0') {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "--out is missing: which folder is for it?");
    }
    if (options->concurrency > CIHSM_SNAPSHOT_CONCURRENCY_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "--concurrency is at most %d, not %u",
                                CIHSM_SNAPSHOT_CONCURRENCY_MAX, options->concurrency);
    }
    if (options->type != NULL && !cihsm_artifact_is_readable(*options->type)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the tenant documents no way to download artifacts of the type %s",
                                cihsm_artifact_type_name(*options->type));
    }
    return snapshot_folder_check(options->folder, NULL, err);
}

cihsm_status cihsm_snapshot_open(cihsm_client *client, const cihsm_snapshot_options *options,
                                 cihsm_snapshot **out, cihsm_error *err)
{
    CIHSM_TRY(cihsm_snapshot_check(options, err));
    CIHSM_AUTO(cihsm_snapshot_free) cihsm_snapshot *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    made->client = client;
    made->service = client_service(client);
    made->options = *options;
    made->ledger.fd = -1;
    made->engine = (snapshot_engine){
        .service = made->service,
        .patience = client_patience(client),
        .concurrency =
            options->concurrency == 0 ? CIHSM_SNAPSHOT_CONCURRENCY : options->concurrency,
    };
    made->rows = cihsm_value_new_array();
    if (made->rows == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(snapshot_folder_open(options->folder, cihsm_client_root(client), &made->folder, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

/* --- running --------------------------------------------------------------------------------- */

static void forget(cihsm_snapshot *of)
{
    for (size_t i = 0; i < of->item_count; i++) {
        cihsm_value_free(&of->items[i].entity);
    }
    for (size_t i = 0; i < of->package_count; i++) {
        cihsm_value_free(&of->packages[i].entity);
    }
    free(of->items);
    free(of->packages);
    of->items = NULL;
    of->packages = NULL;
    of->item_count = of->item_room = of->package_count = 0;
    snapshot_ledger_free(&of->ledger);
}

static cihsm_status begin(cihsm_snapshot *of, cihsm_error *err)
{
    forget(of);
    of->report = (cihsm_snapshot_report){0};
    of->progress = (cihsm_snapshot_progress){0};
    cihsm_value_free(&of->rows);
    of->rows = cihsm_value_new_array();
    if (of->rows == NULL) {
        return cihsm_fail_memory(err);
    }
    const int64_t now_ms = clock_wall_ms(&of->engine.patience->config.clock);
    CIHSM_TRY(snapshot_ledger_open(of->folder, now_ms, of->options.is_full, &of->ledger, err));
    of->report.was_continued = of->ledger.is_continued;
    return CIHSM_OK;
}

static cihsm_status run(cihsm_snapshot *of, cihsm_error *err)
{
    CIHSM_TRY(begin(of, err));
    CIHSM_TRY(snapshot_read_packages(of, err));
    CIHSM_TRY(snapshot_read_artifacts(of, err));
    CIHSM_TRY(snapshot_read_contents(of, err));
    CIHSM_TRY(snapshot_find_gone(of, err));
    return snapshot_ledger_end(&of->ledger, err);
}

cihsm_status cihsm_snapshot_run(cihsm_snapshot *snapshot, cihsm_snapshot_report *report,
                                cihsm_error *err)
{
    cihsm_error_clear(err);
    cihsm_status status = run(snapshot, err);
    if (status == CIHSM_OK) {
        status = snapshot_sort_rows(snapshot, err);
    }
    *report = snapshot->report;
    return status;
}

const cihsm_value *cihsm_snapshot_rows(const cihsm_snapshot *snapshot)
{
    return snapshot->rows;
}

void cihsm_snapshot_free(cihsm_snapshot **snapshot)
{
    if (snapshot == NULL || *snapshot == NULL) {
        return;
    }
    cihsm_snapshot *old = *snapshot;
    *snapshot = NULL;
    forget(old);
    cihsm_value_free(&old->rows);
    snapshot_folder_free(&old->folder);
    free(old);
}
