/* SPDX-License-Identifier: Apache-2.0 */
#include "export/slice.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "export/moment.h"
#include "http/url.h"
#include "odata/uri.h"

#define COUNT_DIGITS_MAX 15

void export_slice_begin(export_slice *slice, const export_ground *ground, export_span span)
{
    *slice = (export_slice){.ground = ground, .span = span, .asked_s = span.from_s};
    if (ground->plan->property == NULL) {
        slice->stage = EXPORT_STAGE_LINKS;
    }
}

void export_slice_end(export_slice *slice)
{
    export_part_discard(&slice->part);
    export_keys_free(&slice->keys);
    odata_visited_free(&slice->visited);
    text_free(&slice->link);
    *slice = (export_slice){0};
}

bool export_slice_counts(const export_slice *slice)
{
    return slice->stage == EXPORT_STAGE_COUNT || slice->stage == EXPORT_STAGE_RECOUNT;
}

cihsm_status export_slice_url(const export_slice *slice, char **out, cihsm_error *err)
{
    const export_ground *ground = slice->ground;
    if (slice->link != NULL) {
        return text_set(out, slice->link, err);
    }
    return export_question_url(ground->root, ground->plan, &ground->manner,
                               (export_span){slice->asked_s, slice->span.to_s},
                               export_slice_counts(slice), out, err);
}

/* --- writing ----------------------------------------------------------------------------- */

static cihsm_status open_part(export_slice *slice, const export_style *style, cihsm_error *err)
{
    if (slice->part != NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(export_part_open(slice->ground->folder, slice->span.from_s, &slice->part, err));
    return export_part_write(slice->part, buffer_text(&style->heading), style->heading.len, err);
}

static cihsm_status put(export_slice *slice, const export_scribe *scribe, size_t from, size_t to,
                        cihsm_error *err)
{
    if (from == to) {
        return CIHSM_OK;
    }
    CIHSM_TRY(open_part(slice, scribe->style, err));
    return export_part_write(slice->part, scribe->text.data + from, to - from, err);
}

/* Writes the first lines of a page, each entry once. */
static cihsm_status keep(export_slice *slice, const export_scribe *scribe, size_t count,
                         cihsm_error *err)
{
    size_t from = 0;
    size_t to = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_new = false;
        CIHSM_TRY(export_keys_add(&slice->keys, scribe->lines[i].key, &is_new, err));
        if (!is_new) {
            CIHSM_TRY(put(slice, scribe, from, to, err));
            from = scribe->lines[i].end;
        } else {
            slice->content.entries++;
        }
        to = scribe->lines[i].end;
    }
    return put(slice, scribe, from, to, err);
}

/* First the file, then the line that says so. */
static cihsm_status close_at(export_slice *slice, int64_t to_s, export_outcome *out,
                             cihsm_error *err)
{
    out->done = (export_record){{slice->span.from_s, to_s}, slice->content};
    if (slice->part != NULL) {
        char name[EXPORT_NAME_SIZE];
        export_folder_name(slice->ground->folder, out->done.span, name);
        CIHSM_TRY(export_part_publish(&slice->part, name, &out->done.content, err));
    }
    CIHSM_TRY(export_record_note(slice->ground->folder, &out->done, err));
    out->is_done = true;
    if (to_s < slice->span.to_s) {
        out->has_rest = true;
        out->rest = (export_span){to_s, slice->span.to_s};
    }
    return CIHSM_OK;
}

/* --- windows ----------------------------------------------------------------------------- */

static cihsm_status go_on_at(export_slice *slice, const export_scribe *scribe,
                             const export_page *page, export_outcome *out, cihsm_error *err)
{
    CIHSM_TRY(keep(slice, scribe, page->tail, err));
    slice->asked_s = page->last_s;
    return slice->content.pages < EXPORT_PAGES_MAX ? CIHSM_OK
                                                   : close_at(slice, page->last_s, out, err);
}

/* Asks for less: the half, or the one second that fills the page. */
static void narrow(export_slice *slice, bool is_one_second, export_outcome *out)
{
    const int64_t length = is_one_second ? 1 : (slice->span.to_s - slice->asked_s) / 2;
    out->has_rest = true;
    out->rest = (export_span){slice->asked_s + length, slice->span.to_s};
    slice->span.to_s = slice->asked_s + length;
}

static cihsm_status take_window(export_slice *slice, const export_scribe *scribe,
                                const export_page *page, export_outcome *out, cihsm_error *err)
{
    if (page->next == NULL) {
        CIHSM_TRY(keep(slice, scribe, scribe->count, err));
        return close_at(slice, slice->span.to_s, out, err);
    }
    const bool is_ordered = page->is_ascending && scribe->count > 0;
    if (is_ordered && page->last_s > slice->asked_s) {
        return go_on_at(slice, scribe, page, out, err);
    }
    if (slice->span.to_s - slice->asked_s > 1) {
        narrow(slice, is_ordered, out);
        return CIHSM_OK;
    }
    if (slice->asked_s > slice->span.from_s) {
        return close_at(slice, slice->asked_s, out, err); /* the second gets a file of its own */
    }
    slice->stage = EXPORT_STAGE_COUNT;
    return CIHSM_OK;
}

/* --- links ------------------------------------------------------------------------------- */

static cihsm_status follow(export_slice *slice, const char *link, cihsm_error *err)
{
    const char *root = slice->ground->root;
    CIHSM_AUTO(text_free) char *url = NULL;
    bool below = false;
    cihsm_status status = http_url_resolve(root, link, &url, NULL);
    if (status == CIHSM_OK) {
        status = odata_uri_is_below(root, url, &below, NULL);
    }
    CIHSM_TRY_MEMORY(status, err);
    if (!below) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the server's link to the next page leads out of %.120s to %.200s; "
                                "not followed",
                                root, link);
    }
    if (odata_visited_has(&slice->visited, url)) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the server's link to the next page repeats: %.200s", link);
    }
    CIHSM_TRY(odata_visited_add(&slice->visited, url, err));
    text_free(&slice->link);
    slice->link = CIHSM_MOVE(url);
    return CIHSM_OK;
}

static cihsm_status take_links(export_slice *slice, const export_scribe *scribe,
                               const export_page *page, export_outcome *out, cihsm_error *err)
{
    const uint64_t before = slice->content.entries;
    CIHSM_TRY(keep(slice, scribe, scribe->count, err));
    if (page->next != NULL && slice->content.entries == before) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the tenant's pages of %s bring nothing new and do not end",
                                slice->ground->plan->set);
    }
    if (page->next != NULL) {
        return follow(slice, page->next, err);
    }
    text_free(&slice->link);
    if (slice->ground->plan->property == NULL) {
        return close_at(slice, slice->span.to_s, out, err);
    }
    slice->stage = EXPORT_STAGE_RECOUNT;
    return CIHSM_OK;
}

/* --- counts ------------------------------------------------------------------------------ */

static cihsm_status read_count(const http_response *response, uint64_t *out, cihsm_error *err)
{
    const char *text = buffer_text(&response->body);
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > COUNT_DIGITS_MAX ||
        text[digits + strspn(text + digits, " \r\n")] != '\0') {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "the tenant's $count is no number");
    }
    *out = 0;
    for (size_t i = 0; i < digits; i++) {
        *out = *out * 10 + (uint64_t)(text[i] - '0');
    }
    return CIHSM_OK;
}

static cihsm_status read_again(export_slice *slice, uint64_t recounted, cihsm_error *err)
{
    char second[EXPORT_MOMENT_LEN + 1];
    export_moment_write(slice->span.from_s, second);
    if (++slice->reads >= EXPORT_READS_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                                "the entries of %s changed in each of %d readings: counted "
                                "%" PRIu64 " and %" PRIu64 ", read %" PRIu64,
                                second, EXPORT_READS_MAX, slice->counted, recounted,
                                slice->content.entries);
    }
    if (slice->part != NULL) {
        export_part_discard(&slice->part);
    }
    export_keys_free(&slice->keys);
    odata_visited_free(&slice->visited);
    slice->content.entries = 0;
    slice->stage = EXPORT_STAGE_COUNT;
    return CIHSM_OK;
}

static cihsm_status take_count(export_slice *slice, const http_response *response,
                               export_outcome *out, cihsm_error *err)
{
    uint64_t count = 0;
    CIHSM_TRY(read_count(response, &count, err));
    if (slice->stage == EXPORT_STAGE_COUNT) {
        slice->counted = count;
        slice->stage = EXPORT_STAGE_LINKS;
        return CIHSM_OK;
    }
    if (count != slice->counted || count != slice->content.entries) {
        return read_again(slice, count, err);
    }
    return close_at(slice, slice->span.to_s, out, err);
}

cihsm_status export_slice_take(export_slice *slice, export_scribe *scribe,
                               const http_response *response, export_outcome *out, cihsm_error *err)
{
    *out = (export_outcome){0};
    if (export_slice_counts(slice)) {
        return take_count(slice, response, out, err);
    }
    CIHSM_AUTO(export_page_free) export_page page = {0};
    const export_span asked = {slice->asked_s, slice->span.to_s};
    CIHSM_TRY(export_scribe_read(scribe, response, asked, &page, err));
    slice->content.pages++;
    return slice->stage == EXPORT_STAGE_LINKS ? take_links(slice, scribe, &page, out, err)
                                              : take_window(slice, scribe, &page, out, err);
}
