/* SPDX-License-Identifier: Apache-2.0 */
#include "btp/cloud_foundry_verify.h"

#include <stdio.h>

#include "base/error.h"
#include "cihsm/scope.h"
#include "identity/certificate.h"
#include "identity/service_key_details.h"
#include "identity/service_key_fields.h"

static cihsm_status fail_made(const cf_wish *wish, const char *what, cihsm_error *err)
{
    return cihsm_fail_plain(
        err, CIHSM_E_CHECK,
        "service key \"%.60s\" is there, but %.250s: look at it in the cockpit, "
        "\"cihsm service-key delete\" removes it",
        wish->name, what);
}

static cihsm_status check_details(const cf_wish *wish, const cihsm_value *document,
                                  cihsm_error *err)
{
    const cihsm_value *object = NULL;
    identity_finding items[IDENTITY_FINDINGS_MAX];
    finding_list found = {.items = items, .room = IDENTITY_FINDINGS_MAX};
    CIHSM_TRY(service_key_object(document, wish->name, &object, err));
    CIHSM_TRY(service_key_check_details(cihsm_value_get(object, "certificatedetails"), wish->leaf,
                                        &found, err));
    for (size_t i = 0; i < found.count; i++) {
        if (items[i].level == IDENTITY_FATAL) {
            return fail_made(wish, items[i].sentence, err);
        }
    }
    return CIHSM_OK;
}

cihsm_status cf_verify(const cf_wish *wish, const cihsm_value *document,
                       const cihsm_service_key *key, cihsm_error *err)
{
    if (cihsm_service_key_kind(key) != CIHSM_SERVICE_KEY_EXTERNAL) {
        char what[96];
        snprintf(what, sizeof what, "it is of type %s", cihsm_service_key_kind_name(key));
        return fail_made(wish, what, err);
    }
    if (!certificate_same(service_key_leaf(key), wish->leaf)) {
        return fail_made(wish, "another certificate is in it", err);
    }
    if (service_key_token_url(key) == NULL || service_key_client_id(key) == NULL) {
        return fail_made(wish, "its clientid or tokenurl is missing", err);
    }
    return check_details(wish, document, err);
}
