/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/download.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/session.h"
#include "integration/catalogue.h"
#include "integration/plan.h"
#include "odata/download.h"
#include "odata/uri.h"

/* The path with "/$value" behind it, unless it has that. */
static cihsm_status value_path(const char *path, char **out, cihsm_error *err)
{
    static const char VALUE[] = "/$value";
    const size_t tail = sizeof VALUE - 1;
    if (odata_uri_is_absolute(path)) {
        return text_set(out, path, err);
    }
    size_t len = strlen(path);
    while (len > 0 && path[len - 1] == '/') {
        len--;
    }
    if (len == 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the service itself has no value: give the path of an entity or of "
                                "a property, for example "
                                "MessageProcessingLogs('ID')/ErrorInformation");
    }
    const bool has_value = len > tail && strncmp(path + len - tail, VALUE, tail) == 0;
    return text_format(out, err, "%.*s%s", (int)len, path, has_value ? "" : VALUE);
}

cihsm_status cihsm_download_check(const char *path, const cihsm_query *query, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(text_free) char *value = NULL;
    CIHSM_TRY(value_path(path, &value, err));
    return cihsm_query_check(value, query, err);
}

cihsm_status cihsm_client_download(cihsm_client *client, const char *path, const cihsm_query *query,
                                   const cihsm_sink *sink, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(text_free) char *value = NULL;
    CIHSM_AUTO(integration_plan_free) integration_plan plan = {0};
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(value_path(path, &value, err));
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    CIHSM_TRY(integration_plan_make(catalogue, value, query, &plan, err));
    return odata_download(client_service(client), client_patience(client), plan.path, &plan.query,
                          sink, err);
}
