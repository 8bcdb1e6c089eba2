/* SPDX-License-Identifier: Apache-2.0 */
#include "client/request.h"

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/service_key.h"
#include "identity/service_key.h"
#include "integration/address.h"
#include "integration/catalogue.h"
#include "integration/write_rules.h"

cihsm_status client_request_address(const cihsm_request *from, client_request *out,
                                    cihsm_error *err)
{
    out->request = *from;
    if (from->is_unchecked) {
        return integration_write_check(NULL, from->method, from->path, err);
    }
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    CIHSM_TRY(integration_write_check(catalogue, from->method, from->path, err));
    CIHSM_TRY(integration_address(catalogue, from->path, &out->path, err));
    out->request.path = out->path;
    return CIHSM_OK;
}

void client_request_free(client_request *of)
{
    text_free(&of->path);
}

cihsm_status client_request_root(const char *service_key, char **out, cihsm_error *err)
{
    if (service_key == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "no service key is given: use --service-key FILE or a profile");
    }
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CIHSM_TRY(cihsm_service_key_read(service_key, &key, err));
    return service_key_root(key, out, err);
}
