/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integration packages: reading, and the requests that change them.
 */
#include "cihsm/package.h"

#include <string.h>

#include "artifact/list.h"
#include "artifact/request.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

static const char SET[] = "IntegrationPackages";

cihsm_status cihsm_package_path(const char *id, const char *rest, char out[CIHSM_PATH_SIZE],
                                cihsm_error *err)
{
    cihsm_error_clear(err);
    if (id[0] == '\0') {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the id of the package is empty");
    }
    return cihsm_path_entity(SET, id, rest, out, err);
}

bool cihsm_package_is_read_only(const cihsm_value *package)
{
    return text_equal(cihsm_value_get_string(package, "Mode"), "READ_ONLY");
}

cihsm_status cihsm_package_list(cihsm_client *client, cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = cihsm_value_new_array();
    if (found == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_client_get(client, SET, NULL, &result, err));
    CIHSM_TRY(list_add_pages(result, NULL, found, err));
    *out = CIHSM_MOVE(found);
    return CIHSM_OK;
}

cihsm_status cihsm_package_import(const cihsm_archive *content, bool overwrites,
                                  cihsm_artifact_write **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    CIHSM_TRY(request_begin("POST", true, &write, err));
    request_set_path(write, SET);
    if (overwrites) {
        CIHSM_TRY(request_add_parameter(write, "Overwrite", "true", false, err));
    }
    CIHSM_TRY(request_set_archive(write, "PackageContent", content, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

/* --- copy ------------------------------------------------------------------------------------ */

static const char CREATE_COPY[] = "CREATE_COPY";

static cihsm_status check_mode(const char *mode, const char *suffix, cihsm_error *err)
{
    const bool creates = text_equal(mode, CREATE_COPY);
    if (mode != NULL && !creates && strcmp(mode, "OVERWRITE") != 0 &&
        strcmp(mode, "OVERWRITE_MERGE") != 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the mode of a copy is %s, OVERWRITE or OVERWRITE_MERGE, not "
                                "\"%.60s\"",
                                CREATE_COPY, mode);
    }
    if (suffix != NULL && !creates) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "a suffix is for a copy of the mode %s only",
                                CREATE_COPY);
    }
    return CIHSM_OK;
}

cihsm_status cihsm_package_copy(const char *id, const char *mode, const char *suffix,
                                cihsm_artifact_write **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    CIHSM_TRY(check_mode(mode, suffix, err));
    CIHSM_TRY(request_begin("POST", false, &write, err));
    request_set_path(write, "CopyIntegrationPackage");
    CIHSM_TRY(request_add_parameter(write, "Id", id, true, err));
    if (mode != NULL) {
        CIHSM_TRY(request_add_parameter(write, "ImportMode", mode, true, err));
    }
    if (suffix != NULL) {
        CIHSM_TRY(request_add_parameter(write, "Suffix", suffix, true, err));
    }
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

/* --- custom tags ----------------------------------------------------------------------------- */

cihsm_status cihsm_package_set_tag(const char *id, const char *tag, const char *value,
                                   cihsm_artifact_write **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    char link[CIHSM_PATH_SIZE];
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    CIHSM_TRY(cihsm_path_entity("$links/CustomTags", tag, NULL, link, err));
    CIHSM_TRY(request_begin("PUT", true, &write, err));
    CIHSM_TRY(cihsm_package_path(id, link, write->path, err));
    CIHSM_TRY(cihsm_value_set_string(write->value, "Value", value, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}
