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

/* The closing quote of a text, which may hold doubled ones; NULL if it is left open. */
static const char *closing_quote(const char *opened)
{
    const char *at = strchr(opened + 1, '\'');
    while (at != NULL && at[1] == '\'') {
        at = strchr(at + 2, '\'');
    }
    return at;
}

static cihsm_status check_filter(const char *filter, cihsm_error *err)
{
    const char *quote = filter == NULL ? NULL : strchr(filter, '\'');
    while (quote != NULL) {
        const char *end = closing_quote(quote);
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
        quote = strchr(end + 1, '\'');
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

static cihsm_status put(const char *option, const char *encoded, char *lead, buffer *out,
                        cihsm_error *err)
{
    CIHSM_TRY(buffer_append(out, lead, 1, err));
    CIHSM_TRY(buffer_append_text(out, "$", err));
    CIHSM_TRY(buffer_append_text(out, option, err));
    CIHSM_TRY(buffer_append_text(out, "=", err));
    *lead = '&';
    return buffer_append_text(out, encoded, err);
}

static cihsm_status put_text(const char *option, const char *text, char *lead, buffer *out,
                             cihsm_error *err)
{
    if (text == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(check_text(option, text, err));
    CIHSM_AUTO(text_free) char *encoded = NULL;
    CIHSM_TRY(http_escape(text, &encoded, err));
    return put(option, encoded, lead, out, err);
}

static cihsm_status put_number(const char *option, int64_t number, char *lead, buffer *out,
                               cihsm_error *err)
{
    if (number == -1) {
        return CIHSM_OK;
    }
    if (number < 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "--%s %" PRId64 " is negative", option, number);
    }
    char digits[32];
    snprintf(digits, sizeof digits, "%" PRId64, number);
    return put(option, digits, lead, out, err);
}

cihsm_status odata_query_append(const cihsm_query *query, char first, buffer *out, cihsm_error *err)
{
    if (query == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(check_filter(query->filter, err));
    char lead = first;
    CIHSM_TRY(put_text("filter", query->filter, &lead, out, err));
    CIHSM_TRY(put_text("select", query->select, &lead, out, err));
    CIHSM_TRY(put_text("expand", query->expand, &lead, out, err));
    CIHSM_TRY(put_text("orderby", query->orderby, &lead, out, err));
    CIHSM_TRY(put_number("top", query->top, &lead, out, err));
    return put_number("skip", query->skip, &lead, out, err);
}
