/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/runtime.h"

#include <string.h>

#include "artifact/reason.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/session.h"

#define SET "IntegrationRuntimeArtifacts"
#define PAUSE_FIRST_MS 500
#define PAUSE_MAX_MS 10000
#define REASON_WAIT_S 30

runtime_patience runtime_patience_begin(const clock_source *clock, int64_t seconds)
{
    return (runtime_patience){.clock = clock,
                              .end_us = clock_now_us(clock) + seconds * 1000000,
                              .pause_ms = PAUSE_FIRST_MS};
}

static int64_t left_of(const runtime_patience *of)
{
    return (of->end_us - clock_now_us(of->clock)) / 1000;
}

bool runtime_patience_is_over(const runtime_patience *of)
{
    return left_of(of) <= 0;
}

bool runtime_patience_sleep(runtime_patience *of)
{
    const int64_t left_ms = left_of(of);
    if (left_ms <= 0) {
        return false;
    }
    const int64_t pause_ms = left_ms < of->pause_ms ? left_ms : of->pause_ms;
    of->pause_ms = of->pause_ms * 3 / 2 < PAUSE_MAX_MS ? of->pause_ms * 3 / 2 : PAUSE_MAX_MS;
    return clock_sleep_ms(of->clock, pause_ms);
}

static void result_free(odata_result **result)
{
    odata_result_free(result);
}

cihsm_status runtime_get(const odata_service *service, const char *path, cihsm_value **out,
                         cihsm_error *err)
{
    static const cihsm_query NONE = CIHSM_QUERY_INIT;
    CIHSM_AUTO(result_free) odata_result *result = NULL;
    CIHSM_TRY(odata_result_open(service, path, &NONE, &result, err));
    if (cihsm_value_kind(odata_result_value(result)) != CIHSM_VALUE_OBJECT) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the tenant answers %.200s with no entity: look at it with "
                                "\"cihsm get --raw\"",
                                path);
    }
    *out = cihsm_value_copy(odata_result_value(result));
    return *out == NULL ? cihsm_fail_memory(err) : CIHSM_OK;
}

/* The status for it has changed before, the words have not (contract section 5.6). */
static bool is_absent(const cihsm_error *why)
{
    return why->status == CIHSM_E_NOT_FOUND ||
           (why->origin == CIHSM_FROM_HTTP && strcasestr(why->message, "could not be found"));
}

cihsm_status runtime_find(const odata_service *service, const char *id, cihsm_value **out,
                          cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    cihsm_error why = {0};
    CIHSM_TRY(cihsm_path_entity(SET, id, NULL, path, err));
    const cihsm_status status = runtime_get(service, path, out, &why);
    if (status == CIHSM_OK) {
        return CIHSM_OK;
    }
    if (is_absent(&why)) {
        return cihsm_fail(err, CIHSM_E_NOT_FOUND, why.origin, why.native,
                          "%lu from tenant: nothing is deployed under the id \"%.120s\"; \"cihsm "
                          "runtime list\" lists what is; an access policy can hide an artifact",
                          why.native, id);
    }
    return cihsm_fail(err, why.status, why.origin, why.native, "%s", why.message);
}

static cihsm_status look(const odata_service *service, const char *path,
                         char out[CIHSM_RUNTIME_ERROR_SIZE], cihsm_error *err)
{
    static const cihsm_query NONE = CIHSM_QUERY_INIT;
    CIHSM_AUTO(result_free) odata_result *result = NULL;
    size_t len = 0;
    CIHSM_TRY(odata_result_open(service, path, &NONE, &result, err));
    const char *body = odata_result_bytes(result, &len);
    reason_of(body, len, out);
    return CIHSM_OK;
}

cihsm_status runtime_reason(const odata_service *service, runtime_patience *patience,
                            const char *id, char out[CIHSM_RUNTIME_ERROR_SIZE], cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CIHSM_TRY(cihsm_path_entity(SET, id, "ErrorInformation/$value", path, err));
    do {
        CIHSM_TRY(look(service, path, out, err));
    } while (out[0] == '\0' && patience != NULL && runtime_patience_sleep(patience));
    return CIHSM_OK;
}

/* --- public ---------------------------------------------------------------------------------- */

cihsm_status cihsm_runtime_read(cihsm_client *client, const char *id, cihsm_value **out,
                                cihsm_error *err)
{
    cihsm_error_clear(err);
    const odata_service *service = client_service(client);
    char reason[CIHSM_RUNTIME_ERROR_SIZE] = "";
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CIHSM_TRY(runtime_find(service, id, &found, err));
    if (text_equal(cihsm_value_get_string(found, "Status"), "ERROR")) {
        cihsm_error why = {0};
        if (runtime_reason(service, NULL, id, reason, &why) != CIHSM_OK) {
            log_line(service->log, CIHSM_LOG_WARN, "runtime", "%s", why.message);
        }
        CIHSM_TRY(cihsm_value_set_string(found, "Error", reason, err));
    }
    *out = CIHSM_MOVE(found);
    return CIHSM_OK;
}

cihsm_status cihsm_runtime_error(cihsm_client *client, const char *id,
                                 char out[CIHSM_RUNTIME_ERROR_SIZE], cihsm_error *err)
{
    cihsm_error_clear(err);
    const odata_service *service = client_service(client);
    runtime_patience patience = runtime_patience_begin(client_clock(client), REASON_WAIT_S);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    out[0] = '\0';
    CIHSM_TRY(runtime_find(service, id, &found, err));
    if (!text_equal(cihsm_value_get_string(found, "Status"), "ERROR")) {
        return CIHSM_OK;
    }
    return runtime_reason(service, &patience, id, out, err);
}
