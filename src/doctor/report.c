/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report.h"

#include "base/error.h"
#include "cihsm/scope.h"

static const char *const LAYER_NAMES[DOCTOR_LAYER_COUNT] = {
    [DOCTOR_CONFIGURATION] = "configuration",
    [DOCTOR_MODULE] = "module",
    [DOCTOR_TOKEN] = "token",
    [DOCTOR_PIN] = "pin",
    [DOCTOR_LOGIN] = "login",
    [DOCTOR_KEY] = "key",
    [DOCTOR_MECHANISMS] = "mechanisms",
    [DOCTOR_CERTIFICATE] = "certificate",
    [DOCTOR_LINT] = "lint",
    [DOCTOR_CHAIN] = "chain",
    [DOCTOR_SERVICE_KEY] = "service-key",
    [DOCTOR_PROXY] = "proxy",
    [DOCTOR_CONNECT] = "connect",
    [DOCTOR_INTERCEPTION] = "interception",
    [DOCTOR_TLS] = "tls",
    [DOCTOR_OAUTH] = "oauth",
    [DOCTOR_HTTP] = "http",
    [DOCTOR_ROLE] = "role",
    [DOCTOR_CSRF] = "csrf",
    [DOCTOR_CLOCK] = "clock",
};

static const char *const STATE_NAMES[] = {
    [DOCTOR_OK] = "ok",           [DOCTOR_WARN] = "warn",        [DOCTOR_FAIL] = "fail",
    [DOCTOR_BLOCKED] = "skipped", [DOCTOR_UNNEEDED] = "skipped",
};

const char *report_layer_name(doctor_layer layer)
{
    return LAYER_NAMES[layer];
}

doctor_layer report_first_failure(const examination *of)
{
    doctor_layer layer = DOCTOR_CONFIGURATION;
    while (layer < DOCTOR_LAYER_COUNT && of->rows[layer].state != DOCTOR_FAIL) {
        layer++;
    }
    return layer;
}

static double to_thousandths(double of)
{
    return (double)(long long)(of * 1000 + 0.5) / 1000;
}

static cihsm_status add_row(const examination *of, doctor_layer layer, cihsm_value *to,
                            cihsm_error *err)
{
    const doctor_row *row = &of->rows[layer];
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_object();
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(made, "layer", LAYER_NAMES[layer], err));
    CIHSM_TRY(cihsm_value_set_string(made, "state", STATE_NAMES[row->state], err));
    CIHSM_TRY(cihsm_value_set_string(made, "what", row->what, err));
    CIHSM_TRY(
        cihsm_value_set_string(made, "action", row->action[0] == '\0' ? NULL : row->action, err));
    CIHSM_TRY(cihsm_value_set_number(made, "milliseconds", to_thousandths(row->milliseconds), err));
    return cihsm_value_append(to, &made, err);
}

cihsm_status report_make(const examination *of, double milliseconds, cihsm_value **out,
                         cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_object();
    CIHSM_AUTO(cihsm_value_free) cihsm_value *layers = cihsm_value_new_array();
    if (made == NULL || layers == NULL) {
        return cihsm_fail_memory(err);
    }
    for (doctor_layer layer = DOCTOR_CONFIGURATION; layer < DOCTOR_LAYER_COUNT; layer++) {
        CIHSM_TRY(add_row(of, layer, layers, err));
    }
    const doctor_layer failed = report_first_failure(of);
    const bool is_well = failed == DOCTOR_LAYER_COUNT;
    CIHSM_TRY(cihsm_value_set_bool(made, "well", is_well, err));
    CIHSM_TRY(cihsm_value_set_string(made, "failed", is_well ? NULL : LAYER_NAMES[failed], err));
    CIHSM_TRY(cihsm_value_set_string(made, "for", of->options->resource, err));
    CIHSM_TRY(cihsm_value_set_string(made, "url", of->identity->root, err));
    CIHSM_TRY(cihsm_value_set_number(made, "milliseconds", to_thousandths(milliseconds), err));
    CIHSM_TRY(cihsm_value_set(made, "layers", &layers, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}
