/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would be sent to Cloud Foundry, told without asking it.
 */
#include "base/error.h"
#include "base/text.h"
#include "btp/cloud_foundry_wish.h"
#include "cihsm/scope.h"
#include "http/url.h"

#define BINDINGS "/v3/service_credential_bindings"

/* What a request is. Borrowed. */
typedef struct description {
    const char *method;
    const char *guid; /* NULL: of all bindings */
    const char *purpose;
} description;

/* @param body  taken; may hold NULL */
static cihsm_status describe(const char *api, const description *of, cihsm_value **body,
                             cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *normal = NULL;
    CIHSM_AUTO(text_free) char *origin = NULL;
    CIHSM_AUTO(text_free) char *url = NULL;
    CIHSM_TRY(http_url_normalise(api, &normal, err));
    CIHSM_TRY(http_url_origin(normal, &origin, err));
    CIHSM_TRY(text_format(&url, err, "%s" BINDINGS "%s%s", origin, of->guid == NULL ? "" : "/",
                          of->guid == NULL ? "" : of->guid));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *request = cihsm_value_new_object();
    if (request == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(request, "method", of->method, err));
    CIHSM_TRY(cihsm_value_set_string(request, "url", url, err));
    CIHSM_TRY(cihsm_value_set_string(request, "purpose", of->purpose, err));
    CIHSM_TRY(*body == NULL ? cihsm_value_set_string(request, "body", NULL, err)
                            : cihsm_value_set(request, "body", body, err));
    *out = CIHSM_MOVE(request);
    return CIHSM_OK;
}

static cihsm_status instance_note(const char *instance, char **out, cihsm_error *err)
{
    return cf_is_guid(instance) ? text_set(out, instance, err)
                                : text_format(out, err, "<GUID of %s>", instance);
}

cihsm_status cihsm_cf_describe_create(const char *api, const cihsm_cf_key *key, cihsm_value **out,
                                      cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cf_wish_free) cf_wish wish = {.name = NULL};
    CIHSM_AUTO(text_free) char *guid = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = NULL;
    CIHSM_TRY(cf_wish_read(key, &wish, err));
    CIHSM_TRY(instance_note(key->instance, &guid, err));
    CIHSM_TRY(cf_wish_body(&wish, guid, key->parameters, &body, err));
    const description of = {.method = "POST", .purpose = "makes the service key"};
    return describe(api, &of, &body, out, err);
}

cihsm_status cihsm_cf_describe_delete(const char *api, const cihsm_value *key, cihsm_value **out,
                                      cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = NULL;
    const description of = {.method = "DELETE",
                            .guid = cihsm_value_get_string(key, "guid"),
                            .purpose = "deletes the service key"};
    if (of.guid == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "the key to be deleted has no guid");
    }
    return describe(api, &of, &body, out, err);
}
