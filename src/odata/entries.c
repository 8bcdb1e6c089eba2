/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entries of a page and of all pages, one at a time.
 */
#include "base/error.h"
#include "base/log.h"
#include "cihsm/scope.h"
#include "odata/result.h"
#include "odata/tidy.h"

/* What stands around the entries: the link to the next page, the count. */
static cihsm_status end_page(odata_result *result, cihsm_error *err)
{
    odata_reading *now = result->now;
    now->is_open = false;
    CIHSM_TRY(odata_page_parse(&now->stream.exchange.response, result->wanted, &now->page, err));
    if (now->page.next == NULL) {
        CIHSM_TRY(odata_stride_next(&result->stride, &now->page.next, err));
    }
    log_line(result->service.log, CIHSM_LOG_DEBUG, "odata", "%s: %zu bytes, %zu entries%s",
             result->path, now->stream.bytes, now->stream.framer.entries,
             now->page.next == NULL ? "" : ", more follow");
    return CIHSM_OK;
}

static cihsm_status parse_entry(const odata_result *result, odata_span text, cihsm_value **out,
                                cihsm_error *err)
{
    cihsm_error why = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entry = NULL;
    const cihsm_status status = cihsm_value_parse(text.text, text.len, &entry, &why);
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, status,
                                "entry %zu of the tenant's answer (%zu bytes) is broken: %s; try "
                                "again, and tell the operator of the tenant if it stays",
                                result->now->stream.framer.entries, text.len, why.message);
    }
    CIHSM_TRY(odata_tidy(entry, result->owner, &result->service.types, err));
    if (result->select != NULL) {
        odata_select(entry, result->select);
    }
    *out = CIHSM_MOVE(entry);
    return CIHSM_OK;
}

/* From a list that arrives. */
static cihsm_status take_arriving(odata_result *result, cihsm_error *err)
{
    odata_span text = {0};
    CIHSM_TRY(odata_stream_next(&result->now->stream, &text, err));
    if (text.text == NULL) {
        return end_page(result, err);
    }
    CIHSM_TRY(parse_entry(result, text, &result->entry, err));
    return odata_stride_count(&result->stride, text, err);
}

/* From a page that was read at once. */
static const cihsm_value *take_read(odata_reading *now)
{
    const cihsm_value *entry = now->cursor;
    now->cursor = cihsm_value_next(entry);
    return entry;
}

static cihsm_status take(odata_result *result, const cihsm_value **entry, cihsm_error *err)
{
    if (!result->now->stream.is_list) {
        *entry = take_read(result->now);
        return CIHSM_OK;
    }
    const cihsm_status status = take_arriving(result, err);
    if (status != CIHSM_OK) {
        cihsm_value_free(&result->entry);
        odata_stream_stop(&result->now->stream);
        result->now->is_broken = true;
    }
    *entry = result->entry;
    return status;
}

cihsm_status odata_result_entry(odata_result *result, const cihsm_value **entry, cihsm_error *err)
{
    *entry = NULL;
    cihsm_value_free(&result->entry);
    if (result->now->is_broken) {
        return cihsm_fail_plain(err, CIHSM_E_STATE, "the list of entries broke off before");
    }
    if (!result->now->is_open || odata_result_is_full(result)) {
        return CIHSM_OK;
    }
    CIHSM_TRY(take(result, entry, err));
    result->given += *entry == NULL ? 0 : 1;
    if (odata_result_is_full(result)) {
        odata_stream_stop(&result->now->stream);
    }
    return CIHSM_OK;
}

cihsm_status odata_result_next_entry(odata_result *result, const cihsm_value **entry,
                                     cihsm_error *err)
{
    CIHSM_TRY(odata_result_entry(result, entry, err));
    while (*entry == NULL && odata_result_has_more(result)) {
        CIHSM_TRY(odata_result_next(result, err));
        CIHSM_TRY(odata_result_entry(result, entry, err));
    }
    return CIHSM_OK;
}
