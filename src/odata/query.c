/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/query.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/url.h"
#include "odata/parameter.h"
#include "odata/quote.h"

static const char DATETIME[] = "datetime";

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* True if the literal that starts at the quote is datetime'…'. */
static bool is_datetime(const char *filter, const char *quote)
{
    const size_t word = sizeof DATETIME - 1;
    if ((size_t)(quote - filter) < word || memcmp(quote - word, DATETIME, word) != 0) {
        return false;
    }
    return quote - word == filter || !is_letter(quote[-(ptrdiff_t)word - 1]);
}

/* 2014-09-01T00:00:00Z, …+01:00 or …-01:00 */
static bool has_zone(const char *from, const char *end)
{
    const char *time = memchr(from, 'T', (size_t)(end - from));
    for (const char *at = time; at != NULL && at < end; at++) {
        if (strchr("Zz+-", *at) != NULL) {
            return true;
        }
    }
    return false;
}

static cihsm_status check_filter(const char *filter, cihsm_error *err)
{
    const char *quote = filter == NULL ? NULL : strchr(filter, '\'');
    while (quote != NULL) {
        const char *end = odata_quote_end(quote);
        if (end == NULL) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                    "the quote at position %zu of --filter is not closed",
                                    (size_t)(quote - filter) + 1);
        }
        if (is_datetime(filter, quote) && has_zone(quote + 1, end)) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                    "the datetime at position %zu of --filter has a zone, which "
                                    "the server reads wrongly; write UTC without Z",
                                    (size_t)(quote - filter) + 1 - (sizeof DATETIME - 1));
        }
        quote = strchr(end, '\'');
    }
    return CIHSM_OK;
}

static cihsm_status check_text(const char *option, const char *text, cihsm_error *err)
{
    if (*text == '\0') {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "--%s is empty; leave it out instead", option);
    }
    if (!text_is_utf8(text, strlen(text))) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "--%s is not UTF-8", option);
    }
    return CIHSM_OK;
}

typedef struct options {
    buffer *out;
    char lead; /* before the next one: '?' or '&' */
    cihsm_error *err;
} options;

static cihsm_status put(options *to, const char *option, const char *encoded)
{
    CIHSM_TRY(buffer_append(to->out, &to->lead, 1, to->err));
    CIHSM_TRY(buffer_append_text(to->out, "$", to->err));
    CIHSM_TRY(buffer_append_text(to->out, option, to->err));
    CIHSM_TRY(buffer_append_text(to->out, "=", to->err));
    to->lead = '&';
    return buffer_append_text(to->out, encoded, to->err);
}

static cihsm_status put_text(options *to, const char *option, const char *text)
{
    if (text == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(check_text(option, text, to->err));
    CIHSM_AUTO(text_free) char *encoded = NULL;
    CIHSM_TRY(http_escape(text, &encoded, to->err));
    return put(to, option, encoded);
}

static cihsm_status put_number(options *to, const char *option, int64_t number)
{
    if (number == -1) {
        return CIHSM_OK;
    }
    if (number < 0) {
        return cihsm_fail_plain(to->err, CIHSM_E_USAGE, "--%s %" PRId64 " is negative", option,
                                number);
    }
    char digits[32];
    snprintf(digits, sizeof digits, "%" PRId64, number);
    return put(to, option, digits);
}

static cihsm_status check_parameter(const cihsm_query *query, size_t at, cihsm_error *err)
{
    const char *name = query->parameters[at].name;
    if (name[0] == '$') {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "\"%.40s\" is an option of OData: give it as --%.40s, not as "
                                "--query",
                                name, name + 1);
    }
    for (size_t i = 0; i < at; i++) {
        if (strcmp(query->parameters[i].name, name) == 0) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE, "--query %.60s is given twice", name);
        }
    }
    return CIHSM_OK;
}

static cihsm_status put_parameters(options *to, const cihsm_query *query)
{
    for (size_t i = 0; i < query->parameter_count; i++) {
        CIHSM_TRY(check_parameter(query, i, to->err));
        CIHSM_TRY(buffer_append(to->out, &to->lead, 1, to->err));
        CIHSM_TRY(odata_parameter_append(&query->parameters[i], to->out, to->err));
        to->lead = '&';
    }
    return CIHSM_OK;
}

cihsm_status odata_query_append(const cihsm_query *query, char first, buffer *out, cihsm_error *err)
{
    if (query == NULL) {
        return CIHSM_OK;
    }
    if (query->window != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_INTERNAL, "a time window is no part of the filter");
    }
    CIHSM_TRY(check_filter(query->filter, err));
    options to = {out, first, err};
    CIHSM_TRY(put_text(&to, "filter", query->filter));
    CIHSM_TRY(put_text(&to, "select", query->select));
    CIHSM_TRY(put_text(&to, "expand", query->expand));
    CIHSM_TRY(put_text(&to, "orderby", query->orderby));
    CIHSM_TRY(put_number(&to, "top", query->top));
    CIHSM_TRY(put_number(&to, "skip", query->skip));
    CIHSM_TRY(put_text(&to, "inlinecount", query->inlinecount ? "allpages" : NULL));
    CIHSM_TRY(put_text(&to, "format", query->format));
    return put_parameters(&to, query);
}
