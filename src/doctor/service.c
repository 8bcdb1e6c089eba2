/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers of the tenant: login, answer, role, clock.
 */
#include "doctor/service.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/role.h"
#include "cihsm/scope.h"
#include "client/hint.h"
#include "doctor/layers.h"
#include "doctor/row.h"
#include "identity/certificate.h"
#include "integration/catalogue.h"
#include "integration/nearest.h"
#include "odata/path.h"
#include "odata/uri.h"

enum { SKEW_WARN_S = 120, ROLES_MAX_BYTES = 4096 };

static cihsm_status refuse_unknown(const integration_catalogue *catalogue, const char *resource,
                                   cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *hint = NULL;
    CIHSM_TRY(integration_nearest_text(catalogue, resource,
                                       "\"cihsm metadata --documented\" lists them", &hint, err));
    return cihsm_fail_plain(err, CIHSM_E_USAGE, "\"%.100s\" is no entity set of the API: %s",
                            resource, hint);
}

cihsm_status service_check(const cihsm_doctor_options *options, cihsm_error *err)
{
    const integration_catalogue *catalogue = NULL;
    if (options->resource == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    odata_segment first;
    const char *cursor = options->resource;
    if (!odata_path_next(&cursor, &first) || integration_set(catalogue, &first) == NULL) {
        return refuse_unknown(catalogue, options->resource, err);
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *roles = NULL;
    CIHSM_TRY(cihsm_role_for(options->resource, false, &roles, err)); /* follows the path */
    return cihsm_query_check(options->resource, NULL, err);
}

static const char *resource_of(const examination *of)
{
    return of->options->resource == NULL ? "the service document" : of->options->resource;
}

cihsm_status service_url(const examination *of, char **out, cihsm_error *err)
{
    cihsm_query query = CIHSM_QUERY_INIT;
    if (of->options->resource == NULL) {
        return odata_uri_build(of->identity->root, "/", NULL, out, err);
    }
    const bool is_set = strpbrk(of->options->resource, "(/") == NULL;
    query.top = 1;
    return odata_uri_build(of->identity->root, of->options->resource, is_set ? &query : NULL, out,
                           err);
}

cihsm_status look_at_oauth(examination *of, doctor_row *row, cihsm_error *err)
{
    if (of->identity->auth == CIHSM_AUTH_CERTIFICATE) {
        row_set(row, DOCTOR_UNNEEDED, NULL, "the login is by certificate, without a token");
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *url = NULL;
    CIHSM_TRY(service_url(of, &url, err));
    CIHSM_TRY(exchange_send_with_token(&of->asked, of->identity, of->config, url, err));
    if (!of->asked.is_answered) {
        return row_fail(row, &of->asked.error,
                        "check tokenurl and clientid of the service key, or make a new one", err);
    }
    row_set(row, DOCTOR_OK, NULL, "%s gave a token",
            service_key_token_url(of->identity->service_key));
    return CIHSM_OK;
}

/* By elimination: the layers below found nothing wrong with what was sent. */
static cihsm_status judge_401(const examination *of, doctor_row *row, cihsm_error *err)
{
    if (of->identity->auth != CIHSM_AUTH_CERTIFICATE) {
        CIHSM_AUTO(text_free) char *hint = NULL;
        CIHSM_TRY(hint_token_refused(of->identity->service_key, &hint, err));
        row_set(row, DOCTOR_FAIL, "make a service key of plan api in this subaccount", "401: %s",
                hint);
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_AUTO(text_free) char *serial = NULL;
    CIHSM_TRY(certificate_subject(of->identity->chain->leaf, &subject, err));
    CIHSM_TRY(certificate_serial(of->identity->chain->leaf, &serial, err));
    const tls_watch *watch = http_client_watch(of->asked.http);
    const bool is_root_known = watch->issuer_is_listed || of->options->lb_roots != NULL;
    row_set(row, DOCTOR_FAIL,
            is_root_known
                ? "register it in one service key: \"cihsm service-key params\"; a new key takes "
                  "a while"
                : "register it in one service key: \"cihsm service-key params\"; if that was "
                  "done, look for its root in SAP Note 2801396",
            "401: the tenant finds no service key for the certificate %.150s (serial %.80s)",
            subject, serial);
    return CIHSM_OK;
}

/* As OData services speak, errors included; a router or a web server says it in other forms. */
static bool is_structured(const http_response *answer)
{
    const char *type = answer->content_type;
    return type != NULL && (strstr(type, "json") != NULL || strstr(type, "xml") != NULL);
}

static bool is_data(const http_response *answer)
{
    const char *type = answer->content_type;
    return is_structured(answer) ||
           (type != NULL &&
            (text_starts(type, "application/octet-stream") || text_starts(type, "text/plain")));
}

/* Statuses that are the end of the way. */
static void judge_status(const examination *of, doctor_row *row)
{
    const http_response *answer = &of->asked.answer;
    const long status = answer->status;
    const char *path = resource_of(of);
    if (status == 404 && of->options->resource != NULL && is_structured(answer)) {
        row_set(row, DOCTOR_FAIL, "see \"cihsm get /\" for what the tenant has",
                "404: the tenant has no %s", path);
    } else if (status == 404) {
        row_set(row, DOCTOR_FAIL, "take the url of a service key of plan api",
                "404: there is no OData API at %s", of->identity->root);
    } else if (status / 100 == 3) {
        row_set(row, DOCTOR_FAIL, "take the url of a service key of plan api",
                "%ld: %s redirects to %.200s, so it is not the API host", status,
                of->identity->peer, answer->location == NULL ? "" : answer->location);
    } else if (status == 429 || status == 423) {
        row_set(row, DOCTOR_FAIL, "try again later, or with --wait",
                "%ld: the tenant is busy or its rate limit is reached", status);
    } else if (status >= 500 && status != 501) {
        row_set(row, DOCTOR_FAIL, "try again later, or with --wait; then open a case with SAP",
                "%ld: the tenant failed", status);
    } else if (status / 100 == 2 && !is_data(answer)) {
        row_set(row, DOCTOR_FAIL, "take the url of a service key of plan api",
                "%ld, but %.100s instead of data: %s is not the API host", status,
                answer->content_type == NULL ? "nothing" : answer->content_type,
                of->identity->peer);
    } else if (status / 100 == 2 || status == 403) {
        row_set(row, DOCTOR_OK, NULL, "%ld: the tenant knows who we are", status);
    } else {
        row_set(row, DOCTOR_WARN, "give a set that can be read without a key, with --for",
                "%ld: the login went well, but %s cannot be read like that", status, path);
    }
}

cihsm_status look_at_http(examination *of, doctor_row *row, cihsm_error *err)
{
    const http_facts *facts = http_client_facts(of->asked.http);
    row->milliseconds = (double)(facts->done_us - facts->secured_us) / 1000;
    if (of->asked.status != CIHSM_OK) {
        return row_fail(row, &of->asked.error, "try again, or allow more time with --timeout", err);
    }
    if (of->asked.answer.status == 401) {
        return judge_401(of, row, err);
    }
    judge_status(of, row);
    return CIHSM_OK;
}

/* The names of the documented roles, each once, joined by commas. */
static cihsm_status name_roles(const examination *of, buffer *names, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    if (of->options->resource == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(cihsm_role_for(of->options->resource, false, &rows, err));
    for (const cihsm_value *row = cihsm_value_first(rows); row != NULL;
         row = cihsm_value_next(row)) {
        const char *role = cihsm_value_get_string(row, "Role");
        if (role == NULL || strstr(buffer_text(names), role) != NULL) {
            continue;
        }
        CIHSM_TRY(buffer_append_text(names, names->len == 0 ? "" : ", ", err));
        CIHSM_TRY(buffer_append_text(names, role, err));
    }
    return CIHSM_OK;
}

cihsm_status look_at_role(examination *of, doctor_row *row, cihsm_error *err)
{
    const http_response *answer = &of->asked.answer;
    CIHSM_AUTO(buffer_free) buffer names = buffer_new(ROLES_MAX_BYTES);
    CIHSM_TRY(name_roles(of, &names, err));
    const char *roles = names.len == 0 ? "a role that is not documented" : buffer_text(&names);
    if (answer->status == 403) {
        CIHSM_AUTO(text_free) char *action = NULL;
        CIHSM_TRY(text_format(&action, err,
                              "add %.200s to the service instance; the change can take an hour",
                              of->options->resource == NULL ? "a role" : roles));
        row_set(row, DOCTOR_FAIL, action,
                "403: the service instance lacks the role for %.200s%s%.200s", resource_of(of),
                of->options->resource == NULL ? "" : ": ",
                of->options->resource == NULL ? "" : roles);
        return CIHSM_OK;
    }
    if (of->options->resource == NULL) {
        row_set(row, DOCTOR_UNNEEDED, NULL, "no resource was asked for: --for RESOURCE");
        return CIHSM_OK;
    }
    if (answer->status / 100 != 2) {
        row_set(row, DOCTOR_UNNEEDED, NULL, "the answer %ld tells nothing about the role",
                answer->status);
        return CIHSM_OK;
    }
    row_set(row, DOCTOR_OK, NULL, "%.200s can be read (%.200s)", resource_of(of), roles);
    return CIHSM_OK;
}

cihsm_status look_at_csrf(examination *of, doctor_row *row, cihsm_error *err)
{
    (void)err;
    row_set(row, DOCTOR_OK, NULL, "%s",
            of->asked.answer.csrf_token != NULL
                ? "the tenant hands out CSRF tokens"
                : "the tenant gave no CSRF token; whether writes need one is not known");
    return CIHSM_OK;
}

cihsm_status look_at_clock(examination *of, doctor_row *row, cihsm_error *err)
{
    const int64_t date_s = http_client_facts(of->asked.http)->date_s;
    (void)err;
    if (of->asked.status != CIHSM_OK || date_s == 0) {
        row_set(row, DOCTOR_UNNEEDED, NULL, "no answer told its time");
        return CIHSM_OK;
    }
    const long long skew_s = (long long)((int64_t)time(NULL) - date_s);
    if (llabs(skew_s) > SKEW_WARN_S) {
        row_set(row, DOCTOR_WARN,
                "set this machine's clock (NTP): certificates and tokens depend "
                "on it",
                "this machine's clock is %lld s %s that of the server", llabs(skew_s),
                skew_s > 0 ? "ahead of" : "behind");
        return CIHSM_OK;
    }
    row_set(row, DOCTOR_OK, NULL, "this machine and the server differ by %lld s", llabs(skew_s));
    return CIHSM_OK;
}
