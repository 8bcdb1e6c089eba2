/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a write failed: the tenant's words are often general, but what it holds can be looked at.
 *
 * Source: docs/sap-contract.md sections 5.6 and 7.2.
 */
#include <stdio.h>

#include "artifact/advise.h"
#include "cihsm/artifact.h"
#include "cihsm/scope.h"
#include "integration/artifact_type.h"

static void explain_creation(cihsm_client *client, const cihsm_artifact *artifact,
                             const char *package, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    char advice[256];
    bool is_missing = false;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    if (cihsm_artifact_is_readable(artifact->type) &&
        cihsm_artifact_path(artifact, NULL, path, NULL) == CIHSM_OK) {
        found = advise_read(client, path, &is_missing);
    }
    if (found == NULL) {
        advise_package(client, package, err);
        return;
    }
    const char *holder = cihsm_value_get_string(found, "PackageId");
    snprintf(advice, sizeof advice,
             "it exists already, in the package \"%.100s\": change it with \"cihsm artifact "
             "update\"",
             holder == NULL ? "?" : holder);
    advise_instead(err, CIHSM_E_CONFLICT, advice);
}

static void explain_change(cihsm_client *client, const cihsm_artifact *artifact, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    cihsm_error why = {0};
    if (cihsm_artifact_read(client, artifact, &found, &why) == CIHSM_E_NOT_FOUND) {
        *err = why;
        return;
    }
    const char *package = cihsm_value_get_string(found, "PackageId");
    if (package != NULL && !advise_package(client, package, err)) {
        advise_instead(err, err->status,
                       "if someone has it open in the editor it is locked: " ADVISE_LOCKS);
    }
}

cihsm_status cihsm_artifact_explain(cihsm_client *client, const cihsm_artifact *artifact,
                                    const char *package, cihsm_error *err)
{
    if (err == NULL || err->status == CIHSM_OK) {
        return CIHSM_OK;
    }
    if (!advise_is_wanted(err)) {
        return err->status;
    }
    if (package != NULL) {
        explain_creation(client, artifact, package, err);
    } else if (cihsm_artifact_is_readable(artifact->type)) {
        explain_change(client, artifact, err);
    }
    return err->status;
}
