/* SPDX-License-Identifier: Apache-2.0 */
#include "btp/cloud_foundry_login.h"

#include <string.h>
#include <strings.h>

#include "auth/form.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "btp/answer.h"
#include "cihsm/scope.h"
#include "http/url.h"

#define FORM_MAX_BYTES ((size_t)64 << 10)

static const char CLIENT[] = "Basic Y2Y6"; /* "cf:", the client of everybody; its secret is empty */

/* --- a token ------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && is_blank((*text)[0])) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && is_blank((*text)[*len - 1])) {
        (*len)--;
    }
}

/* Visible characters only: it becomes part of a header. */
static bool is_token(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] >= 0x7f) {
            return false;
        }
    }
    return len > 0;
}

cihsm_status cf_token_header(const char *text, size_t len, cihsm_secret **out, cihsm_error *err)
{
    static const char SCHEME[] = "bearer";
    const size_t scheme_len = sizeof SCHEME - 1;
    trim(&text, &len);
    if (len > scheme_len && strncasecmp(text, SCHEME, scheme_len) == 0 &&
        is_blank(text[scheme_len])) {
        text += scheme_len;
        len -= scheme_len;
        trim(&text, &len);
    }
    const bool is_scheme = len == scheme_len && strncasecmp(text, SCHEME, scheme_len) == 0;
    if (is_scheme || !is_token(text, len)) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "what was given as access token of Cloud Foundry is none: it is "
                                "the one line that \"cf oauth-token\" prints");
    }
    CIHSM_AUTO(buffer_free) buffer header = buffer_new(CIHSM_SECRET_MAX);
    CIHSM_TRY(buffer_append_text(&header, "Bearer ", err));
    CIHSM_TRY(buffer_append(&header, text, len, err));
    return cihsm_secret_new(header.data, header.len, out, err);
}

/* --- user and password --------------------------------------------------------------------- */

/* The API's own root says where tokens are to be had. */
static cihsm_status find_uaa(cihsm_cf *cf, char **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *root = NULL;
    CIHSM_TRY(cf_get(cf, "/", "API", &root, err));
    const char *found = cihsm_value_get_string(cihsm_value_at(root, "links.uaa"), "href");
    const cihsm_status status =
        found == NULL ? CIHSM_E_CONFIG : http_url_normalise(found, out, NULL);
    CIHSM_TRY_MEMORY(status, err);
    return status == CIHSM_OK
               ? CIHSM_OK
               : cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                  "the API %.120s does not tell where tokens are to be had "
                                  "(links.uaa): is --cf-api the API endpoint of the subaccount; "
                                  "else give --cf-uaa URL",
                                  btp_link_host(cf->link));
}

static cihsm_status write_form(const cihsm_cf_config *config, buffer *form, cihsm_error *err)
{
    CIHSM_TRY(auth_form_add(form, "grant_type", "password", strlen("password"), err));
    CIHSM_TRY(auth_form_add(form, "username", config->user, strlen(config->user), err));
    return auth_form_add(form, "password", cihsm_secret_bytes(config->password),
                         cihsm_secret_len(config->password), err);
}

/* A server that repeats the password must not make us print it. */
static void read_words(const http_response *answer, const cihsm_secret *password,
                       char out[BTP_WORDS_SIZE])
{
    btp_answer_words(answer, out);
    if (strstr(out, cihsm_secret_bytes(password)) != NULL) {
        out[0] = '\0';
    }
}

static cihsm_status fail_login(const btp_link *uaa, const cihsm_cf_config *config,
                               const http_response *answer, cihsm_error *err)
{
    char words[BTP_WORDS_SIZE];
    read_words(answer, config->password, words);
    const bool is_login = answer->status == 400 || answer->status == 401;
    return cihsm_fail(err, is_login ? CIHSM_E_REFUSED : btp_answer_status(answer->status),
                      CIHSM_FROM_HTTP, (unsigned long)answer->status,
                      "%ld from token server %.120s%s%s%s", answer->status, btp_link_host(uaa),
                      words[0] == '\0' ? "" : ": ", words,
                      is_login ? "; user or password are wrong, or the user logs in by single "
                                 "sign-on only: then use --cf-token-source"
                               : "; is --cf-uaa the token server of Cloud Foundry");
}

static cihsm_status take_token(cihsm_cf *cf, const btp_link *uaa, const http_response *answer,
                               cihsm_error *err)
{
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    CIHSM_TRY(btp_answer_object(answer, btp_link_host(uaa), &document, err));
    const char *token = cihsm_value_get_string(document, "access_token");
    const cihsm_status status =
        token == NULL ? CIHSM_E_PROTOCOL
                      : cf_token_header(token, strlen(token), &cf->authorization, NULL);
    CIHSM_TRY_MEMORY(status, err);
    return status == CIHSM_OK
               ? CIHSM_OK
               : cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                  "the answer of token server %.120s holds no access_token",
                                  btp_link_host(uaa));
}

static cihsm_status ask_uaa(cihsm_cf *cf, const cihsm_cf_config *config, const char *url,
                            cihsm_error *err)
{
    CIHSM_AUTO(btp_link_free) btp_link *uaa = NULL;
    CIHSM_TRY(btp_link_open(&config->network, url, NULL, &uaa, err));
    CIHSM_AUTO(text_free) char *endpoint = NULL;
    CIHSM_TRY(text_format(&endpoint, err, "https://%s/oauth/token", btp_link_host(uaa)));
    CIHSM_AUTO(buffer_free) buffer form = buffer_new(FORM_MAX_BYTES);
    CIHSM_TRY(write_form(config, &form, err));
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *client = NULL;
    CIHSM_TRY(cihsm_secret_new(CLIENT, strlen(CLIENT), &client, err));
    const btp_request request = {
        .method = "POST", .url = endpoint, .authorization = client, .form = &form};
    CIHSM_AUTO(http_response_free) http_response answer;
    http_response_init(&answer, BTP_ANSWER_MAX_BYTES);
    CIHSM_TRY(btp_link_send(uaa, &request, &answer, err));
    return answer.status == 200 ? take_token(cf, uaa, &answer, err)
                                : fail_login(uaa, config, &answer, err);
}

static cihsm_status login_by_password(cihsm_cf *cf, const cihsm_cf_config *config, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *url = NULL;
    if (config->uaa != NULL) {
        CIHSM_TRY(http_url_normalise(config->uaa, &url, err));
    } else {
        CIHSM_TRY(find_uaa(cf, &url, err));
    }
    return ask_uaa(cf, config, url, err);
}

cihsm_status cf_login(cihsm_cf *cf, const cihsm_cf_config *config, cihsm_error *err)
{
    if (config->token != NULL) {
        return cf_token_header(cihsm_secret_bytes(config->token), cihsm_secret_len(config->token),
                               &cf->authorization, err);
    }
    if (config->user == NULL || config->password == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "no login for Cloud Foundry is given: --cf-token-source, or "
                                "--cf-user and --cf-password-source");
    }
    return login_by_password(cf, config, err);
}
