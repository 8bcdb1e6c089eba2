/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "artifact/runtime.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/session.h"
#include "odata/literal.h"

#define DEADLINE_S 600
#define REASON_S 30 /* details come later than the error */
#define APPEAR_S 60 /* from the end of the task to an entry on the runtime */
#define STATUS_SIZE 64

typedef struct watch {
    const odata_service *service;
    const char *id;
    const cihsm_deploy_wait *wait;
    int64_t deadline_s;
    runtime_patience patience;
} watch;

static void tell(const watch *of, const char *what)
{
    if (of->wait->progress != NULL) {
        of->wait->progress(of->wait->user, what);
    }
}

static cihsm_status fail_canceled(const watch *of, const char *doing, cihsm_error *err)
{
    return cihsm_fail_plain(
        err, CIHSM_E_CANCELED,
        "canceled: \"%.120s\" is still %s: the tenant goes on, \"cihsm artifact "
        "status\" tells what came of it",
        of->id, doing);
}

static cihsm_status sleep_on(watch *of, const char *doing, cihsm_error *err)
{
    if (runtime_patience_sleep(&of->patience)) {
        return CIHSM_OK;
    }
    if (!runtime_patience_is_over(&of->patience)) {
        return fail_canceled(of, doing, err);
    }
    return cihsm_fail_plain(err, CIHSM_E_TIMEOUT,
                            "after %" PRId64 " s \"%.120s\" is still %s: the tenant goes on, "
                            "\"cihsm artifact status\" tells what came of it",
                            of->deadline_s, of->id, doing);
}

/* The reason has its own time, within the deadline. */
static void find_reason(const watch *of, char out[CIHSM_RUNTIME_ERROR_SIZE])
{
    runtime_patience patience = runtime_patience_begin(of->patience.clock, REASON_S);
    if (patience.end_us > of->patience.end_us) {
        patience.end_us = of->patience.end_us;
    }
    if (runtime_reason(of->service, &patience, of->id, out, NULL) != CIHSM_OK) {
        out[0] = '\0'; /* a task can fail before there is an entry that has one */
    }
}

static cihsm_status fail_deployed(const watch *of, const char *what, cihsm_error *err)
{
    char reason[CIHSM_RUNTIME_ERROR_SIZE];
    find_reason(of, reason);
    return cihsm_fail_plain(err, CIHSM_E_SERVER, "\"%.120s\" %s: %.300s", of->id, what,
                            reason[0] == '\0' ? "the tenant gives no reason; look at it in the "
                                                "monitor of the web UI"
                                              : reason);
}

/* --- the task -------------------------------------------------------------------------------- */

static cihsm_status read_status(const watch *of, const char *path, char out[STATUS_SIZE],
                                cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *task = NULL;
    CIHSM_TRY(runtime_get(of->service, path, &task, err));
    const char *status = cihsm_value_get_string(task, "Status");
    if (status == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "%.200s has no Status", path);
    }
    snprintf(out, STATUS_SIZE, "%s", status);
    return CIHSM_OK;
}

static cihsm_status judge_task(const watch *of, const char *status, cihsm_error *err)
{
    if (strcasecmp(status, "SUCCESS") == 0) {
        return CIHSM_OK;
    }
    if (strcasecmp(status, "FAIL_ON_LICENSE_ERROR") == 0) {
        return cihsm_fail_plain(err, CIHSM_E_SERVER,
                                "\"%.120s\" was not deployed: the license of the tenant does not "
                                "cover it (%s)",
                                of->id, status);
    }
    if (strcasecmp(status, "FAIL") == 0) {
        return fail_deployed(of, "was not deployed", err);
    }
    return cihsm_fail_plain(err, CIHSM_E_SERVER,
                            "\"%.120s\" was not deployed: the task ended as %s", of->id, status);
}

/* The documentation names the key here. */
static cihsm_status task_path(const char *task, buffer *out, cihsm_error *err)
{
    CIHSM_TRY(buffer_append_text(out, "BuildAndDeployStatus(TaskId=", err));
    CIHSM_TRY(odata_literal_append("Edm.String", task, strlen(task), out, err));
    return buffer_append_text(out, ")", err);
}

static cihsm_status wait_for_task(watch *of, const char *task, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer whole = buffer_new(CIHSM_PATH_SIZE);
    char status[STATUS_SIZE];
    CIHSM_TRY(task_path(task, &whole, err));
    const char *path = buffer_text(&whole);
    tell(of, "building");
    CIHSM_TRY(read_status(of, path, status, err));
    while (strcasecmp(status, "DEPLOYING") == 0) {
        CIHSM_TRY(sleep_on(of, "being deployed", err));
        CIHSM_TRY(read_status(of, path, status, err));
    }
    return judge_task(of, status, err);
}

/* --- the start ------------------------------------------------------------------------------- */

static cihsm_status fail_absent(const watch *of, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_NOT_FOUND,
                            "\"%.120s\" was built, but the runtime does not show it within %d s: "
                            "it may have gone to another runtime profile",
                            of->id, APPEAR_S);
}

/* What the runtime shows. */
typedef struct sight {
    cihsm_value *entry; /* NULL: nothing */
    bool is_old;        /* as before the deployment */
} sight;

static void sight_free(sight *of)
{
    cihsm_value_free(&of->entry);
}

static cihsm_status look(const watch *of, sight *out, cihsm_error *err)
{
    cihsm_error why = {0};
    const cihsm_status status = runtime_find(of->service, of->id, &out->entry, &why);
    if (status != CIHSM_OK && status != CIHSM_E_NOT_FOUND) {
        return cihsm_fail(err, why.status, why.origin, why.native, "%s", why.message);
    }
    const char *moment = cihsm_value_get_string(out->entry, "DeployedOn");
    out->is_old = moment != NULL &&
                  text_equal(moment, cihsm_value_get_string(of->wait->before, "DeployedOn"));
    return CIHSM_OK;
}

/* *is_running stays false while it is on the way. */
static cihsm_status judge_start(const watch *of, const sight *seen, bool *is_running,
                                cihsm_error *err)
{
    const char *status = cihsm_value_get_string(seen->entry, "Status");
    if (status != NULL && strcasecmp(status, "ERROR") == 0) {
        return fail_deployed(of, "does not start", err);
    }
    *is_running = status != NULL && strcasecmp(status, "STARTED") == 0;
    return CIHSM_OK;
}

static cihsm_status wait_for_start(watch *of, cihsm_value **out, cihsm_error *err)
{
    const int64_t appear_us = clock_now_us(of->patience.clock) + APPEAR_S * 1000000LL;
    tell(of, "starting");
    for (;;) {
        CIHSM_AUTO(sight_free) sight seen = {0};
        bool is_running = false;
        CIHSM_TRY(look(of, &seen, err));
        const bool is_late = clock_now_us(of->patience.clock) >= appear_us;
        if (seen.entry == NULL && is_late) {
            return fail_absent(of, err);
        }
        if (!seen.is_old || is_late) {
            CIHSM_TRY(judge_start(of, &seen, &is_running, err));
        }
        if (is_running) {
            *out = CIHSM_MOVE(seen.entry);
            return CIHSM_OK;
        }
        CIHSM_TRY(sleep_on(of, "starting", err));
    }
}

/* --------------------------------------------------------------------------------------------- */

cihsm_status watch_deployment(const odata_service *service, const clock_source *clock,
                              const char *id, const char *task, const cihsm_deploy_wait *wait,
                              cihsm_value **out, cihsm_error *err)
{
    static const cihsm_deploy_wait PLAIN = {0};
    wait = wait == NULL ? &PLAIN : wait;
    const int64_t deadline_s = wait->deadline_s == 0 ? DEADLINE_S : wait->deadline_s;
    watch of = {.service = service,
                .id = id,
                .wait = wait,
                .deadline_s = deadline_s,
                .patience = runtime_patience_begin(clock, deadline_s)};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *running = NULL;
    CIHSM_TRY(wait_for_task(&of, task, err));
    of.patience.pause_ms = runtime_patience_begin(clock, 0).pause_ms; /* short ones again */
    CIHSM_TRY(wait_for_start(&of, &running, err));
    *out = CIHSM_MOVE(running);
    return CIHSM_OK;
}

cihsm_status cihsm_artifact_wait(cihsm_client *client, const cihsm_artifact *artifact,
                                 const char *task, const cihsm_deploy_wait *wait, cihsm_value **out,
                                 cihsm_error *err)
{
    cihsm_error_clear(err);
    return watch_deployment(client_service(client), client_clock(client), artifact->id, task, wait,
                            out, err);
}

cihsm_status cihsm_artifact_task(const cihsm_answer *answer, char out[CIHSM_TASK_SIZE],
                                 cihsm_error *err)
{
    cihsm_error_clear(err);
    size_t len = 0;
    const char *text = cihsm_answer_bytes(answer, &len);
    const cihsm_value *member = cihsm_value_first(cihsm_answer_value(answer));
    if (member != NULL) {
        text = cihsm_value_string(member);
        len = text == NULL ? 0 : strlen(text);
    }
    while (len > 0 && strchr(" \r\n", text[len - 1]) != NULL) {
        len--;
    }
    if (len == 0 || len >= CIHSM_TASK_SIZE || memchr(text, '<', len) != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the deployment was taken, but the answer has no id of a task, so "
                                "it cannot be waited for: look with \"cihsm artifact status\"");
    }
    snprintf(out, CIHSM_TASK_SIZE, "%.*s", (int)len, text);
    return CIHSM_OK;
}
