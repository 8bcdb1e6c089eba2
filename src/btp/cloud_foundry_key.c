/* SPDX-License-Identifier: Apache-2.0 */
#include "btp/cloud_foundry_key.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/json.h"
#include "base/nearest.h"
#include "base/text.h"
#include "btp/cloud_foundry_row.h"
#include "cihsm/scope.h"
#include "http/url.h"

#define GUIDS_PER_REQUEST 50 /* keeps the URL below 2 KiB */
#define DOCUMENT_MAX_BYTES BTP_ANSWER_MAX_BYTES

/* --- bindings ------------------------------------------------------------------------------ */

static cihsm_status append_all(cihsm_value *to, cihsm_value *from, cihsm_error *err)
{
    cihsm_value *one = NULL;
    while ((one = json_first(from)) != NULL) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *taken = json_detach(from, one);
        CIHSM_TRY(cihsm_value_append(to, &taken, err));
    }
    return CIHSM_OK;
}

/* One request for so many instances; *at goes on. */
static cihsm_status list_some(cihsm_cf *cf, const cihsm_value **at, bool is_one, cihsm_value *all,
                              cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer path = buffer_new(8192);
    CIHSM_TRY(buffer_append_text(
        &path,
        "/v3/service_credential_bindings?type=key&per_page=200&service_instance_guids=", err));
    for (int i = 0; i < GUIDS_PER_REQUEST && *at != NULL; i++) {
        CIHSM_AUTO(text_free) char *guid = NULL;
        CIHSM_TRY(http_escape(cihsm_value_get_string(*at, "guid"), &guid, err));
        CIHSM_TRY(buffer_append_text(&path, i == 0 ? "" : ",", err));
        CIHSM_TRY(buffer_append_text(&path, guid, err));
        *at = is_one ? NULL : cihsm_value_next(*at);
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *some = NULL;
    CIHSM_TRY(cf_list(cf, path.data, &some, err));
    return append_all(all, some, err);
}

cihsm_status cf_bindings(cihsm_cf *cf, const cihsm_value *instances, const cihsm_value *only,
                         cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *all = cihsm_value_new_array();
    if (all == NULL) {
        return cihsm_fail_memory(err);
    }
    const cihsm_value *at = only != NULL ? only : cihsm_value_first(instances);
    while (at != NULL) {
        CIHSM_TRY(list_some(cf, &at, only != NULL, all, err));
    }
    *out = CIHSM_MOVE(all);
    return CIHSM_OK;
}

/* --- documents ----------------------------------------------------------------------------- */

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

cihsm_status cf_details_take(cihsm_value *details, const char *host, cihsm_value **document,
                             cihsm_service_key **key, cihsm_error *err)
{
    cihsm_value *credentials = json_get(details, "credentials");
    if (cihsm_value_kind(credentials) != CIHSM_VALUE_OBJECT) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the details of the service key at %.120s hold no credentials",
                                host);
    }
    CIHSM_AUTO(json_free_wiped) cihsm_value *taken = json_detach(details, credentials);
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(DOCUMENT_MAX_BYTES);
    CIHSM_TRY(cihsm_value_write(taken, 0, append, &text, err));
    cihsm_error why = {0};
    const cihsm_status status = service_key_parse(buffer_text(&text), text.len, host, key, &why);
    CIHSM_TRY_MEMORY(status, err);
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "what Cloud Foundry has is not usable: %s",
                                why.message);
    }
    *document = CIHSM_MOVE(taken);
    return CIHSM_OK;
}

cihsm_status cf_read(cihsm_cf *cf, const char *guid, cihsm_value **document,
                     cihsm_service_key **key, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *escaped = NULL;
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(http_escape(guid, &escaped, err));
    CIHSM_TRY(text_format(&path, err, "/v3/service_credential_bindings/%s/details", escaped));
    CIHSM_AUTO(json_free_wiped) cihsm_value *details = NULL;
    CIHSM_TRY(cf_get(cf, path, "service key, or it is not made yet", &details, err));
    return cf_details_take(details, btp_link_host(cf->link), document, key, err);
}

cihsm_status cf_read_if_any(cihsm_cf *cf, const char *guid, cihsm_service_key **key,
                            cihsm_error *err)
{
    cihsm_error why = {0};
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    const cihsm_status status = cf_read(cf, guid, &document, key, &why);
    if (status == CIHSM_OK || status == CIHSM_E_NOT_FOUND || status == CIHSM_E_PROTOCOL) {
        return CIHSM_OK;
    }
    return cihsm_fail(err, status, why.origin, why.native, "%s", why.message);
}

cihsm_status cihsm_cf_read_key(cihsm_cf *cf, const char *guid, cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    return cf_read(cf, guid, out, &key, err);
}

/* --- lists --------------------------------------------------------------------------------- */

/* What a query is about. Owns its members. */
typedef struct selection {
    cihsm_value *instances;
    const cihsm_value *only; /* borrowed from instances; NULL: all */
    cihsm_value *bindings;
    cihsm_service_key *own; /* NULL: none is to be recognised */
} selection;

static void selection_free(selection *of)
{
    cihsm_value_free(&of->instances);
    cihsm_value_free(&of->bindings);
    cihsm_service_key_free(&of->own);
}

static cihsm_status select_keys(cihsm_cf *cf, const cihsm_cf_query *query, selection *out,
                                cihsm_error *err)
{
    if (query->own != NULL) {
        CIHSM_TRY(cihsm_service_key_read(query->own, &out->own, err));
    }
    CIHSM_TRY(cf_instances(cf, &out->instances, err));
    if (query->instance != NULL) {
        CIHSM_TRY(cf_instance_choose(out->instances, query->instance, &out->only, err));
    }
    return cf_bindings(cf, out->instances, out->only, &out->bindings, err);
}

static const cihsm_value *instance_with(const cihsm_value *all, const char *guid)
{
    const cihsm_value *one = guid == NULL ? NULL : cihsm_value_first(all);
    while (one != NULL && strcasecmp(cihsm_value_get_string(one, "guid"), guid) != 0) {
        one = cihsm_value_next(one);
    }
    return one;
}

static cihsm_status make_row(cihsm_cf *cf, const selection *of, const cihsm_value *binding,
                             cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CIHSM_TRY(cf_read_if_any(cf, cihsm_value_get_string(binding, "guid"), &key, err));
    const cf_row_facts facts = {.binding = binding,
                                .instance = instance_with(of->instances, cf_instance_of(binding)),
                                .key = key,
                                .own = of->own};
    return cf_row(&facts, out, err);
}

cihsm_status cihsm_cf_list_keys(cihsm_cf *cf, const cihsm_cf_query *query, cihsm_value **out,
                                cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(selection_free) selection keys = {.instances = NULL};
    CIHSM_TRY(select_keys(cf, query, &keys, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
    if (rows == NULL) {
        return cihsm_fail_memory(err);
    }
    const cihsm_value *binding = cihsm_value_first(keys.bindings);
    for (; binding != NULL; binding = cihsm_value_next(binding)) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
        CIHSM_TRY(make_row(cf, &keys, binding, &row, err));
        CIHSM_TRY(cihsm_value_append(rows, &row, err));
    }
    *out = CIHSM_MOVE(rows);
    return CIHSM_OK;
}

/* --- one ----------------------------------------------------------------------------------- */

static cihsm_status fail_absent(const selection *of, const char *wanted, cihsm_error *err)
{
    nearest_names near = {.count = 0};
    const cihsm_value *one = cihsm_value_first(of->bindings);
    for (; one != NULL; one = cihsm_value_next(one)) {
        const char *name = cihsm_value_get_string(one, "name");
        if (name != NULL) {
            nearest_offer(&near, wanted, name);
        }
    }
    CIHSM_AUTO(text_free) char *hint = NULL;
    CIHSM_TRY(nearest_text(near.names, near.count, "\"cihsm service-key list\" shows what is there",
                           &hint, err));
    return cihsm_fail_plain(err, CIHSM_E_NOT_FOUND,
                            "there is no service key \"%.120s\" among the %zu that the user sees; "
                            "%s",
                            wanted, cihsm_value_count(of->bindings), hint);
}

static cihsm_status choose(const selection *of, const char *wanted, const cihsm_value **out,
                           cihsm_error *err)
{
    const cihsm_value *found = NULL;
    const cihsm_value *one = cihsm_value_first(of->bindings);
    for (; one != NULL; one = cihsm_value_next(one)) {
        const char *name = cihsm_value_get_string(one, "name");
        if (strcasecmp(cihsm_value_get_string(one, "guid"), wanted) == 0) {
            found = one;
            break;
        }
        if (name == NULL || strcmp(name, wanted) != 0) {
            continue;
        }
        if (found != NULL) {
            return cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                                    "several service instances have a service key \"%.120s\": name "
                                    "the instance with --instance, or the key by its GUID",
                                    wanted);
        }
        found = one;
    }
    if (found == NULL) {
        return fail_absent(of, wanted, err);
    }
    *out = found;
    return CIHSM_OK;
}

cihsm_status cihsm_cf_find_key(cihsm_cf *cf, const cihsm_cf_query *query, const char *wanted,
                               cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    const cihsm_value *binding = NULL;
    CIHSM_AUTO(selection_free) selection keys = {.instances = NULL};
    CIHSM_TRY(select_keys(cf, query, &keys, err));
    CIHSM_TRY(choose(&keys, wanted, &binding, err));
    return make_row(cf, &keys, binding, out, err);
}
