/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading artifacts, and telling what of a path is not there.
 */
#include "artifact/find.h"

#include "artifact/runtime.h"
#include "base/error.h"
#include "cihsm/scope.h"
#include "client/session.h"
#include "integration/artifact_type.h"

cihsm_status artifact_get(cihsm_client *client, const char *path, cihsm_value **out,
                          cihsm_error *err)
{
    return runtime_get(client_service(client), path, out, err);
}

static cihsm_status read_it(cihsm_client *client, const cihsm_artifact *artifact, cihsm_value **out,
                            cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CIHSM_TRY(cihsm_artifact_path(artifact, NULL, path, err));
    return artifact_get(client, path, out, err);
}

cihsm_status artifact_fail_missing(cihsm_client *client, const cihsm_artifact *artifact,
                                   cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *present = NULL;
    const char *title = artifact_type_of(artifact->type)->title;
    const cihsm_artifact any = {.type = artifact->type, .id = artifact->id};
    if (artifact->version != NULL && read_it(client, &any, &present, NULL) == CIHSM_OK) {
        const char *version = cihsm_value_get_string(present, "Version");
        return cihsm_fail(err, CIHSM_E_NOT_FOUND, CIHSM_FROM_HTTP, 404,
                          "404 from tenant: the %s \"%.120s\" has no version %.40s, the present "
                          "one is %.40s",
                          title, artifact->id, artifact->version, version == NULL ? "?" : version);
    }
    return cihsm_fail(err, CIHSM_E_NOT_FOUND, CIHSM_FROM_HTTP, 404,
                      "404 from tenant: there is no %s \"%.120s\": check id and --type; \"cihsm "
                      "artifact list --package ID\" lists what a package has; an access policy can "
                      "hide an artifact",
                      title, artifact->id);
}

cihsm_status cihsm_artifact_read(cihsm_client *client, const cihsm_artifact *artifact,
                                 cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    const artifact_type *type = artifact_type_of(artifact->type);
    if (!type->is_readable) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the tenant documents no way to read an %s",
                                type->title);
    }
    cihsm_error why = {0};
    const cihsm_status status = read_it(client, artifact, out, &why);
    if (status == CIHSM_E_NOT_FOUND) {
        return artifact_fail_missing(client, artifact, err);
    }
    return status == CIHSM_OK
               ? CIHSM_OK
               : cihsm_fail(err, why.status, why.origin, why.native, "%s", why.message);
}
