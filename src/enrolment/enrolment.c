/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/enrolment.h"

#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "btp/destination.h"
#include "cihsm/scope.h"
#include "enrolment/issued.h"
#include "identity/csr_request.h"
#include "identity/service_key.h"
#include "identity/service_key_binding.h"

enum { NAME_MAX_BYTES = 255, CN_MAX_BYTES = 64, WAIT_S = 120, WAIT_MAX_S = 86400 };
#define CSR_MAX_BYTES ((size_t)64 << 10)
#define CHAIN_MAX_BYTES ((size_t)1 << 20)
#define PAUSE_MS 2000

/* --- what needs no network -------------------------------------------------------------------- */

/* It becomes a part of a path. "." and ".." would not stay one. */
static bool is_name(const char *name)
{
    const size_t len = strlen(name);
    for (const char *c = name; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr("-_.", *c) == NULL) {
            return false;
        }
    }
    return len > 0 && len <= NAME_MAX_BYTES && name[0] != '.';
}

static cihsm_status check_name(const char *name, cihsm_error *err)
{
    if (name == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "--name is missing: of the certificate in the Destination service, "
                                "for example client.pem");
    }
    if (!is_name(name)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the name \"%.80s\" cannot be used: letters, digits and \"-_.\", "
                                "for example client.pem",
                                name);
    }
    return CIHSM_OK;
}

static cihsm_status check_cn(const char *cn, cihsm_error *err)
{
    if (cn == NULL || cn[0] == '\0') {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "--cn is missing: the common name of the certificate");
    }
    if (strlen(cn) > CN_MAX_BYTES || !text_is_utf8(cn, strlen(cn))) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "a common name has up to %d bytes of UTF-8, not \"%.80s\"",
                                CN_MAX_BYTES, cn);
    }
    for (const char *c = cn; *c != '\0'; c++) {
        if (iscntrl((unsigned char)*c)) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                    "the common name holds a control character");
        }
    }
    return CIHSM_OK;
}

static cihsm_status check_numbers(const cihsm_enrolment *what, cihsm_error *err)
{
    if (what->validity_days < 0 || what->validity_days > CIHSM_ENROLMENT_DAYS_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the validity is 1 to %d days, not %ld",
                                CIHSM_ENROLMENT_DAYS_MAX, what->validity_days);
    }
    if (what->wait_s < 0 || what->wait_s > WAIT_MAX_S) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the time to wait is at most a day, not %ld s",
                                what->wait_s);
    }
    return CIHSM_OK;
}

/* The files are read once here, so that a wrong one is told early. */
static cihsm_status check(const cihsm_enrolment *what, cihsm_service_key **binding,
                          cihsm_error *err)
{
    if (what->binding == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "--destination-binding is missing: the file of a binding of the "
                                "Destination service");
    }
    CIHSM_TRY(check_name(what->name, err));
    CIHSM_TRY(check_cn(what->cn, err));
    CIHSM_TRY(check_numbers(what, err));
    return service_key_read_binding(what->binding, binding, err);
}

cihsm_status cihsm_enrolment_check(const cihsm_enrolment *what, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *binding = NULL;
    return check(what, &binding, err);
}

static cihsm_status make_order(const cihsm_enrolment *what, buffer *csr, destination_order *out,
                               cihsm_error *err)
{
    if (what->csr != NULL) {
        CIHSM_TRY(csr_request_pem(what->csr, csr, err));
    }
    *out = (destination_order){.name = what->name,
                               .cn = what->cn,
                               .validity_days = what->validity_days,
                               .automatic_renew = what->automatic_renew,
                               .csr = csr};
    return CIHSM_OK;
}

/* --- the requests, told ----------------------------------------------------------------------- */

static cihsm_status append_request(const char *method, const char *url, const char *purpose,
                                   cihsm_value **body, cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(row, "method", method, err));
    CIHSM_TRY(cihsm_value_set_string(row, "url", url, err));
    CIHSM_TRY(cihsm_value_set_string(row, "purpose", purpose, err));
    if (*body == NULL) {
        CIHSM_TRY(cihsm_value_set_string(row, "body", NULL, err));
    } else {
        CIHSM_TRY(cihsm_value_set(row, "body", body, err));
    }
    return cihsm_value_append(to, &row, err);
}

/* Without a CSR nothing was signed yet. */
static cihsm_status make_shown_body(const cihsm_enrolment *what, cihsm_value **out,
                                    cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer csr = buffer_new(CSR_MAX_BYTES);
    destination_order order = {0};
    CIHSM_TRY(make_order(what, &csr, &order, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = NULL;
    CIHSM_TRY(destination_body(&order, &body, err));
    if (what->csr == NULL) {
        CIHSM_TRY(cihsm_value_set_string(json_get(body, "Attributes"), "CSR", "<of the key>", err));
    }
    *out = CIHSM_MOVE(body);
    return CIHSM_OK;
}

cihsm_status cihsm_enrolment_describe(const cihsm_enrolment *what, cihsm_value **out,
                                      cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *binding = NULL;
    CIHSM_TRY(check(what, &binding, err));
    CIHSM_AUTO(text_free) char *all = NULL;
    CIHSM_AUTO(text_free) char *one = NULL;
    CIHSM_TRY(destination_url(cihsm_service_key_url(binding), NULL, &all, err));
    CIHSM_TRY(destination_url(cihsm_service_key_url(binding), what->name, &one, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *none = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(make_shown_body(what, &body, err));
    CIHSM_TRY(append_request("POST", service_key_token_url(binding),
                             "an OAuth token for the binding (client_credentials)", &none, list,
                             err));
    CIHSM_TRY(append_request("POST", all, "the certificate is issued", &body, list, err));
    CIHSM_TRY(append_request("GET", one, "its chain is fetched", &none, list, err));
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}

/* --- the requests, sent ----------------------------------------------------------------------- */

/* What one run works with. */
typedef struct enrolment_run {
    const cihsm_enrolment *what;
    cihsm_service_key *binding;
    btp_link *link;
    bool is_new; /* issued by this run */
} enrolment_run;

static void run_free(enrolment_run *of)
{
    btp_link_free(&of->link); /* before what it logs in with */
    cihsm_service_key_free(&of->binding);
}

static cihsm_status order(enrolment_run *run, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer csr = buffer_new(CSR_MAX_BYTES);
    destination_order order = {0};
    CIHSM_TRY(make_order(run->what, &csr, &order, err));
    cihsm_error why = {0};
    const cihsm_status status = destination_order_send(run->link, run->binding, &order, &why);
    run->is_new = status == CIHSM_OK;
    if (status == CIHSM_OK || status == CIHSM_E_CONFLICT) {
        return CIHSM_OK; /* what is there already may be ours: its key tells */
    }
    return cihsm_fail(err, status, why.origin, why.native, "%s", why.message);
}

static cihsm_status fail_waiting(const enrolment_run *run, cihsm_status status, cihsm_error *err)
{
    return cihsm_fail_plain(err, status,
                            "%sthe certificate %.80s was ordered and is not there yet: "
                            "run it again, which fetches it",
                            status == CIHSM_E_CANCELED ? "canceled: " : "", run->what->name);
}

/* What this run ordered is there, whatever fails afterwards. */
static cihsm_status fail_issued(const enrolment_run *run, const cihsm_error *why, cihsm_error *err)
{
    return cihsm_fail(err, why->status, why->origin, why->native, "%s%s%.80s%s", why->message,
                      run->is_new ? "; the certificate " : "", run->is_new ? run->what->name : "",
                      run->is_new ? " was ordered: run it again, which fetches it" : "");
}

static cihsm_status fetch(const enrolment_run *run, buffer *pem, cihsm_error *err)
{
    const cihsm_enrolment *what = run->what;
    const clock_source *clock = btp_link_clock(run->link);
    const int64_t wait_s = what->wait_s == 0 ? WAIT_S : what->wait_s;
    const int64_t end_us = clock_now_us(clock) + wait_s * 1000000;
    for (;;) {
        cihsm_error why = {0};
        const cihsm_status status =
            destination_fetch(run->link, run->binding, what->name, pem, &why);
        if (status != CIHSM_E_NOT_FOUND) {
            return status == CIHSM_OK ? CIHSM_OK : fail_issued(run, &why, err);
        }
        if (clock_now_us(clock) + INT64_C(1000) * PAUSE_MS > end_us) {
            return fail_waiting(run, CIHSM_E_TIMEOUT, err);
        }
        if (what->waiting != NULL) {
            what->waiting(what->user, "the certificate is not there yet");
        }
        if (!clock_sleep_ms(clock, PAUSE_MS)) {
            return fail_waiting(run, CIHSM_E_CANCELED, err);
        }
    }
}

/* --- the result ------------------------------------------------------------------------------- */

static cihsm_status fail_lint(const char *name, const cihsm_value *report, size_t errors,
                              cihsm_error *err)
{
    const cihsm_value *first = cihsm_value_first(cihsm_value_get(report, "findings"));
    while (!text_equal(cihsm_value_get_string(first, "level"), "error")) {
        first = cihsm_value_next(first); /* there is one */
    }
    return cihsm_fail_plain(err, CIHSM_E_CHECK,
                            "the certificate %.80s was issued, but has %zu error%s, the first: "
                            "%.220s: %s",
                            name, errors, errors == 1 ? "" : "s",
                            cihsm_value_get_string(first, "sentence"),
                            cihsm_value_get_string(first, "action"));
}

static cihsm_status make_report(const enrolment_run *run, const buffer *pem, cihsm_value **out,
                                size_t *errors, cihsm_error *err)
{
    const cihsm_enrolment *what = run->what;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    CIHSM_TRY(issued_judge(pem, what->name, what->csr, &what->rules, &report, errors, err));
    CIHSM_TRY(cihsm_value_set_string(report, "name", what->name, err));
    CIHSM_TRY(cihsm_value_set_bool(report, "isNew", run->is_new, err));
    *out = CIHSM_MOVE(report);
    return CIHSM_OK;
}

static cihsm_status judge(const enrolment_run *run, const buffer *pem, cihsm_value **out,
                          cihsm_error *err)
{
    size_t errors = 0;
    cihsm_error why = {0};
    if (make_report(run, pem, out, &errors, &why) != CIHSM_OK) {
        return fail_issued(run, &why, err);
    }
    return errors == 0 ? CIHSM_OK : fail_lint(run->what->name, *out, errors, err);
}

cihsm_status cihsm_enrolment_run(const cihsm_enrolment *what, cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    if (what->csr == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "an enrolment needs a CSR");
    }
    CIHSM_AUTO(run_free) enrolment_run run = {.what = what};
    CIHSM_TRY(check(what, &run.binding, err));
    CIHSM_TRY(btp_link_open(&what->network, cihsm_service_key_url(run.binding), run.binding,
                            &run.link, err));
    CIHSM_TRY(order(&run, err));
    CIHSM_AUTO(buffer_free) buffer pem = buffer_new(CHAIN_MAX_BYTES);
    CIHSM_TRY(fetch(&run, &pem, err));
    return judge(&run, &pem, out, err);
}
