/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a write failed: the tenant's words are often general, but what it holds can be looked at.
 *
 * Source: docs/sap-contract.md sections 5.6 and 7.2.
 */
#include <stdio.h>
#include <string.h>

#include "artifact/find.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/artifact.h"
#include "cihsm/scope.h"
#include "integration/artifact_type.h"

/* The last clause of an error is general advice: something better takes its place. */
static void advise(cihsm_error *err, cihsm_status status, const char *advice)
{
    const char *last = strrchr(err->message, ';');
    const int kept = last == NULL ? (int)strlen(err->message) : (int)(last - err->message);
    char whole[CIHSM_ERROR_MESSAGE_MAX];
    snprintf(whole, sizeof whole, "%.*s; %s", kept, err->message, advice);
    memcpy(err->message, whole, sizeof whole);
    err->status = status;
}

/* NULL: it is not there, or cannot be read for another reason. */
static cihsm_value *read_entity(cihsm_client *client, const char *path, bool *is_missing)
{
    cihsm_error why = {0};
    cihsm_value *found = NULL;
    *is_missing = artifact_get(client, path, &found, &why) == CIHSM_E_NOT_FOUND;
    return found;
}

/* A package of the mode READ_ONLY can be configured, and nothing else. */
static bool explain_package(cihsm_client *client, const char *package, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    char advice[256];
    bool is_missing = false;
    if (cihsm_path_entity("IntegrationPackages", package, NULL, path, NULL) != CIHSM_OK) {
        return false;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = read_entity(client, path, &is_missing);
    if (is_missing) {
        snprintf(advice, sizeof advice, "there is no package \"%.100s\"", package);
        advise(err, CIHSM_E_NOT_FOUND, advice);
        return true;
    }
    if (!text_equal(cihsm_value_get_string(found, "Mode"), "READ_ONLY")) {
        return false;
    }
    snprintf(advice, sizeof advice,
             "the package \"%.100s\" can only be configured (READ_ONLY): its artifacts cannot be "
             "downloaded or changed",
             package);
    advise(err, CIHSM_E_REJECTED, advice);
    return true;
}

static void explain_creation(cihsm_client *client, const cihsm_artifact *artifact,
                             const char *package, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    char advice[256];
    bool is_missing = false;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    if (cihsm_artifact_is_readable(artifact->type) &&
        cihsm_artifact_path(artifact, NULL, path, NULL) == CIHSM_OK) {
        found = read_entity(client, path, &is_missing);
    }
    if (found == NULL) {
        explain_package(client, package, err);
        return;
    }
    const char *holder = cihsm_value_get_string(found, "PackageId");
    snprintf(advice, sizeof advice,
             "it exists already, in the package \"%.100s\": change it with \"cihsm artifact "
             "update\"",
             holder == NULL ? "?" : holder);
    advise(err, CIHSM_E_CONFLICT, advice);
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
    if (package != NULL && !explain_package(client, package, err)) {
        advise(err, err->status,
               "if someone has it open in the editor it is locked: \"cihsm get "
               "IntegrationDesigntimeLocks\" may tell who");
    }
}

/* What the tenant says about the request, not about the caller or the way to it. */
static bool is_about_content(const cihsm_error *err)
{
    const cihsm_status status = err->status;
    return err->origin == CIHSM_FROM_HTTP &&
           (status == CIHSM_E_REJECTED || status == CIHSM_E_NOT_FOUND ||
            status == CIHSM_E_CONFLICT || status == CIHSM_E_BUSY || status == CIHSM_E_SERVER) &&
           err->native != 429 && err->native <= 500;
}

cihsm_status cihsm_artifact_explain(cihsm_client *client, const cihsm_artifact *artifact,
                                    const char *package, cihsm_error *err)
{
    if (err == NULL || err->status == CIHSM_OK) {
        return CIHSM_OK;
    }
    if (!is_about_content(err)) {
        return err->status;
    }
    if (package != NULL) {
        explain_creation(client, artifact, package, err);
    } else if (cihsm_artifact_is_readable(artifact->type)) {
        explain_change(client, artifact, err);
    }
    return err->status;
}
