/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/artifact_type.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cihsm/scope.h"
#include "odata/literal.h"

static const artifact_type TYPES[CIHSM_ARTIFACT_TYPES] = {
    [CIHSM_ARTIFACT_FLOW] = {.name = "flow",
                             .title = "integration flow",
                             .set = "IntegrationDesigntimeArtifacts",
                             .deploy = "DeployIntegrationDesigntimeArtifact",
                             .save = "IntegrationDesigntimeArtifactSaveAsVersion",
                             .is_versioned = true,
                             .is_readable = true,
                             .has_resources = true,
                             .takes_resources = true,
                             .is_replaceable = true,
                             .has_manifest = true},
    [CIHSM_ARTIFACT_MESSAGE_MAPPING] = {.name = "message-mapping",
                                        .title = "message mapping",
                                        .set = "MessageMappingDesigntimeArtifacts",
                                        .deploy = "DeployMessageMappingDesigntimeArtifact",
                                        .save = "MessageMappingDesigntimeArtifactSaveAsVersion",
                                        .is_versioned = true,
                                        .is_readable = true,
                                        .has_resources = true,
                                        .is_replaceable = true,
                                        .has_manifest = true},
    [CIHSM_ARTIFACT_VALUE_MAPPING] = {.name = "value-mapping",
                                      .title = "value mapping",
                                      .set = "ValueMappingDesigntimeArtifacts",
                                      .deploy = "DeployValueMappingDesigntimeArtifact",
                                      .save = "ValueMappingDesigntimeArtifactSaveAsVersion",
                                      .is_versioned = true,
                                      .is_readable = true,
                                      .has_manifest = true},
    [CIHSM_ARTIFACT_SCRIPT_COLLECTION] = {.name = "script-collection",
                                          .title = "script collection",
                                          .set = "ScriptCollectionDesigntimeArtifacts",
                                          .deploy = "DeployScriptCollectionDesigntimeArtifact",
                                          .save = "ScriptCollectionDesigntimeArtifactSaveAsVersion",
                                          .is_versioned = true,
                                          .is_readable = true,
                                          .has_resources = true,
                                          .takes_resources = true,
                                          .is_replaceable = true,
                                          .has_manifest = true},
    [CIHSM_ARTIFACT_ADAPTER] = {.name = "adapter",
                                .title = "integration adapter",
                                .set = "IntegrationAdapterDesigntimeArtifacts",
                                .deploy = "DeployIntegrationAdapterDesigntimeArtifact"},
};

const artifact_type *artifact_type_of(cihsm_artifact_type type)
{
    return &TYPES[type];
}

const char *cihsm_artifact_type_name(cihsm_artifact_type type)
{
    return TYPES[type].name;
}

const char *cihsm_artifact_set(cihsm_artifact_type type)
{
    return TYPES[type].set;
}

bool cihsm_artifact_is_readable(cihsm_artifact_type type)
{
    return TYPES[type].is_readable;
}

cihsm_status cihsm_artifact_type_read(const char *name, cihsm_artifact_type *out, cihsm_error *err)
{
    cihsm_error_clear(err);
    for (size_t i = 0; i < CIHSM_ARTIFACT_TYPES; i++) {
        if (strcmp(TYPES[i].name, name) == 0) {
            *out = (cihsm_artifact_type)i;
            return CIHSM_OK;
        }
    }
    return cihsm_fail_plain(
        err, CIHSM_E_USAGE, "the type of an artifact is %s, %s, %s, %s or %s, not \"%.60s\"",
        TYPES[0].name, TYPES[1].name, TYPES[2].name, TYPES[3].name, TYPES[4].name, name);
}

static cihsm_status append_key(const cihsm_artifact *artifact, buffer *to, cihsm_error *err)
{
    const char *version = artifact->version == NULL ? "active" : artifact->version;
    CIHSM_TRY(buffer_append_text(to, "(Id=", err));
    CIHSM_TRY(odata_literal_append("Edm.String", artifact->id, strlen(artifact->id), to, err));
    if (TYPES[artifact->type].is_versioned) {
        CIHSM_TRY(buffer_append_text(to, ",Version=", err));
        CIHSM_TRY(odata_literal_append("Edm.String", version, strlen(version), to, err));
    }
    return buffer_append_text(to, ")", err);
}

static cihsm_status append_path(const cihsm_artifact *artifact, const char *rest, buffer *to,
                                cihsm_error *err)
{
    CIHSM_TRY(buffer_append_text(to, TYPES[artifact->type].set, err));
    CIHSM_TRY(append_key(artifact, to, err));
    CIHSM_TRY(buffer_append_text(to, rest == NULL ? "" : "/", err));
    return buffer_append_text(to, rest == NULL ? "" : rest, err);
}

cihsm_status cihsm_artifact_path(const cihsm_artifact *artifact, const char *rest,
                                 char out[CIHSM_PATH_SIZE], cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(buffer_free) buffer path = buffer_new(CIHSM_PATH_SIZE - 1);
    const cihsm_status status = append_path(artifact, rest, &path, NULL);
    CIHSM_TRY_MEMORY(status, err);
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the id \"%.60s\" is no id of an artifact",
                                artifact->id);
    }
    snprintf(out, CIHSM_PATH_SIZE, "%s", buffer_text(&path));
    return CIHSM_OK;
}
