/* SPDX-License-Identifier: Apache-2.0 */
#include "btp/cloud_foundry_explain.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/url.h"
#include "identity/certificate.h"

static cihsm_status pass_on(const cihsm_error *why, cihsm_error *err)
{
    return cihsm_fail(err, why->status, why->origin, why->native, "%s", why->message);
}

/* --- the certificate is somewhere else ----------------------------------------------------- */

static const char *instance_name(const cihsm_value *instances, const char *guid)
{
    const cihsm_value *one = guid == NULL ? NULL : cihsm_value_first(instances);
    while (one != NULL && strcasecmp(cihsm_value_get_string(one, "guid"), guid) != 0) {
        one = cihsm_value_next(one);
    }
    const char *name = cihsm_value_get_string(one, "name");
    return name == NULL ? "?" : name;
}

static cihsm_status has_certificate(cihsm_cf *cf, const cihsm_value *binding, const X509 *leaf,
                                    bool *out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CIHSM_TRY(cf_read_if_any(cf, cihsm_value_get_string(binding, "guid"), &key, err));
    *out = key != NULL && service_key_leaf(key) != NULL &&
           certificate_same(service_key_leaf(key), leaf);
    return CIHSM_OK;
}

/* @param out  the binding, borrowed from @p all; NULL: none has it */
static cihsm_status find_other(cihsm_cf *cf, const cf_wish *wish, const cihsm_value *all,
                               const cihsm_value **out, cihsm_error *err)
{
    const cihsm_value *one = cihsm_value_first(all);
    for (; one != NULL; one = cihsm_value_next(one)) {
        bool has = false;
        CIHSM_TRY(has_certificate(cf, one, wish->leaf, &has, err));
        if (has && !text_equal(cihsm_value_get_string(one, "name"), wish->name)) {
            *out = one;
            return CIHSM_OK;
        }
    }
    return CIHSM_OK;
}

/* --- the instance takes none --------------------------------------------------------------- */

static bool holds(const cihsm_value *texts, const char *text)
{
    const cihsm_value *one = cihsm_value_first(texts);
    while (one != NULL && !text_equal(cihsm_value_string(one), text)) {
        one = cihsm_value_next(one);
    }
    return one != NULL;
}

/* Not every broker tells the parameters of an instance; then nothing is known. */
static bool has_client_x509(cihsm_cf *cf, const cihsm_value *instance)
{
    CIHSM_AUTO(text_free) char *guid = NULL;
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *parameters = NULL;
    return http_escape(cihsm_value_get_string(instance, "guid"), &guid, NULL) == CIHSM_OK &&
           text_format(&path, NULL, "/v3/service_instances/%s/parameters", guid) == CIHSM_OK &&
           cf_get(cf, path, "parameters", &parameters, NULL) == CIHSM_OK &&
           holds(cihsm_value_get(parameters, "grant-types"), "client_x509");
}

/* ------------------------------------------------------------------------------------------- */

cihsm_status cf_explain_create(cihsm_cf *cf, const cf_wish *wish, const cihsm_value *instances,
                               const cihsm_value *instance, const cihsm_error *why,
                               cihsm_error *err)
{
    const cihsm_value *other = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *all = NULL;
    if (why->status != CIHSM_E_REJECTED) {
        return pass_on(why, err);
    }
    if (has_client_x509(cf, instance)) {
        return cihsm_fail(err, CIHSM_E_REJECTED, why->origin, why->native,
                          "%.200s; service instance \"%.60s\" has the deprecated grant type "
                          "client_x509 and takes no new keys: replace it by client_credentials "
                          "(\"cihsm service-instance params --from FILE\")",
                          why->message, cihsm_value_get_string(instance, "name"));
    }
    if (cf_bindings(cf, instances, NULL, &all, NULL) != CIHSM_OK ||
        find_other(cf, wish, all, &other, NULL) != CIHSM_OK || other == NULL) {
        return pass_on(why, err);
    }
    return cihsm_fail(err, CIHSM_E_CONFLICT, why->origin, why->native,
                      "%.200s; the certificate is in service key \"%.60s\" of service instance "
                      "\"%.60s\", and it can be in one instance only: use that key, or delete it "
                      "first",
                      why->message, cihsm_value_get_string(other, "name"),
                      instance_name(instances, cf_instance_of(other)));
}
