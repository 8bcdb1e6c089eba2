/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/error.h"
#include "base/log.h"
#include "export/job.h"
#include "export/manifest.h"

#define PAGE_MAX_DEFAULT ((size_t)64 << 20)
#define STOP_LOOK_MS 100

static cihsm_status run_engine(cihsm_export *of, export_spans *todo, cihsm_error *err)
{
    const odata_service *service = of->service;
    const export_engine_config config = {
        .ground = &of->ground,
        .style = &of->style,
        .patience = of->patience,
        .hint = service->hint,
        .page_max =
            service->response_max_bytes == 0 ? PAGE_MAX_DEFAULT : service->response_max_bytes,
        .concurrency = of->concurrency,
        .step_s = of->slice_s,
        .stop = &of->stop,
        .progress = of->progress,
        .user = of->user,
    };
    return export_engine_run(&config, todo, &of->sums, err);
}

/* Reads what of a window is not done yet. */
static cihsm_status run_window(cihsm_export *of, export_span window, cihsm_error *err)
{
    export_spans_free(&of->todo);
    CIHSM_TRY(export_spans_gaps(&of->state.done, window, &of->todo, err));
    return of->todo.count == 0 ? CIHSM_OK : run_engine(of, &of->todo, err);
}

/* By a clock that nobody sets. */
static cihsm_status pause_until(const cihsm_export *of, int64_t end_us, cihsm_error *err)
{
    const clock_source *clock = &of->patience->config.clock;
    int64_t left_ms = 0;
    while ((left_ms = (end_us - clock_now_us(clock)) / 1000) > 0) {
        if (atomic_load(&of->stop) ||
            !clock_sleep_ms(clock, left_ms < STOP_LOOK_MS ? left_ms : STOP_LOOK_MS)) {
            return cihsm_fail_plain(err, CIHSM_E_CANCELED, "the export was stopped");
        }
    }
    return CIHSM_OK;
}

/* Nothing is new as long as a clock that was set back stays behind. */
static void tell_behind(cihsm_export *of, int64_t seconds)
{
    if (!of->is_behind && seconds > 0) {
        log_line(of->service->log, CIHSM_LOG_WARN, "export",
                 "%s is exported up to %" PRId64 " s from now less --lag: nothing is new until "
                 "then; was the clock set back?",
                 of->plan.set, seconds);
    }
    of->is_behind = seconds > 0;
}

/* One round of following. */
static cihsm_status run_up_to(cihsm_export *of, int64_t to_s, cihsm_error *err)
{
    export_spans *done = &of->state.done;
    export_span window = {of->plan.window.from_s, to_s};
    if (done->count > 0) {
        const int64_t reached_s = done->items[done->count - 1].to_s;
        tell_behind(of, reached_s - to_s);
        window.to_s = reached_s > to_s ? reached_s : to_s;
    }
    if (window.to_s <= window.from_s) {
        return CIHSM_OK;
    }
    CIHSM_TRY(run_window(of, window, err));
    bool overlaps = false;
    export_spans_free(done);
    return export_spans_add(done, window, &overlaps, err);
}

/* Never returns CIHSM_OK: it ends when it is stopped, or by a failure. */
static cihsm_status follow(cihsm_export *of, cihsm_error *err)
{
    for (;;) {
        const int64_t begun_us = clock_now_us(&of->patience->config.clock);
        CIHSM_TRY(run_up_to(of, export_wall_ms(of) / 1000 - of->lag_s, err));
        CIHSM_TRY(pause_until(of, begun_us + of->interval_s * 1000000, err));
    }
}

static bool is_complete(const cihsm_export *of)
{
    if (of->plan.property == NULL) {
        return of->state.is_all_done;
    }
    const export_spans *done = &of->state.done;
    return done->count == 1 && done->items[0].from_s == of->plan.window.from_s &&
           done->items[0].to_s == of->plan.window.to_s;
}

static cihsm_status run(cihsm_export *of, cihsm_error *err)
{
    if (export_plan_follows(&of->plan)) {
        return follow(of, err);
    }
    if (!is_complete(of)) {
        CIHSM_TRY(of->plan.property == NULL ? run_engine(of, NULL, err)
                                            : run_window(of, of->plan.window, err));
    }
    return export_manifest_write(of->folder, export_wall_ms(of), err);
}

static void fill_report(const cihsm_export *of, bool was_complete, cihsm_export_report *report)
{
    const export_span window = of->plan.window;
    *report = (cihsm_export_report){
        .was_complete = was_complete,
        .was_continued = of->is_continued,
        .is_until_lowered = of->plan.is_lowered && !of->is_continued,
        .since_ms = window.from_s * 1000,
        .until_ms = export_plan_follows(&of->plan) ? 0 : window.to_s * 1000,
        .entries = of->sums.entries,
        .bytes = of->sums.bytes,
        .files = of->sums.files,
        .left_out = of->sums.left_out,
    };
}

cihsm_status cihsm_export_run(cihsm_export *export_, cihsm_export_report *report, cihsm_error *err)
{
    cihsm_error_clear(err);
    const bool was_complete = is_complete(export_) && export_manifest_exists(export_->folder);
    if (!export_plan_follows(&export_->plan)) {
        export_->sums.window_s = export_->plan.window.to_s - export_->plan.window.from_s;
        export_->sums.done_s = export_spans_length(&export_->state.done);
    }
    const cihsm_status status = was_complete ? CIHSM_OK : run(export_, err);
    fill_report(export_, was_complete, report);
    return status;
}
