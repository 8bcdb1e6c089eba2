/* SPDX-License-Identifier: Apache-2.0 */
/*
 * External Certificate keys by the Cloud Foundry API: made, and looked at before they are trusted.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/json.h"
#include "base/text.h"
#include "btp/cloud_foundry_explain.h"
#include "btp/cloud_foundry_job.h"
#include "btp/cloud_foundry_row.h"
#include "btp/cloud_foundry_verify.h"
#include "btp/cloud_foundry_wish.h"
#include "cihsm/scope.h"
#include "identity/certificate.h"

/* --- steps --------------------------------------------------------------------------------- */

/* What is known on the way. Owns its members, but for instance. */
typedef struct making {
    cihsm_cf *cf;
    cf_wish wish;
    cihsm_value *instances;
    const cihsm_value *instance;
    cihsm_value *binding; /* NULL: there is none of that name */
    bool is_new;
} making;

static void making_free(making *of)
{
    cf_wish_free(&of->wish);
    cihsm_value_free(&of->instances);
    cihsm_value_free(&of->binding);
}

/* The binding of that name, if there is one. */
static cihsm_status find_binding(making *of, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *all = NULL;
    CIHSM_TRY(cf_bindings(of->cf, of->instances, of->instance, &all, err));
    cihsm_value *one = json_first(all);
    while (one != NULL && !text_equal(cihsm_value_get_string(one, "name"), of->wish.name)) {
        one = json_next(one);
    }
    of->binding = one == NULL ? NULL : json_detach(all, one);
    return CIHSM_OK;
}

/* A key that could not be made makes room for another try. */
static bool is_left_over(const cihsm_value *binding)
{
    const cihsm_value *operation = cihsm_value_get(binding, "last_operation");
    return text_equal(cihsm_value_get_string(operation, "state"), "failed") &&
           text_equal(cihsm_value_get_string(operation, "type"), "create");
}

static cihsm_status check_state(const making *of, cihsm_error *err)
{
    const cihsm_value *operation = cihsm_value_get(of->binding, "last_operation");
    if (!text_equal(cihsm_value_get_string(operation, "state"), "in progress")) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_BUSY,
                            "service key \"%.60s\" is still being worked on by Cloud Foundry: run "
                            "the command again in a minute",
                            of->wish.name);
}

/* The name is taken: by what is wanted, or by something else. */
static cihsm_status accept_present(const making *of, cihsm_error *err)
{
    CIHSM_TRY(check_state(of, err));
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CIHSM_TRY(cf_read_if_any(of->cf, cihsm_value_get_string(of->binding, "guid"), &key, err));
    const char *instance = cihsm_value_get_string(of->instance, "name");
    if (key == NULL) { /* its deletion failed, or there is something else in it */
        return cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                                "service instance \"%.60s\" has a service key \"%.60s\" already, "
                                "which cannot be read: give another --name, or delete that one "
                                "first",
                                instance, of->wish.name);
    }
    const bool is_ours = cihsm_service_key_kind(key) == CIHSM_SERVICE_KEY_EXTERNAL &&
                         certificate_same(service_key_leaf(key), of->wish.leaf);
    return is_ours ? CIHSM_OK
                   : cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                                      "service instance \"%.60s\" has a service key \"%.60s\" "
                                      "already, with another certificate: give another --name, or "
                                      "delete that one first",
                                      instance, of->wish.name);
}

static cihsm_status make_binding(making *of, const cihsm_cf_key *key, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = NULL;
    const char *guid = cihsm_value_get_string(of->instance, "guid");
    CIHSM_TRY(cf_wish_body(&of->wish, guid, key->parameters, &body, err));
    const cf_request request = {.method = "POST",
                                .path = "/v3/service_credential_bindings",
                                .json = body,
                                .what = "service instance"};
    const cf_job_words words = {
        .name = of->wish.name, .going = "being created", .failed = "was not created"};
    cihsm_error why = {0};
    const cihsm_status status = cf_job_run(of->cf, &request, &words, key->wait_s, &why);
    if (status != CIHSM_OK) {
        return cf_explain_create(of->cf, &of->wish, of->instances, of->instance, &why, err);
    }
    of->is_new = true;
    return CIHSM_OK;
}

static cihsm_status find_made(making *of, cihsm_error *err)
{
    cihsm_value_free(&of->binding);
    CIHSM_TRY(find_binding(of, err));
    return of->binding != NULL
               ? CIHSM_OK
               : cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                  "service key \"%.60s\" is made, says Cloud Foundry, but does not "
                                  "list it: look with \"cihsm service-key list\"",
                                  of->wish.name);
}

static cihsm_status put_result(const making *of, cihsm_value **row, cihsm_value **document,
                               cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(json_free_wiped) cihsm_value *result = cihsm_value_new_object();
    if (result == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set(result, "key", row, err));
    CIHSM_TRY(cihsm_value_set_bool(result, "isNew", of->is_new, err));
    CIHSM_TRY(cihsm_value_set(result, "document", document, err));
    *out = CIHSM_MOVE(result);
    return CIHSM_OK;
}

static cihsm_status read_key(const making *of, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    const char *guid = cihsm_value_get_string(of->binding, "guid");
    CIHSM_TRY(cf_read(of->cf, guid, &document, &key, err));
    CIHSM_TRY(cf_verify(&of->wish, document, key, err));
    const cf_row_facts facts = {.binding = of->binding, .instance = of->instance, .key = key};
    CIHSM_TRY(cf_row(&facts, &row, err));
    return put_result(of, &row, &document, out, err);
}

/* What was made stays, whatever fails afterwards; cf_verify tells it in its own words. */
static cihsm_status fail_made(const making *of, const cihsm_error *why, cihsm_error *err)
{
    const bool tells = of->is_new && why->status != CIHSM_E_CHECK;
    return cihsm_fail(err, why->status, why->origin, why->native, "%s%s%.60s%s", why->message,
                      tells ? "; service key \"" : "", tells ? of->wish.name : "",
                      tells ? "\" was made: run the command again, which fetches it" : "");
}

static cihsm_status read_made(making *of, cihsm_value **out, cihsm_error *err)
{
    cihsm_error why = {0};
    if ((of->is_new && find_made(of, &why) != CIHSM_OK) || read_key(of, out, &why) != CIHSM_OK) {
        return fail_made(of, &why, err);
    }
    return CIHSM_OK;
}

cihsm_status cihsm_cf_create_key(cihsm_cf *cf, const cihsm_cf_key *key, cihsm_value **out,
                                 cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(making_free) making of = {.cf = cf};
    CIHSM_TRY(cf_wish_read(key, &of.wish, err));
    CIHSM_TRY(cf_instances(cf, &of.instances, err));
    CIHSM_TRY(cf_instance_choose(of.instances, key->instance, &of.instance, err));
    CIHSM_TRY(find_binding(&of, err));
    const bool is_taken = of.binding != NULL && !is_left_over(of.binding);
    CIHSM_TRY(is_taken ? accept_present(&of, err) : make_binding(&of, key, err));
    return read_made(&of, out, err);
}

/* --- the end of one ------------------------------------------------------------------------ */

cihsm_status cihsm_cf_delete_key(cihsm_cf *cf, const cihsm_value *key, int64_t wait_s,
                                 cihsm_error *err)
{
    cihsm_error_clear(err);
    const char *guid = cihsm_value_get_string(key, "guid");
    const char *name = cihsm_value_get_string(key, "name");
    if (guid == NULL || !cf_is_guid(guid)) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "the key to be deleted has no guid");
    }
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(text_format(&path, err, "/v3/service_credential_bindings/%s", guid));
    const cf_request request = {.method = "DELETE", .path = path, .what = "service key"};
    const cf_job_words words = {
        .name = name == NULL ? guid : name, .going = "being deleted", .failed = "was not deleted"};
    return cf_job_run(cf, &request, &words, wait_s, err);
}
