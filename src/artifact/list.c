/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The artifacts of a package. There is no documented way to read those of all packages at once.
 */
#include "artifact/list.h"

#include "base/error.h"
#include "base/log.h"
#include "cihsm/artifact.h"
#include "cihsm/scope.h"
#include "client/session.h"
#include "integration/artifact_type.h"

static cihsm_status add_one(const cihsm_value *entry, const char *type, cihsm_value *to,
                            cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_copy(entry);
    if (row == NULL) {
        return cihsm_fail_memory(err);
    }
    if (type != NULL) {
        CIHSM_TRY(cihsm_value_set_string(row, "Type", type, err));
    }
    return cihsm_value_append(to, &row, err);
}

cihsm_status list_add_pages(cihsm_result *result, const char *type, cihsm_value *to,
                            cihsm_error *err)
{
    for (;;) {
        const cihsm_value *entry = cihsm_value_first(cihsm_result_value(result));
        for (; entry != NULL; entry = cihsm_value_next(entry)) {
            CIHSM_TRY(add_one(entry, type, to, err));
        }
        if (!cihsm_result_has_more(result)) {
            return CIHSM_OK;
        }
        CIHSM_TRY(cihsm_result_next(result, err));
    }
}

static cihsm_status add_type(cihsm_client *client, const char *package, const artifact_type *type,
                             cihsm_value *to, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CIHSM_TRY(cihsm_path_entity("IntegrationPackages", package, type->set, path, err));
    CIHSM_TRY(cihsm_client_get(client, path, NULL, &result, err));
    return list_add_pages(result, type->name, to, err);
}

static cihsm_status fail_package(const char *package, cihsm_error *err)
{
    return cihsm_fail(err, CIHSM_E_NOT_FOUND, CIHSM_FROM_HTTP, 404,
                      "404 from tenant: there is no package \"%.120s\"; \"cihsm package "
                      "list\" tells which there are",
                      package);
}

/* The navigation to script collections is documented, yet not in all descriptions of the API: where
 * it is not there, the other types are. */
static cihsm_status add_all(cihsm_client *client, const char *package, cihsm_value *to,
                            cihsm_error *err)
{
    for (int i = 0; i < CIHSM_ARTIFACT_TYPES; i++) {
        const artifact_type *type = artifact_type_of((cihsm_artifact_type)i);
        cihsm_error why = {0};
        cihsm_status status =
            type->is_readable ? add_type(client, package, type, to, &why) : CIHSM_OK;
        if (status == CIHSM_E_NOT_FOUND && i > 0) {
            log_line(client_service(client)->log, CIHSM_LOG_WARN, "artifact", "%s", why.message);
            status = CIHSM_OK;
        }
        if (status != CIHSM_OK) {
            return cihsm_fail(err, why.status, why.origin, why.native, "%s", why.message);
        }
    }
    return CIHSM_OK;
}

static cihsm_status add_wanted(cihsm_client *client, const char *package,
                               const cihsm_artifact_type *type, cihsm_value *to, cihsm_error *err)
{
    if (type == NULL) {
        return add_all(client, package, to, err);
    }
    if (!artifact_type_of(*type)->is_readable) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the tenant documents no way to list artifacts of the type %s",
                                artifact_type_of(*type)->name);
    }
    return add_type(client, package, artifact_type_of(*type), to, err);
}

cihsm_status cihsm_artifact_list(cihsm_client *client, const char *package,
                                 const cihsm_artifact_type *type, cihsm_value **out,
                                 cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = cihsm_value_new_array();
    cihsm_error why = {0};
    if (found == NULL) {
        return cihsm_fail_memory(err);
    }
    if (add_wanted(client, package, type, found, &why) != CIHSM_OK) {
        return why.status == CIHSM_E_NOT_FOUND
                   ? fail_package(package, err)
                   : cihsm_fail(err, why.status, why.origin, why.native, "%s", why.message);
    }
    *out = CIHSM_MOVE(found);
    return CIHSM_OK;
}
