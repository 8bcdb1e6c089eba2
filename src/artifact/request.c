/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/request.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

const cihsm_request *cihsm_artifact_request(const cihsm_artifact_write *write)
{
    return &write->request;
}

void cihsm_artifact_write_free(cihsm_artifact_write **write)
{
    if (write == NULL || *write == NULL) {
        return;
    }
    cihsm_value_free(&(*write)->value);
    for (size_t i = 0; i < REQUEST_PARAMETERS_MAX; i++) {
        text_free(&(*write)->texts[i]);
    }
    free(*write);
    *write = NULL;
}

cihsm_status request_begin(const char *method, bool has_body, cihsm_artifact_write **out,
                           cihsm_error *err)
{
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = calloc(1, sizeof *write);
    if (write == NULL) {
        return cihsm_fail_memory(err);
    }
    if (has_body && (write->value = cihsm_value_new_object()) == NULL) {
        return cihsm_fail_memory(err);
    }
    write->request = (cihsm_request){.method = method,
                                     .path = write->path,
                                     .parameters = write->parameters,
                                     .value = write->value};
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

void request_set_path(cihsm_artifact_write *write, const char *path)
{
    snprintf(write->path, sizeof write->path, "%s", path);
}

cihsm_status request_add_parameter(cihsm_artifact_write *write, const char *name, const char *value,
                                   bool is_text, cihsm_error *err)
{
    const size_t at = write->request.parameter_count;
    CIHSM_TRY(text_set(&write->texts[at], value, err));
    write->parameters[at] =
        (cihsm_parameter){.name = name, .value = write->texts[at], .is_text = is_text};
    write->request.parameter_count = at + 1;
    return CIHSM_OK;
}

cihsm_status request_set_archive(cihsm_artifact_write *write, const char *property,
                                 const cihsm_archive *content, cihsm_error *err)
{
    size_t len = 0;
    const void *bytes = cihsm_archive_bytes(content, &len);
    return cihsm_value_set_bytes(write->value, property, bytes, len, err);
}
