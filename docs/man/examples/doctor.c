/* SPDX-License-Identifier: Apache-2.0 */
/* Why does a call not work? Prints what each layer says. */
#include <stdio.h>

#include <cihsm/doctor.h>
#include <cihsm/scope.h>

static const char *text_of(const cihsm_value *layer,
                           const char *name)
{
    const char *text = cihsm_value_get_string(layer, name);
    return text == NULL ? "" : text;
}

cihsm_status diagnose(const cihsm_client_config *config,
                      cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    cihsm_doctor_options options = {0};
    options.resource = "MessageProcessingLogs";

    const cihsm_status status =
        cihsm_doctor_run(config, &options, &report, err);
    const cihsm_value *layer =
        cihsm_value_first(cihsm_value_get(report, "layers"));
    for (; layer != NULL; layer = cihsm_value_next(layer)) {
        printf("%s %s\n", text_of(layer, "what"),
               text_of(layer, "action"));
    }
    return status;
}
