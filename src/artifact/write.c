/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests that change an artifact. Source: docs/sap-contract.md sections 6.2, 6.3 and 7.2.
 */
#include <string.h>

#include "artifact/request.h"
#include "base/error.h"
#include "cihsm/scope.h"
#include "integration/artifact_type.h"

static cihsm_status refuse(const cihsm_artifact *artifact, const char *what, const char *instead,
                           cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_USAGE, "the tenant documents no way to %s: %s", what,
                            instead == NULL ? artifact_type_of(artifact->type)->title : instead);
}

static cihsm_status check_content(const cihsm_artifact *artifact, const cihsm_archive *content,
                                  cihsm_error *err)
{
    return artifact_type_of(artifact->type)->has_manifest
               ? cihsm_archive_check_id(content, artifact->id, err)
               : CIHSM_OK;
}

/* --- writes ---------------------------------------------------------------------------------- */

/* The body of an adapter has no Id: the tenant takes it from the content. */
static cihsm_status fill_new(const cihsm_artifact *artifact, const char *package, const char *name,
                             cihsm_value *body, cihsm_error *err)
{
    if (artifact->type != CIHSM_ARTIFACT_ADAPTER) {
        CIHSM_TRY(cihsm_value_set_string(body, "Id", artifact->id, err));
        CIHSM_TRY(cihsm_value_set_string(body, "Name", name, err));
    }
    return cihsm_value_set_string(body, "PackageId", package, err);
}

cihsm_status cihsm_artifact_create(const cihsm_artifact *artifact, const char *package,
                                   const char *name, const cihsm_archive *content,
                                   cihsm_artifact_write **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    CIHSM_TRY(check_content(artifact, content, err));
    CIHSM_TRY(request_begin("POST", true, &write, err));
    request_set_path(write, artifact_type_of(artifact->type)->set);
    CIHSM_TRY(fill_new(artifact, package, name, write->value, err));
    CIHSM_TRY(request_set_archive(write, "ArtifactContent", content, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_artifact_update(const cihsm_artifact *artifact, const char *name,
                                   const cihsm_archive *content, cihsm_artifact_write **out,
                                   cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    if (!artifact_type_of(artifact->type)->is_replaceable) {
        return refuse(artifact, "replace the content of this type",
                      "delete the artifact and create it again", err);
    }
    CIHSM_TRY(check_content(artifact, content, err));
    CIHSM_TRY(request_begin("PUT", true, &write, err));
    CIHSM_TRY(cihsm_artifact_path(artifact, NULL, write->path, err));
    CIHSM_TRY(cihsm_value_set_string(write->value, "Name", name, err));
    CIHSM_TRY(request_set_archive(write, "ArtifactContent", content, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_artifact_save_as_version(const cihsm_artifact *artifact, const char *version,
                                            cihsm_artifact_write **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    const char *function = artifact_type_of(artifact->type)->save;
    if (function == NULL) {
        return refuse(artifact, "save a version of this type", NULL, err);
    }
    CIHSM_TRY(request_begin("POST", false, &write, err));
    request_set_path(write, function);
    CIHSM_TRY(request_add_parameter(write, "Id", artifact->id, true, err));
    CIHSM_TRY(request_add_parameter(write, "SaveAsVersion", version, true, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_artifact_delete(const cihsm_artifact *artifact, cihsm_artifact_write **out,
                                   cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    CIHSM_TRY(request_begin("DELETE", false, &write, err));
    CIHSM_TRY(cihsm_artifact_path(artifact, NULL, write->path, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_artifact_deploy(const cihsm_artifact *artifact, cihsm_artifact_write **out,
                                   cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    const artifact_type *type = artifact_type_of(artifact->type);
    CIHSM_TRY(request_begin("POST", false, &write, err));
    request_set_path(write, type->deploy);
    CIHSM_TRY(request_add_parameter(write, "Id", artifact->id, true, err));
    if (type->is_versioned) {
        const char *version = artifact->version == NULL ? "active" : artifact->version;
        CIHSM_TRY(request_add_parameter(write, "Version", version, true, err));
    }
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_artifact_undeploy(const cihsm_artifact *artifact, cihsm_artifact_write **out,
                                     cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    CIHSM_TRY(request_begin("DELETE", false, &write, err));
    CIHSM_TRY(
        cihsm_path_entity("IntegrationRuntimeArtifacts", artifact->id, NULL, write->path, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

/* --- a parameter ----------------------------------------------------------------------------- */

static bool is_integer(const char *text)
{
    const char *digits = text + (*text == '-' || *text == '+' ? 1 : 0);
    return *digits != '\0' && digits[strspn(digits, "0123456789")] == '\0';
}

static cihsm_status check_parameter(const char *key, const char *type, const char *value,
                                    cihsm_error *err)
{
    if (key == NULL || type == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "a parameter of the tenant has no key, or no type");
    }
    if (strcmp(type, "xsd:integer") == 0 && !is_integer(value)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the parameter \"%.120s\" takes a whole number, not \"%.60s\"", key,
                                value);
    }
    return CIHSM_OK;
}

cihsm_status cihsm_artifact_configure(const cihsm_artifact *artifact, const cihsm_value *parameter,
                                      const char *value, cihsm_artifact_write **out,
                                      cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    const char *key = cihsm_value_get_string(parameter, "ParameterKey");
    const char *type = cihsm_value_get_string(parameter, "DataType");
    char link[CIHSM_PATH_SIZE];
    CIHSM_TRY(check_parameter(key, type, value, err));
    CIHSM_TRY(cihsm_path_entity("$links/Configurations", key, NULL, link, err));
    CIHSM_TRY(request_begin("PUT", true, &write, err));
    CIHSM_TRY(cihsm_artifact_path(artifact, link, write->path, err));
    CIHSM_TRY(cihsm_value_set_string(write->value, "ParameterValue", value, err));
    CIHSM_TRY(cihsm_value_set_string(write->value, "DataType", type, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}
