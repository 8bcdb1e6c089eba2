/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/doctor.h"

#include <time.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "doctor/layers.h"
#include "doctor/report.h"
#include "doctor/row.h"
#include "doctor/service.h"

enum { NEEDS_MAX = 6, PAUSE_S = 15 };

/* From the bottom; a list of needs ends with its own layer. */
static const struct {
    doctor_look_fn look;
    doctor_layer needs[NEEDS_MAX];
} LAYERS[DOCTOR_LAYER_COUNT] = {
    [DOCTOR_CONFIGURATION] = {look_at_configuration, {DOCTOR_CONFIGURATION}},
    [DOCTOR_MODULE] = {look_at_module, {DOCTOR_CONFIGURATION, DOCTOR_MODULE}},
    [DOCTOR_TOKEN] = {look_at_token, {DOCTOR_MODULE, DOCTOR_TOKEN}},
    [DOCTOR_PIN] = {look_at_pin, {DOCTOR_TOKEN, DOCTOR_PIN}},
    [DOCTOR_LOGIN] = {look_at_login, {DOCTOR_PIN, DOCTOR_LOGIN}},
    [DOCTOR_KEY] = {look_at_key, {DOCTOR_LOGIN, DOCTOR_KEY}},
    [DOCTOR_MECHANISMS] = {look_at_mechanisms, {DOCTOR_KEY, DOCTOR_MECHANISMS}},
    [DOCTOR_CERTIFICATE] = {look_at_certificate, {DOCTOR_MECHANISMS, DOCTOR_CERTIFICATE}},
    [DOCTOR_LINT] = {look_at_lint, {DOCTOR_CERTIFICATE, DOCTOR_LINT}},
    [DOCTOR_CHAIN] = {look_at_chain, {DOCTOR_LINT, DOCTOR_CHAIN}},
    [DOCTOR_SERVICE_KEY] = {look_at_service_key, {DOCTOR_CHAIN, DOCTOR_SERVICE_KEY}},
    [DOCTOR_PROXY] = {look_at_proxy, {DOCTOR_CONFIGURATION, DOCTOR_PROXY}},
    [DOCTOR_CONNECT] = {look_at_connect, {DOCTOR_PROXY, DOCTOR_CONNECT}},
    [DOCTOR_INTERCEPTION] = {look_at_interception, {DOCTOR_CONNECT, DOCTOR_INTERCEPTION}},
    [DOCTOR_TLS] = {look_at_tls, {DOCTOR_INTERCEPTION, DOCTOR_TLS}},
    [DOCTOR_OAUTH] = {look_at_oauth, {DOCTOR_SERVICE_KEY, DOCTOR_TLS, DOCTOR_OAUTH}},
    [DOCTOR_HTTP] = {look_at_http, {DOCTOR_OAUTH, DOCTOR_HTTP}},
    [DOCTOR_ROLE] = {look_at_role, {DOCTOR_HTTP, DOCTOR_ROLE}},
    [DOCTOR_CSRF] = {look_at_csrf, {DOCTOR_ROLE, DOCTOR_CSRF}},
    [DOCTOR_CLOCK] = {look_at_clock, {DOCTOR_TLS, DOCTOR_CLOCK}},
};

static double now_ms(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The layer below that failed, or was skipped for one that failed; the layer itself: none. */
static doctor_layer blocking(const examination *of, doctor_layer layer)
{
    const doctor_layer *needs = LAYERS[layer].needs;
    while (*needs != layer && of->rows[*needs].state != DOCTOR_FAIL &&
           of->rows[*needs].state != DOCTOR_BLOCKED) {
        needs++;
    }
    return *needs;
}

static cihsm_status look(examination *of, doctor_layer layer, cihsm_error *err)
{
    doctor_row *row = &of->rows[layer];
    *row = (doctor_row){.state = DOCTOR_OK};
    const doctor_layer by = blocking(of, layer);
    if (by != layer) {
        row_set(row, DOCTOR_BLOCKED, NULL, "needs %s, which %s", report_layer_name(by),
                of->rows[by].state == DOCTOR_FAIL ? "failed" : "was skipped");
        return CIHSM_OK;
    }
    const double start = now_ms();
    CIHSM_TRY(LAYERS[layer].look(of, row, err));
    if (layer < DOCTOR_PROXY || layer == DOCTOR_OAUTH) { /* the others count what libcurl saw */
        row->milliseconds = now_ms() - start;
    }
    return CIHSM_OK;
}

static cihsm_status look_from(examination *of, doctor_layer first, cihsm_error *err)
{
    for (doctor_layer layer = first; layer < DOCTOR_LAYER_COUNT; layer++) {
        CIHSM_TRY(look(of, layer, err));
        CIHSM_TRY(cancel_check(of->config->cancel, "the examination was not complete", err));
    }
    return CIHSM_OK;
}

/* Only what time can heal: the lower layers are well. A PIN is never tried again and again. */
static bool is_worth_waiting(const examination *of)
{
    const doctor_layer failed = report_first_failure(of);
    return failed >= DOCTOR_PROXY && failed < DOCTOR_LAYER_COUNT && of->asked.status != CIHSM_E_PIN;
}

static cihsm_status wait_until_well(examination *of, cihsm_error *err)
{
    const cihsm_doctor_options *options = of->options;
    const double pause_ms = 1e3 * (double)(options->pause_s > 0 ? options->pause_s : PAUSE_S);
    const double end = now_ms() + 1e3 * (double)options->wait_s;
    const clock_source clock = clock_system(of->config->cancel);
    double left = 0;
    while (is_worth_waiting(of) && (left = end - now_ms()) > 0) {
        const doctor_layer failed = report_first_failure(of);
        if (options->waiting != NULL) {
            options->waiting(options->user, report_layer_name(failed), of->rows[failed].what);
        }
        if (!clock_sleep_ms(&clock, (int64_t)(left < pause_ms ? left : pause_ms))) {
            return cihsm_fail_plain(err, CIHSM_E_CANCELED,
                                    "canceled: the service was not well yet");
        }
        CIHSM_TRY(look_from(of, DOCTOR_PROXY, err));
    }
    return CIHSM_OK;
}

cihsm_status cihsm_doctor_run(const cihsm_client_config *config,
                              const cihsm_doctor_options *options, cihsm_value **out,
                              cihsm_error *err)
{
    cihsm_error_clear(err);
    if (config->signer != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT,
                                "the doctor examines keys on tokens, not a signer of one's own");
    }
    CIHSM_TRY(service_check(options, err));
    const double start = now_ms();
    CIHSM_AUTO(examination_free) examination of = {.config = NULL};
    CIHSM_TRY(examination_begin(&of, config, options, err));
    CIHSM_TRY(look_from(&of, DOCTOR_CONFIGURATION, err));
    CIHSM_TRY(wait_until_well(&of, err));
    return report_make(&of, now_ms() - start, out, err);
}
