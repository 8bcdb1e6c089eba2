/* SPDX-License-Identifier: Apache-2.0 */
#include "export/export.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/session.h"
#include "export/job.h"
#include "export/question.h"

#define SLICES_A_LANE 8 /* by default: enough to keep all busy until the end */
#define INTERVAL_S 60
#define INTERVAL_S_MAX 86400

static cihsm_status check_numbers(const cihsm_export_options *options, cihsm_error *err)
{
    if (options->concurrency > CIHSM_EXPORT_CONCURRENCY_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "--concurrency is at most %d, not %u",
                                CIHSM_EXPORT_CONCURRENCY_MAX, options->concurrency);
    }
    if (options->slice_s < 0 || options->interval_s < 0 || options->lag_s < 0 ||
        options->interval_s > INTERVAL_S_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "--slice, --interval and --lag are times of a second or more; "
                                "--interval is a day at most");
    }
    if (!options->follow && (options->interval_s != 0 || options->lag_s != 0)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "--interval and --lag go with --follow only");
    }
    if (options->folder == NULL || *options->folder == '\0') {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "--out is missing: which folder is for it?");
    }
    return CIHSM_OK;
}

static cihsm_status make_plan(const cihsm_export_options *options, const char *root, int64_t now_ms,
                              export_plan *out, cihsm_error *err)
{
    CIHSM_TRY(check_numbers(options, err));
    CIHSM_TRY(export_plan_make(options, root, now_ms, out, err));
    export_manner manner;
    return export_manner_of(out, options, &manner, err);
}

/* Files of our form without a checkpoint are somebody's. */
static cihsm_status refuse_strangers(const export_folder *folder, const export_state *state,
                                     cihsm_error *err)
{
    bool found = false;
    if (!state->has_plan) {
        CIHSM_TRY(export_folder_has_ours(folder, &found, err));
    }
    if (found) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "%.200s holds files of an export and no checkpoint: take another "
                                "folder",
                                folder->path);
    }
    return CIHSM_OK;
}

cihsm_status cihsm_export_check(const cihsm_export_options *options, cihsm_error *err)
{
    cihsm_error_clear(err);
    const clock_source clock = clock_system(NULL);
    CIHSM_AUTO(export_plan_free) export_plan plan = {0};
    CIHSM_AUTO(export_folder_free) export_folder *folder = NULL;
    CIHSM_AUTO(export_state_free) export_state state = {0};
    CIHSM_TRY(make_plan(options, NULL, clock_wall_ms(&clock), &plan, err));
    CIHSM_TRY(export_folder_look(options->folder, &plan, &folder, err));
    if (folder == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(export_state_load(folder, &plan, &state, err));
    return refuse_strangers(folder, &state, err);
}

/* --- opening ----------------------------------------------------------------------------- */

static cihsm_status note_plan(export_folder *folder, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *line = cihsm_value_new_object();
    if (line == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(export_plan_write(folder->plan, line, err));
    CIHSM_TRY(export_folder_note(folder, line, err));
    return export_folder_sync(folder, err);
}

/* Takes over what an earlier run did, and clears away what it left unfinished. */
static cihsm_status take_over(cihsm_export *of, cihsm_error *err)
{
    CIHSM_TRY(export_state_load(of->folder, &of->plan, &of->state, err));
    CIHSM_TRY(refuse_strangers(of->folder, &of->state, err));
    CIHSM_TRY(export_folder_cut(of->folder, of->state.good, err));
    of->is_continued = of->state.has_plan;
    if (!of->is_continued) {
        return note_plan(of->folder, err);
    }
    if (of->state.files_gone > 0) {
        log_line(of->service->log, CIHSM_LOG_INFO, "export",
                 "%zu files were moved away from %s: they count as done", of->state.files_gone,
                 of->folder->path);
    }
    return export_folder_sweep(of->folder, export_state_has_file, &of->state, err);
}

/* By default so many slices that all requests are busy until the end. */
static int64_t slice_length(const cihsm_export *of, int64_t wanted_s)
{
    const int64_t window_s = of->plan.window.to_s - of->plan.window.from_s;
    const int64_t pieces = (int64_t)of->concurrency * SLICES_A_LANE;
    if (wanted_s > 0) {
        return wanted_s;
    }
    return export_plan_follows(&of->plan) ? 3600 : (window_s + pieces - 1) / pieces;
}

static void take_options(cihsm_export *of, const cihsm_export_options *options)
{
    of->concurrency = options->concurrency == 0 ? CIHSM_EXPORT_CONCURRENCY : options->concurrency;
    of->interval_s = options->interval_s == 0 ? INTERVAL_S : options->interval_s;
    of->lag_s = options->lag_s == 0 ? CIHSM_EXPORT_LAG_S : options->lag_s;
    of->progress = options->progress;
    of->user = options->user;
}

int64_t export_wall_ms(const cihsm_export *of)
{
    return clock_wall_ms(&of->patience->config.clock);
}

static cihsm_status prepare(cihsm_export *of, const cihsm_export_options *options, cihsm_error *err)
{
    take_options(of, options);
    CIHSM_TRY(make_plan(options, of->service->root, export_wall_ms(of), &of->plan, err));
    CIHSM_TRY(export_folder_open(options->folder, &of->plan, &of->folder, err));
    CIHSM_TRY(take_over(of, err));
    of->slice_s = slice_length(of, options->slice_s);
    of->ground =
        (export_ground){.root = of->service->root, .plan = &of->plan, .folder = of->folder};
    CIHSM_TRY(export_manner_of(&of->plan, options, &of->ground.manner, err));
    of->has_style = true;
    CIHSM_TRY(
        export_style_init(&of->style, of->service, &of->plan, of->folder, &of->state.columns, err));
    of->style.select = of->ground.manner.selects_here ? of->plan.select : NULL;
    return CIHSM_OK;
}

cihsm_status export_open(const odata_service *service, http_patience *patience,
                         const cihsm_export_options *options, cihsm_export **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_export_free) cihsm_export *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    made->service = service;
    made->patience = patience;
    CIHSM_TRY(prepare(made, options, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

cihsm_status cihsm_export_open(cihsm_client *client, const cihsm_export_options *options,
                               cihsm_export **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    return export_open(client_service(client), client_patience(client), options, out, err);
}

void cihsm_export_free(cihsm_export **export_)
{
    if (export_ == NULL || *export_ == NULL) {
        return;
    }
    cihsm_export *old = *export_;
    *export_ = NULL;
    if (old->has_style) {
        export_style_free(&old->style);
    }
    export_spans_free(&old->todo);
    export_state_free(&old->state);
    export_folder_free(&old->folder);
    export_plan_free(&old->plan);
    free(old);
}

void cihsm_export_stop(cihsm_export *export_)
{
    atomic_store(&export_->stop, true);
}
