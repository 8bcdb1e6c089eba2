/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters that create a service instance: docs/sap-contract.md section 2.1.
 */
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/role.h"
#include "cihsm/scope.h"
#include "integration/role_row.h"
#include "integration/roles.h"

#define FILE_MAX_BYTES ((size_t)64 * 1024)

static const char ROLES[] = "roles";
static const char GRANT_TYPES[] = "grant-types";
static const char REDIRECT_URIS[] = "redirect-uris";
static const char VALIDITY[] = "token-validity";
static const char CLIENT_X509[] = "client_x509"; /* deprecated by SAP */
static const char CLIENT_CREDENTIALS[] = "client_credentials";

/* What is put together; borrowed but for the arrays made on the way. */
typedef struct making {
    const cihsm_instance_spec *spec;
    cihsm_value *parameters;
    cihsm_value *roles;
    cihsm_value *warnings;
} making;

static bool holds(const cihsm_value *texts, const char *text)
{
    const cihsm_value *one = cihsm_value_first(texts);
    while (one != NULL && !text_equal(cihsm_value_string(one), text)) {
        one = cihsm_value_next(one);
    }
    return one != NULL;
}

static cihsm_status add_once(cihsm_value *texts, const char *text, cihsm_error *err)
{
    return holds(texts, text) ? CIHSM_OK : cihsm_value_append_string(texts, text, err);
}

/* --- the file to start from ---------------------------------------------------------------- */

static cihsm_status refuse_member(const char *path, const char *name, const char *wanted,
                                  cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_CONFIG, "instance parameters %s: %s is not %s", path, name,
                            wanted);
}

static cihsm_status check_texts(const cihsm_value *parameters, const char *path, const char *name,
                                cihsm_error *err)
{
    const cihsm_value *texts = cihsm_value_get(parameters, name);
    if (texts != NULL && cihsm_value_kind(texts) != CIHSM_VALUE_ARRAY) {
        return refuse_member(path, name, "an array", err);
    }
    const cihsm_value *text = cihsm_value_first(texts);
    for (; text != NULL; text = cihsm_value_next(text)) {
        if (cihsm_value_string(text) == NULL) {
            return refuse_member(path, name, "an array of strings", err);
        }
    }
    return CIHSM_OK;
}

static cihsm_status check_validity(const cihsm_value *parameters, const char *path,
                                   cihsm_error *err)
{
    double seconds = 0;
    const cihsm_value *given = cihsm_value_get(parameters, VALIDITY);
    if (given == NULL ||
        (cihsm_value_number(given, &seconds) && seconds >= CIHSM_TOKEN_VALIDITY_MIN &&
         seconds <= CIHSM_TOKEN_VALIDITY_MAX)) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                            "instance parameters %s: %s is not a number from %d to %d: give "
                            "another one with --token-validity",
                            path, VALIDITY, CIHSM_TOKEN_VALIDITY_MIN, CIHSM_TOKEN_VALIDITY_MAX);
}

static cihsm_status check_file(const making *of, cihsm_error *err)
{
    const char *path = of->spec->from;
    if (cihsm_value_kind(of->parameters) != CIHSM_VALUE_OBJECT) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "instance parameters %s: no JSON object",
                                path);
    }
    if (cihsm_value_get(of->parameters, "key-type") != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "instance parameters %s: these are the parameters of a service "
                                "key; give those of the instance",
                                path);
    }
    CIHSM_TRY(check_texts(of->parameters, path, ROLES, err));
    CIHSM_TRY(check_texts(of->parameters, path, GRANT_TYPES, err));
    CIHSM_TRY(check_texts(of->parameters, path, REDIRECT_URIS, err));
    return of->spec->token_validity_s > 0 ? CIHSM_OK : check_validity(of->parameters, path, err);
}

static cihsm_status read_file(making *to, cihsm_error *err)
{
    const char *path = to->spec->from;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(FILE_MAX_BYTES);
    CIHSM_TRY(file_read(path, "instance parameters", &text, err));
    cihsm_error why = {0};
    const cihsm_status status =
        cihsm_value_parse(buffer_text(&text), text.len, &to->parameters, &why);
    if (status == CIHSM_E_NO_MEMORY) {
        return cihsm_fail_memory(err);
    }
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "instance parameters %s: %s", path,
                                why.message);
    }
    return check_file(to, err);
}

/* --- roles --------------------------------------------------------------------------------- */

/* One warning for an access, not one for each of its roles. */
static cihsm_status warn_of_row(making *to, const cihsm_value *row, cihsm_error *err)
{
    const char *access = cihsm_value_get_string(row, "Access");
    const char *role = cihsm_value_get_string(row, "Role");
    if (text_equal(cihsm_value_get_string(row, "Evidence"), ROLE_DOCUMENTED)) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *line = NULL;
    CIHSM_TRY(text_format(&line, err, "%s, %s: %s%s", cihsm_value_get_string(row, "Resource"),
                          access, cihsm_value_get_string(row, "Explanation"),
                          role == NULL ? ", so none was added" : ""));
    return add_once(to->warnings, line, err);
}

static cihsm_status take_row(making *to, const cihsm_value *row, cihsm_error *err)
{
    const char *role = cihsm_value_get_string(row, "Role");
    CIHSM_TRY(warn_of_row(to, row, err));
    return role == NULL ? CIHSM_OK : add_once(to->roles, role, err);
}

static cihsm_status take_note(making *to, const cihsm_value *row, cihsm_error *err)
{
    const char *note = cihsm_value_get_string(row, "Note");
    if (note == NULL) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *line = NULL;
    CIHSM_TRY(text_format(&line, err, "%s: %s", cihsm_value_get_string(row, "Resource"), note));
    return add_once(to->warnings, line, err);
}

static cihsm_status take_resource(making *to, const integration_catalogue *catalogue,
                                  const char *name, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
    if (rows == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(roles_of_resource(catalogue, name, to->spec->write, rows, err));
    const cihsm_value *row = cihsm_value_first(rows);
    for (; row != NULL; row = cihsm_value_next(row)) {
        CIHSM_TRY(take_row(to, row, err));
    }
    return take_note(to, cihsm_value_first(rows), err);
}

static cihsm_status collect_roles(making *to, cihsm_error *err)
{
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    const cihsm_value *role = cihsm_value_first(cihsm_value_get(to->parameters, ROLES));
    for (; role != NULL; role = cihsm_value_next(role)) {
        CIHSM_TRY(add_once(to->roles, cihsm_value_string(role), err));
    }
    for (size_t i = 0; i < to->spec->resource_count; i++) {
        CIHSM_TRY(take_resource(to, catalogue, to->spec->resources[i], err));
    }
    if (cihsm_value_count(to->roles) > 0) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_NOT_FOUND,
                            "no role is documented for %s%s: an instance without a role allows "
                            "nothing; \"cihsm role list\" shows the roles",
                            to->spec->resource_count == 0 ? "this" : to->spec->resources[0],
                            to->spec->resource_count > 1 ? " and the others" : "");
}

/* --- the other members --------------------------------------------------------------------- */

static cihsm_status set_grant_types(making *to, cihsm_error *err)
{
    const cihsm_value *given = cihsm_value_get(to->parameters, GRANT_TYPES);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_array();
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    const cihsm_value *one = cihsm_value_first(given);
    for (; one != NULL; one = cihsm_value_next(one)) {
        const bool is_old = text_equal(cihsm_value_string(one), CLIENT_X509);
        CIHSM_TRY(add_once(made, is_old ? CLIENT_CREDENTIALS : cihsm_value_string(one), err));
    }
    if (holds(given, CLIENT_X509)) {
        CIHSM_AUTO(text_free) char *line = NULL;
        CIHSM_TRY(text_format(&line, err,
                              "the grant type %s is deprecated, such an instance can be neither "
                              "updated nor get new keys: %s stands in its place",
                              CLIENT_X509, CLIENT_CREDENTIALS));
        CIHSM_TRY(add_once(to->warnings, line, err));
    }
    CIHSM_TRY(add_once(made, CLIENT_CREDENTIALS, err));
    return cihsm_value_set(to->parameters, GRANT_TYPES, &made, err);
}

static cihsm_status set_redirect_uris(making *to, cihsm_error *err)
{
    if (cihsm_value_get(to->parameters, REDIRECT_URIS) != NULL) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *none = cihsm_value_new_array();
    if (none == NULL) {
        return cihsm_fail_memory(err);
    }
    return cihsm_value_set(to->parameters, REDIRECT_URIS, &none, err);
}

static cihsm_status set_members(making *to, cihsm_error *err)
{
    const long validity_s = to->spec->token_validity_s;
    CIHSM_TRY(cihsm_value_set(to->parameters, ROLES, &to->roles, err));
    CIHSM_TRY(set_grant_types(to, err));
    CIHSM_TRY(set_redirect_uris(to, err));
    return validity_s == 0
               ? CIHSM_OK
               : cihsm_value_set_number(to->parameters, VALIDITY, (double)validity_s, err);
}

static cihsm_status check_spec(const cihsm_instance_spec *spec, cihsm_error *err)
{
    if (spec->resource_count == 0 && spec->from == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "what is the instance for: give --for RESOURCE, for example --for "
                                "MessageProcessingLogs");
    }
    if (spec->token_validity_s != 0 && (spec->token_validity_s < CIHSM_TOKEN_VALIDITY_MIN ||
                                        spec->token_validity_s > CIHSM_TOKEN_VALIDITY_MAX)) {
        return cihsm_fail_plain(
            err, CIHSM_E_USAGE, "the token validity is %d to %d seconds, not %ld",
            CIHSM_TOKEN_VALIDITY_MIN, CIHSM_TOKEN_VALIDITY_MAX, spec->token_validity_s);
    }
    return CIHSM_OK;
}

static void making_free(making *of)
{
    cihsm_value_free(&of->parameters);
    cihsm_value_free(&of->roles);
    cihsm_value_free(&of->warnings);
}

cihsm_status cihsm_service_instance_params(const cihsm_instance_spec *spec, cihsm_value **out,
                                           cihsm_value **warnings, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_TRY(check_spec(spec, err));
    CIHSM_AUTO(making_free)
    making of = {
        .spec = spec, .roles = cihsm_value_new_array(), .warnings = cihsm_value_new_array()};
    if (spec->from != NULL) {
        CIHSM_TRY(read_file(&of, err));
    } else {
        of.parameters = cihsm_value_new_object();
    }
    if (of.roles == NULL || of.warnings == NULL || of.parameters == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(collect_roles(&of, err));
    CIHSM_TRY(set_members(&of, err));
    *out = CIHSM_MOVE(of.parameters);
    *warnings = CIHSM_MOVE(of.warnings);
    return CIHSM_OK;
}
