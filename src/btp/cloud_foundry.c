/* SPDX-License-Identifier: Apache-2.0 */
#include "btp/cloud_foundry.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "btp/answer.h"
#include "btp/cloud_foundry_login.h"
#include "cihsm/scope.h"
#include "http/url.h"

#define PAGES_MAX 1000

void cihsm_cf_free(cihsm_cf **cf)
{
    if (cf == NULL || *cf == NULL) {
        return;
    }
    btp_link_free(&(*cf)->link);
    text_free(&(*cf)->origin);
    cihsm_secret_free(&(*cf)->authorization);
    free(*cf);
    *cf = NULL;
}

cihsm_status cihsm_cf_open(const cihsm_cf_config *config, cihsm_cf **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_cf_free) cihsm_cf *cf = calloc(1, sizeof *cf);
    if (cf == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_AUTO(text_free) char *url = NULL;
    CIHSM_TRY(http_url_normalise(config->api, &url, err));
    CIHSM_TRY(http_url_origin(url, &cf->origin, err));
    CIHSM_TRY(btp_link_open(&config->network, cf->origin, NULL, &cf->link, err));
    CIHSM_TRY(cf_login(cf, config, err));
    *out = CIHSM_MOVE(cf);
    return CIHSM_OK;
}

/* --- one request --------------------------------------------------------------------------- */

/* What to do about a refusal; "": its own words say it. */
static const char *advice_of(long http)
{
    switch (http) {
    case 401:
        return "; the access token has ended, or is of another landscape: log in again (\"cf "
               "login\") and take what \"cf oauth-token\" prints";
    case 403:
        return "; the user needs the role Space Developer in the space of the service instance";
    case 429:
        return "; try again later";
    default:
        return http >= 500 && http != 501 ? "; try again later" : "";
    }
}

static cihsm_status fail_refused(const cihsm_cf *cf, const cf_request *request,
                                 const http_response *answer, cihsm_error *err)
{
    const char *host = btp_link_host(cf->link);
    char words[BTP_WORDS_SIZE];
    btp_answer_words(answer, words);
    const cihsm_status status = btp_answer_status(answer->status);
    if (answer->status == 404) {
        return cihsm_fail(err, status, CIHSM_FROM_HTTP, 404,
                          "404 from Cloud Foundry %.120s: there is no such %s, or the user may not "
                          "see it",
                          host, request->what);
    }
    return cihsm_fail(err, status, CIHSM_FROM_HTTP, (unsigned long)answer->status,
                      "%ld from Cloud Foundry %.120s%s%s%s%s%s", answer->status, host,
                      words[0] == '\0' ? "" : ": ", words, advice_of(answer->status),
                      answer->note[0] == '\0' ? "" : "; ", answer->note);
}

cihsm_status cf_send(cihsm_cf *cf, const cf_request *request, http_response *answer,
                     cihsm_error *err)
{
    bool is_own = false;
    CIHSM_AUTO(text_free) char *url = NULL;
    CIHSM_TRY(http_url_resolve(cf->origin, request->path, &url, err));
    CIHSM_TRY(http_url_same_origin(cf->origin, url, &is_own, err));
    if (!is_own) { /* the token is for this host only */
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the answer of Cloud Foundry %.120s leads to another host, %.160s: "
                                "is --cf-api the API endpoint of the subaccount",
                                btp_link_host(cf->link), url);
    }
    const btp_request sent = {.method = request->method,
                              .url = url,
                              .authorization = cf->authorization,
                              .json = request->json};
    CIHSM_TRY(btp_link_send(cf->link, &sent, answer, err));
    return btp_answer_status(answer->status) == CIHSM_OK ? CIHSM_OK
                                                         : fail_refused(cf, request, answer, err);
}

cihsm_status cf_get(cihsm_cf *cf, const char *path, const char *what, cihsm_value **out,
                    cihsm_error *err)
{
    const cf_request request = {.method = "GET", .path = path, .what = what};
    CIHSM_AUTO(http_response_free) http_response answer;
    http_response_init(&answer, BTP_ANSWER_MAX_BYTES);
    CIHSM_TRY(cf_send(cf, &request, &answer, err));
    return btp_answer_object(&answer, btp_link_host(cf->link), out, err);
}

/* --- lists --------------------------------------------------------------------------------- */

cihsm_status cf_page_take(cihsm_value *page, const char *host, cihsm_value *all, const char **next,
                          cihsm_error *err)
{
    cihsm_value *resources = json_get(page, "resources");
    if (cihsm_value_kind(resources) != CIHSM_VALUE_ARRAY) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the answer of %.120s is no list of the Cloud Foundry V3 API: is "
                                "it the right host",
                                host);
    }
    cihsm_value *one = NULL;
    while ((one = json_first(resources)) != NULL) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *taken = json_detach(resources, one);
        if (cihsm_value_get_string(taken, "guid") == NULL) {
            return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                    "an entry of a list of %.120s has no guid", host);
        }
        CIHSM_TRY(cihsm_value_append(all, &taken, err));
    }
    *next = cihsm_value_get_string(cihsm_value_at(page, "pagination.next"), "href");
    return CIHSM_OK;
}

cihsm_status cf_list(cihsm_cf *cf, const char *path, cihsm_value **out, cihsm_error *err)
{
    const char *host = btp_link_host(cf->link);
    CIHSM_AUTO(text_free) char *at = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *all = cihsm_value_new_array();
    if (all == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(text_set(&at, path, err));
    for (int pages = 0; pages < PAGES_MAX; pages++) {
        const char *next = NULL;
        CIHSM_AUTO(cihsm_value_free) cihsm_value *page = NULL;
        CIHSM_TRY(cf_get(cf, at, "list", &page, err));
        CIHSM_TRY(cf_page_take(page, host, all, &next, err));
        if (next == NULL) {
            *out = CIHSM_MOVE(all);
            return CIHSM_OK;
        }
        if (text_equal(next, at)) {
            return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                    "a list of %.120s does not end: a page names itself as the "
                                    "next one",
                                    host);
        }
        CIHSM_TRY(text_set(&at, next, err));
    }
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "a list of %.120s does not end after %d pages",
                            host, PAGES_MAX);
}

/* --- members ------------------------------------------------------------------------------- */

const char *cf_instance_of(const cihsm_value *binding)
{
    const cihsm_value *data = cihsm_value_at(binding, "relationships.service_instance.data");
    return cihsm_value_get_string(data, "guid");
}

bool cf_is_guid(const char *text)
{
    static const char FORM[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    size_t i = 0;
    for (; FORM[i] != '\0' && text[i] != '\0'; i++) {
        const bool fits = FORM[i] == 'x' ? isxdigit((unsigned char)text[i]) != 0 : text[i] == '-';
        if (!fits) {
            return false;
        }
    }
    return FORM[i] == '\0' && text[i] == '\0';
}
