/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/stride.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

cihsm_status odata_stride_url(const odata_stride *stride, char **out, cihsm_error *err)
{
    return text_format(out, err, "%s%c$top=%" PRId64 "&$skip=%" PRId64, stride->base,
                       strchr(stride->base, '?') == NULL ? '?' : '&', stride->size, stride->skip);
}

/* A server that does not do $skip would give the same entries for ever. */
static cihsm_status note_first(odata_stride *stride, odata_span entry, cihsm_error *err)
{
    const char *before = stride->first;
    if (before != NULL && strlen(before) == entry.len &&
        memcmp(before, entry.text, entry.len) == 0) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the server gave the same entries for $skip=%" PRId64
                                " as before: it does not do $skip here; leave --page-size out",
                                stride->skip);
    }
    text_free(&stride->first);
    return text_format(&stride->first, err, "%.*s", (int)entry.len, entry.text);
}

cihsm_status odata_stride_count(odata_stride *stride, odata_span entry, cihsm_error *err)
{
    if (stride->size == 0) {
        return CIHSM_OK;
    }
    if (stride->got == stride->size) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the server gave more entries than $top=%" PRId64
                                ": it does not do $top here; leave --page-size out",
                                stride->size);
    }
    stride->got++;
    return stride->got == 1 ? note_first(stride, entry, err) : CIHSM_OK;
}

cihsm_status odata_stride_next(odata_stride *stride, char **out, cihsm_error *err)
{
    if (stride->size == 0 || stride->got == 0) {
        return CIHSM_OK;
    }
    stride->skip += stride->got;
    stride->got = 0;
    return odata_stride_url(stride, out, err);
}

void odata_stride_free(odata_stride *stride)
{
    text_free(&stride->base);
    text_free(&stride->first);
}
