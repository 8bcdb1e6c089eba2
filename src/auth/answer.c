/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/answer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "auth/form.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cihsm/scope.h"

#define WORDS_SIZE 161 /* of the server's reason; longer ones are cut */
/* The longest that SAP offers as token-validity (docs/sap-contract.md section 2.1). A server that
 * promises more is asked again after a day all the same. */
#define LIFETIME_MAX_S 86400

#define ENCODED_PER_BYTE 3

static const char SCHEME[] = "Bearer ";

void auth_token_free(auth_token *token)
{
    cihsm_secret_free(&token->header);
    *token = (auth_token){0};
}

/* Without the parser's words: they may quote the answer. */
static cihsm_status parse(const http_response *answer, cihsm_value **out)
{
    return cihsm_value_parse(buffer_text(&answer->body), answer->body.len, out, NULL);
}

/* --- refusals ---------------------------------------------------------------------------- */

/* A server that repeats what it was sent, plain or as the form had it, must not make us print the
 * secret. */
static bool holds_secret(const char *words, const cihsm_secret *forbidden)
{
    const size_t len = forbidden == NULL ? 0 : cihsm_secret_len(forbidden);
    if (len == 0) {
        return false;
    }
    const char *secret = cihsm_secret_bytes(forbidden);
    CIHSM_AUTO(buffer_free) buffer form = buffer_new(ENCODED_PER_BYTE * len + 1);
    return strstr(words, secret) != NULL ||
           auth_form_add(&form, "", secret, len, NULL) != CIHSM_OK ||
           strcasestr(words, form.data + 1) != NULL; /* without the "=" */
}

/* The reason of RFC 6749 section 5.2; "" if the server gives none. */
static void read_words(const http_response *answer, const cihsm_secret *forbidden,
                       char out[WORDS_SIZE])
{
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    const char *words = NULL;
    if (parse(answer, &document) == CIHSM_OK) { /* else there are no words */
        words = cihsm_value_get_string(document, "error_description");
        words = words != NULL ? words : cihsm_value_get_string(document, "error");
    }
    if (words == NULL || holds_secret(words, forbidden)) {
        words = "";
    }
    text_escape(out, WORDS_SIZE, words, strlen(words));
}

static const char *advice_401(const char *words, const auth_asked *asked)
{
    if (strcasestr(words, "does not exist") != NULL) {
        return "the service key was deleted, or its token URL is of another subaccount; make a new "
               "service key";
    }
    if (asked->advice != NULL) {
        return asked->advice;
    }
    if (asked->by_certificate) {
        return "the certificate must be that of the service key, sent with all intermediates "
               "(--chain), and of a CA on the token server's own list, which is not that of the "
               "API host; --auth certificate needs no token";
    }
    return "the client secret is not, or no longer, the one of this client; copy the service key "
           "again";
}

static const struct refusal {
    long from;
    long to;
    cihsm_status status;
    const char *advice; /* NULL: depends on the reason */
} REFUSALS[] = {
    {401, 401, CIHSM_E_REFUSED, NULL},
    {403, 403, CIHSM_E_REFUSED, "ask the administrator of the subaccount whether this client may"},
    {404, 404, CIHSM_E_CONFIG, "check the token URL of the service key"},
    {423, 423, CIHSM_E_BUSY, "try again later"},
    {429, 429, CIHSM_E_BUSY, "too many tokens were asked for; try again later"},
    {300, 399, CIHSM_E_PROTOCOL, "it redirects, which is not followed; check the token URL"},
    {400, 499, CIHSM_E_REJECTED,
     "does the service instance have the grant type client_credentials"},
    {500, 599, CIHSM_E_SERVER, "try again later"},
};

static const struct refusal *refusal_of(long http)
{
    static const struct refusal strange = {0, 0, CIHSM_E_PROTOCOL,
                                           "check the token URL of the service key"};
    for (size_t i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        if (http >= REFUSALS[i].from && http <= REFUSALS[i].to) {
            return &REFUSALS[i];
        }
    }
    return &strange;
}

cihsm_status auth_answer_fail(const http_response *answer, const auth_asked *asked,
                              cihsm_error *err)
{
    char words[WORDS_SIZE];
    read_words(answer, asked->forbidden, words);
    const struct refusal *refusal = refusal_of(answer->status);
    const char *advice = refusal->advice != NULL ? refusal->advice : advice_401(words, asked);
    char wait[48] = "";
    if (answer->retry_after_s > 0) {
        snprintf(wait, sizeof wait, "; it asks to wait %ld s", answer->retry_after_s);
    }
    return cihsm_fail(err, refusal->status, CIHSM_FROM_HTTP, (unsigned long)answer->status,
                      "%ld from token server %.120s%s%s%s; %s", answer->status, asked->url,
                      *words == '\0' ? "" : ": ", words, wait, advice);
}

/* --- tokens ------------------------------------------------------------------------------ */

static cihsm_status fail_protocol(const auth_asked *asked, const char *what, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                            "the answer of token server %.120s %s; check the token URL of service "
                            "key %.120s",
                            asked->url, what, asked->path);
}

/* Visible characters only (RFC 6750 section 2.1 allows fewer): it becomes part of a header. */
static bool is_token(const char *text)
{
    const char *c = text;
    while (*c > ' ' && *c < 0x7f) {
        c++;
    }
    return c != text && *c == '\0';
}

static cihsm_status read_token(const cihsm_value *document, const auth_asked *asked,
                               auth_token *out, cihsm_error *err)
{
    const char *token = cihsm_value_get_string(document, "access_token");
    const char *type = cihsm_value_get_string(document, "token_type");
    if (token == NULL || !is_token(token)) {
        return fail_protocol(asked, "holds no access_token", err);
    }
    if (type != NULL && strcasecmp(type, "bearer") != 0) {
        return fail_protocol(asked, "holds a token that is not of type bearer", err);
    }
    CIHSM_AUTO(buffer_free) buffer header = buffer_new(CIHSM_SECRET_MAX);
    if (strlen(token) > header.max - strlen(SCHEME)) {
        return fail_protocol(asked, "holds a token that is too long", err);
    }
    CIHSM_TRY(buffer_append_text(&header, SCHEME, err));
    CIHSM_TRY(buffer_append_text(&header, token, err));
    return cihsm_secret_new(buffer_text(&header), header.len, &out->header, err);
}

/* RFC 6749 section 5.1 lets a server leave it out; then its 401 tells when the token is old. */
static cihsm_status read_lifetime(const cihsm_value *document, const auth_asked *asked,
                                  auth_token *out, cihsm_error *err)
{
    const cihsm_value *member = cihsm_value_get(document, "expires_in");
    double seconds = 0;
    if (cihsm_value_kind(member) == CIHSM_VALUE_NULL) {
        return CIHSM_OK;
    }
    if (!cihsm_value_number(member, &seconds) || !(seconds >= 1)) {
        return fail_protocol(asked, "has an expires_in that is no number of seconds", err);
    }
    out->lifetime_s = seconds > LIFETIME_MAX_S ? LIFETIME_MAX_S : (int64_t)seconds;
    return CIHSM_OK;
}

cihsm_status auth_answer_token(const http_response *answer, const auth_asked *asked,
                               auth_token *out, cihsm_error *err)
{
    if (answer->status != 200) {
        return auth_answer_fail(answer, asked, err);
    }
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    const cihsm_status status = parse(answer, &document);
    if (status == CIHSM_E_NO_MEMORY) {
        return cihsm_fail_memory(err);
    }
    if (status != CIHSM_OK || cihsm_value_kind(document) != CIHSM_VALUE_OBJECT) {
        return fail_protocol(asked, "is no JSON object", err);
    }
    CIHSM_AUTO(auth_token_free) auth_token token = {0};
    CIHSM_TRY(read_token(document, asked, &token, err));
    CIHSM_TRY(read_lifetime(document, asked, &token, err));
    *out = token;
    token = (auth_token){0}; /* the caller's now */
    return CIHSM_OK;
}
