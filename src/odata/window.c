/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "odata/literal.h"
#include "odata/query.h"

#define FILTER_MAX_BYTES 65536

static cihsm_status check_order(const cihsm_window *window, cihsm_error *err)
{
    if (window->since_ms < window->until_ms) {
        return CIHSM_OK;
    }
    char since[CIHSM_TIME_SIZE];
    char until[CIHSM_TIME_SIZE];
    cihsm_time_write(window->since_ms, since);
    cihsm_time_write(window->until_ms, until);
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "the time window is empty: it begins at %s and ends at %s (UTC)", since,
                            until);
}

/* "LogEnd ge datetime'…'", joined to what is there. */
static cihsm_status add_bound(const char *property, const char *compare, const char *type,
                              int64_t ms, buffer *out, cihsm_error *err)
{
    CIHSM_TRY(buffer_append_text(out, out->len == 0 ? "" : " and ", err));
    CIHSM_TRY(buffer_append_text(out, property, err));
    CIHSM_TRY(buffer_append_text(out, compare, err));
    return odata_literal_append_time(type, ms, out, err);
}

cihsm_status odata_window_filter(const cihsm_query *query, const char *property, const char *type,
                                 char **out, cihsm_error *err)
{
    const cihsm_window *window = query->window;
    CIHSM_TRY(check_order(window, err));
    if (text_equal(query->filter, "")) {
        return text_set(out, "", err); /* a mistake, which odata_query_append tells */
    }
    CIHSM_AUTO(buffer_free) buffer filter = buffer_new(FILTER_MAX_BYTES);
    if (query->filter != NULL) {
        CIHSM_TRY(buffer_append_text(&filter, "(", err));
        CIHSM_TRY(buffer_append_text(&filter, query->filter, err));
        CIHSM_TRY(buffer_append_text(&filter, ")", err));
    }
    if (window->since_ms > CIHSM_TIME_MIN) {
        CIHSM_TRY(add_bound(property, " ge ", type, window->since_ms, &filter, err));
    }
    if (window->until_ms < CIHSM_TIME_MAX) {
        CIHSM_TRY(add_bound(property, " lt ", type, window->until_ms, &filter, err));
    }
    return text_set(out, filter.len == 0 ? NULL : buffer_text(&filter), err);
}
