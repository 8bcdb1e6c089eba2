/* SPDX-License-Identifier: Apache-2.0 */
#include "export/scribe.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/csv.h"
#include "cihsm/scope.h"
#include "export/entry_key.h"
#include "odata/framer.h"
#include "odata/lean.h"
#include "odata/media.h"
#include "odata/narrow.h"
#include "odata/page.h"

#define TEXT_MAX ((size_t)256 << 20) /* a page of the largest size is smaller as lines */
#define ENVELOPE_MAX ((size_t)1 << 20)
#define LINES_FIRST ((size_t)1024)

/* The times between which entries must lie, and where the page stands. */
typedef struct reading {
    export_scribe *scribe;
    char from[EXPORT_MOMENT_LEN + 1];
    char to[EXPORT_MOMENT_LEN + 1];
    char last[EXPORT_MOMENT_LEN + 1];
    export_page *page;
} reading;

void export_page_free(export_page *page)
{
    text_free(&page->next);
}

cihsm_status export_scribe_init(export_scribe *scribe, export_style *style, cihsm_error *err)
{
    *scribe =
        (export_scribe){.style = style, .text = buffer_new(TEXT_MAX), .lean = buffer_new(TEXT_MAX)};
    scribe->digest = EVP_MD_CTX_new();
    if (scribe->digest == NULL || EVP_DigestInit_ex2(scribe->digest, EVP_sha256(), NULL) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot compute a SHA-256");
    }
    return CIHSM_OK;
}

void export_scribe_free(export_scribe *scribe)
{
    buffer_free(&scribe->text);
    buffer_free(&scribe->lean);
    free(scribe->lines);
    EVP_MD_CTX_free(scribe->digest);
}

/* --- times ------------------------------------------------------------------------------- */

/* ISO 8601 compares as text. */
static cihsm_status check_time(reading *of, const cihsm_value *entry, size_t line, cihsm_error *err)
{
    const char *property = of->scribe->style->plan->property;
    if (property == NULL) {
        return CIHSM_OK;
    }
    const char *time = cihsm_value_get_string(entry, property);
    if (time == NULL || strlen(time) < EXPORT_MOMENT_LEN) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the tenant sent an entry without %s, by which the slices are "
                                "made: choose another --time-property",
                                property);
    }
    if (memcmp(time, of->from, EXPORT_MOMENT_LEN) < 0 ||
        memcmp(time, of->to, EXPORT_MOMENT_LEN) >= 0) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the tenant sent an entry of %.30s when it was asked for %s %s to "
                                "%s: it does not filter by it; choose another --time-property",
                                time, property, of->from, of->to);
    }
    const int order = memcmp(time, of->last, EXPORT_MOMENT_LEN);
    if (order != 0) {
        of->page->is_ascending = of->page->is_ascending && order > 0;
        of->page->tail = line;
        memcpy(of->last, time, EXPORT_MOMENT_LEN);
    }
    return CIHSM_OK;
}

/* --- lines ------------------------------------------------------------------------------- */

static cihsm_status collect(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static cihsm_status put_line(export_scribe *scribe, const cihsm_value *entry, cihsm_error *err)
{
    if (scribe->style->plan->format == CIHSM_EXPORT_JSONL) {
        CIHSM_TRY(cihsm_value_write(entry, 0, collect, &scribe->text, err));
        return buffer_append(&scribe->text, "\n", 1, err);
    }
    size_t left_out = 0;
    const cihsm_status status = cihsm_csv_row(export_style_columns(scribe->style), entry, &left_out,
                                              collect, &scribe->text, err);
    scribe->left_out += left_out;
    return status;
}

static cihsm_status add_line(export_scribe *scribe, const export_key *key, cihsm_error *err)
{
    if (scribe->count == scribe->room) {
        const size_t room = scribe->room == 0 ? LINES_FIRST : scribe->room * 2;
        export_line *lines = realloc(scribe->lines, room * sizeof *lines);
        if (lines == NULL) {
            return cihsm_fail_memory(err);
        }
        scribe->lines = lines;
        scribe->room = room;
    }
    scribe->lines[scribe->count++] = (export_line){.key = *key, .end = scribe->text.len};
    return CIHSM_OK;
}

static cihsm_status parse_entry(export_scribe *scribe, const odata_span *text, cihsm_value **out,
                                export_key *key, cihsm_error *err)
{
    buffer_clear(&scribe->lean);
    CIHSM_TRY(odata_lean(text->text, text->len, &scribe->lean, err));
    CIHSM_TRY(cihsm_value_parse(buffer_text(&scribe->lean), scribe->lean.len, out, err));
    if (cihsm_value_kind(*out) != CIHSM_VALUE_OBJECT) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "an entry of the tenant's list is no object");
    }
    if (key != NULL) {
        CIHSM_TRY(export_key_of(scribe->digest, scribe->style->keys, *out, text, key, err));
    }
    CIHSM_TRY(odata_tidy(*out, scribe->style->plan->set, &scribe->style->types, err));
    if (scribe->style->select != NULL) {
        odata_select(*out, scribe->style->select);
    }
    return CIHSM_OK;
}

static cihsm_status take_entry(reading *of, const odata_span *text, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entry = NULL;
    export_key key;
    CIHSM_TRY(parse_entry(of->scribe, text, &entry, &key, err));
    CIHSM_TRY(check_time(of, entry, of->scribe->count, err));
    CIHSM_TRY(put_line(of->scribe, entry, err));
    return add_line(of->scribe, &key, err);
}

/* --- pages ------------------------------------------------------------------------------- */

typedef cihsm_status (*entry_fn)(void *user, const odata_span *text, cihsm_error *err);

/* Hands on each entry of a list; the text around them stays in the framer. */
static cihsm_status each_entry(const buffer *body, odata_framer *framer, entry_fn take, void *user,
                               cihsm_error *err)
{
    odata_span entry = {0};
    for (;;) {
        CIHSM_TRY(odata_framer_next(framer, buffer_text(body), body->len, &entry, err));
        if (entry.text == NULL) {
            return odata_framer_end(framer, buffer_text(body), body->len, err);
        }
        CIHSM_TRY(take(user, &entry, err));
    }
}

/* The link of the page: what is around the entries is a page without entries. */
static cihsm_status take_link(const http_response *response, const odata_framer *framer,
                              export_page *out, cihsm_error *err)
{
    CIHSM_AUTO(odata_page_free) odata_page page = {0};
    http_response around = *response; /* borrows all of it */
    if (framer->is_list) {
        around.body = framer->envelope;
    }
    CIHSM_TRY(odata_page_parse(&around, ODATA_WANT_ENTRIES, &page, err));
    if (!framer->is_list || page.kind != CIHSM_RESULT_COLLECTION) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "the tenant's answer is no list of entries");
    }
    out->next = CIHSM_MOVE(page.next);
    return CIHSM_OK;
}

typedef struct sampling {
    export_scribe *scribe;
    cihsm_value *entries;
} sampling;

static cihsm_status take_sample(void *user, const odata_span *text, cihsm_error *err)
{
    const sampling *of = user;
    if (cihsm_value_count(of->entries) >= EXPORT_SAMPLE) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entry = NULL;
    CIHSM_TRY(parse_entry(of->scribe, text, &entry, NULL, err));
    return cihsm_value_append(of->entries, &entry, err);
}

/* CSV needs its columns before the first line. */
static cihsm_status choose_columns(export_scribe *scribe, const buffer *body, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entries = cihsm_value_new_array();
    if (entries == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_AUTO(odata_framer_free) odata_framer framer = odata_framer_new(ENVELOPE_MAX);
    sampling of = {scribe, entries};
    CIHSM_TRY(each_entry(body, &framer, take_sample, &of, err));
    return cihsm_value_count(entries) == 0 ? CIHSM_OK
                                           : export_style_choose(scribe->style, entries, err);
}

static cihsm_status take_reading(void *user, const odata_span *text, cihsm_error *err)
{
    return take_entry(user, text, err);
}

static bool is_json(const http_response *response)
{
    return odata_media_of(response) == ODATA_MEDIA_JSON;
}

static cihsm_status read_entries(export_scribe *scribe, const http_response *response,
                                 export_span within, export_page *out, cihsm_error *err)
{
    reading of = {.scribe = scribe, .page = out};
    export_moment_write(within.from_s, of.from);
    export_moment_write(within.to_s, of.to);
    CIHSM_AUTO(odata_framer_free) odata_framer framer = odata_framer_new(ENVELOPE_MAX);
    if (is_json(response)) {
        CIHSM_TRY(each_entry(&response->body, &framer, take_reading, &of, err));
    }
    CIHSM_TRY(take_link(response, &framer, out, err));
    if (scribe->count > 0 && scribe->style->plan->property != NULL &&
        !export_moment_read(of.last, &out->last_s)) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "the tenant's time \"%s\" is none", of.last);
    }
    return CIHSM_OK;
}

cihsm_status export_scribe_read(export_scribe *scribe, const http_response *response,
                                export_span within, export_page *out, cihsm_error *err)
{
    scribe->count = 0;
    buffer_clear(&scribe->text);
    *out = (export_page){.is_ascending = true};
    if (scribe->style->plan->format == CIHSM_EXPORT_CSV &&
        export_style_columns(scribe->style) == NULL && is_json(response)) {
        CIHSM_TRY(choose_columns(scribe, &response->body, err));
    }
    return read_entries(scribe, response, within, out, err);
}
