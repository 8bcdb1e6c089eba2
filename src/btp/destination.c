/* SPDX-License-Identifier: Apache-2.0 */
#include "btp/destination.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "btp/answer.h"
#include "cihsm/scope.h"
#include "http/url.h"
#include "identity/service_key.h"

static const char CERTIFICATES[] = "/destination-configuration/v1/subaccountCertificates";

cihsm_status destination_url(const char *uri, const char *name, char **out, cihsm_error *err)
{
    if (name == NULL) {
        return text_format(out, err, "%s%s", uri, CERTIFICATES);
    }
    CIHSM_AUTO(text_free) char *escaped = NULL;
    CIHSM_TRY(http_escape(name, &escaped, err));
    return text_format(out, err, "%s%s/%s", uri, CERTIFICATES, escaped);
}

/* --- the order -------------------------------------------------------------------------------- */

static cihsm_status put_validity(long days, cihsm_value *to, cihsm_error *err)
{
    if (days == 0) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *validity = cihsm_value_new_object();
    if (validity == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(validity, "TimeUnit", "DAYS", err));
    CIHSM_TRY(cihsm_value_set_number(validity, "Value", (double)days, err));
    return cihsm_value_set(to, "Validity", &validity, err);
}

static cihsm_status make_attributes(const destination_order *order, cihsm_value **out,
                                    cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_object();
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(made, "CN", order->cn, err));
    CIHSM_TRY(put_validity(order->validity_days, made, err));
    CIHSM_TRY(cihsm_value_set_bool(made, "AutomaticRenew", order->automatic_renew, err));
    CIHSM_TRY(cihsm_value_set_bytes(made, "CSR", order->csr->data, order->csr->len, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

cihsm_status destination_body(const destination_order *order, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = cihsm_value_new_object();
    if (body == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *attributes = NULL;
    CIHSM_TRY(make_attributes(order, &attributes, err));
    CIHSM_TRY(cihsm_value_set_string(body, "Name", order->name, err));
    CIHSM_TRY(cihsm_value_set(body, "Attributes", &attributes, err));
    *out = CIHSM_MOVE(body);
    return CIHSM_OK;
}

/* --- refusals --------------------------------------------------------------------------------- */

/* What to do; the documentation names no error bodies and no roles. */
static const char *advice_on(long http, bool is_order)
{
    switch (http) {
    case 400:
    case 422:
        return is_order ? "check --name, --cn, --validity and the CSR" : "check --name";
    case 401:
        return "the service does not take the token of the binding: is its uri of the same "
               "subaccount as its url, and was the binding deleted";
    case 403:
        return "the binding may not do this, and which role is needed is not documented; ask the "
               "administrator of the subaccount";
    case 404:
        return is_order ? "check the field uri of the binding"
                        : "there is no certificate of that name, or not yet";
    case 409:
        return "there is a certificate of that name; choose another one with --name";
    default:
        return http >= 500 || http == 429 ? "try again later" : "check the binding";
    }
}

static cihsm_status fail(const http_response *answer, const btp_link *link, const char *name,
                         bool is_order, cihsm_error *err)
{
    char words[BTP_WORDS_SIZE];
    btp_answer_words(answer, words);
    return cihsm_fail(
        err, btp_answer_status(answer->status), CIHSM_FROM_HTTP, (unsigned long)answer->status,
        "%ld from the Destination service at %.120s for certificate %.80s%s%.160s; "
        "%s%s%s",
        answer->status, btp_link_host(link), name, *words == '\0' ? "" : ": ", words,
        advice_on(answer->status, is_order), *answer->note == '\0' ? "" : "; ", answer->note);
}

/* An order without an answer may have been done. */
static cihsm_status fail_unanswered(const http_response *answer, const cihsm_error *why,
                                    cihsm_error *err)
{
    return cihsm_fail(
        err, why->status, why->origin, why->native, "%s%s", why->message,
        answer->was_sent ? "; repeat it: if the certificate was issued, it is fetched then" : "");
}

/* --- requests --------------------------------------------------------------------------------- */

cihsm_status destination_order_send(btp_link *link, const cihsm_service_key *binding,
                                    const destination_order *order, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *url = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = NULL;
    CIHSM_TRY(destination_url(cihsm_service_key_url(binding), NULL, &url, err));
    CIHSM_TRY(destination_body(order, &body, err));
    CIHSM_AUTO(http_response_free) http_response answer;
    http_response_init(&answer, BTP_ANSWER_MAX_BYTES);
    const btp_request request = {.method = "POST", .url = url, .json = body};
    cihsm_error why = {0};
    if (btp_link_send(link, &request, &answer, &why) != CIHSM_OK) {
        return fail_unanswered(&answer, &why, err);
    }
    return btp_answer_status(answer.status) == CIHSM_OK
               ? CIHSM_OK
               : fail(&answer, link, order->name, true, err);
}

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static cihsm_status read_content(const http_response *answer, const btp_link *link, buffer *pem,
                                 cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = NULL;
    CIHSM_TRY(btp_answer_object(answer, btp_link_host(link), &document, err));
    const cihsm_value *content = cihsm_value_get(document, "Content");
    const cihsm_status status = cihsm_value_write_bytes(content, append, pem, NULL);
    CIHSM_TRY_MEMORY(status, err);
    if (status != CIHSM_OK) {
        return cihsm_fail(err, CIHSM_E_PROTOCOL, CIHSM_FROM_HTTP, (unsigned long)answer->status,
                          "the answer of the Destination service at %.120s has no Content that is "
                          "base64; is it the right host",
                          btp_link_host(link));
    }
    return CIHSM_OK;
}

cihsm_status destination_fetch(btp_link *link, const cihsm_service_key *binding, const char *name,
                               buffer *pem, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *url = NULL;
    CIHSM_TRY(destination_url(cihsm_service_key_url(binding), name, &url, err));
    CIHSM_AUTO(http_response_free) http_response answer;
    http_response_init(&answer, BTP_ANSWER_MAX_BYTES);
    const btp_request request = {.method = "GET", .url = url};
    CIHSM_TRY(btp_link_send(link, &request, &answer, err));
    return btp_answer_status(answer.status) == CIHSM_OK ? read_content(&answer, link, pem, err)
                                                        : fail(&answer, link, name, false, err);
}
