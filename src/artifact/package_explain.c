/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why reading or writing a package failed. Source: docs/sap-contract.md sections 5.6 and 7.2.
 */
#include <stdio.h>
#include <string.h>

#include "artifact/advise.h"
#include "base/text.h"
#include "cihsm/package.h"
#include "cihsm/scope.h"

enum { NAMES_MAX = 160, ADVICE_MAX = 400 };

cihsm_status cihsm_package_explain(cihsm_client *client, const char *id, cihsm_error *err)
{
    if (advise_is_wanted(err) && !advise_package(client, id, err) &&
        err->status != CIHSM_E_NOT_FOUND && err->status != CIHSM_E_CONFLICT) {
        advise_instead(
            err, err->status,
            "an artifact of it that someone has open in the editor is locked: " ADVISE_LOCKS);
    }
    return err->status;
}

/* "a, b": those whose version is that of a draft; "" if there is none. */
static void list_drafts(const cihsm_value *artifacts, char out[NAMES_MAX])
{
    size_t len = 0;
    const cihsm_value *one = cihsm_value_first(artifacts);
    for (; one != NULL && len < NAMES_MAX; one = cihsm_value_next(one)) {
        const char *id = cihsm_value_get_string(one, "Id");
        if (id != NULL && text_equal(cihsm_value_get_string(one, "Version"), "Active")) {
            len +=
                (size_t)snprintf(out + len, NAMES_MAX - len, "%s%.60s", len == 0 ? "" : ", ", id);
        }
    }
}

static bool advise_drafts(cihsm_client *client, const char *id, cihsm_error *err)
{
    char names[NAMES_MAX] = "";
    char advice[ADVICE_MAX];
    cihsm_error why = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *artifacts = NULL;
    if (cihsm_artifact_list(client, id, NULL, &artifacts, &why) != CIHSM_OK) {
        return false;
    }
    list_drafts(artifacts, names);
    if (names[0] == '\0') {
        return false;
    }
    snprintf(advice, sizeof advice,
             "a package with drafts cannot be downloaded, and it has %s: \"cihsm artifact "
             "save-as-version\" makes a version of a draft",
             names);
    advise_instead(err, err->status, advice);
    return true;
}

cihsm_status cihsm_package_explain_download(cihsm_client *client, const char *id, cihsm_error *err)
{
    if (advise_is_wanted(err) && !advise_package(client, id, err) &&
        err->status == CIHSM_E_SERVER) {
        (void)advise_drafts(client, id, err);
    }
    return err->status;
}

cihsm_status cihsm_package_explain_tag(cihsm_client *client, const char *id, const char *tag,
                                       cihsm_error *err)
{
    char advice[ADVICE_MAX];
    const bool is_missing = err->status == CIHSM_E_NOT_FOUND;
    if (!is_missing) {
        return cihsm_package_explain(client, id, err);
    }
    if (!advise_package(client, id, err)) {
        snprintf(advice, sizeof advice,
                 "there is no tag \"%.100s\": \"cihsm package tag list\" tells which there are",
                 tag);
        advise_instead(err, CIHSM_E_NOT_FOUND, advice);
    }
    return err->status;
}

cihsm_status cihsm_package_explain_import(cihsm_error *err)
{
    if (err->status == CIHSM_E_CONFLICT) {
        advise_instead(err, err->status, "the tenant has this package: --overwrite replaces it");
    }
    return err->status;
}

cihsm_status cihsm_package_explain_copy(const char *id, cihsm_error *err)
{
    char advice[ADVICE_MAX];
    if (err->status == CIHSM_E_CONFLICT) {
        advise_instead(err, err->status,
                       "the workspace has this package: --mode OVERWRITE or OVERWRITE_MERGE "
                       "replaces it, --mode CREATE_COPY --suffix TEXT makes another");
    } else if (err->status == CIHSM_E_NOT_FOUND) {
        snprintf(advice, sizeof advice,
                 "Discover has no package \"%.100s\", or hides it from this caller", id);
        advise_instead(err, err->status, advice);
    }
    return err->status;
}
