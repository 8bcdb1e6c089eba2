/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/framer.h"

#include <string.h>

#include "base/error.h"
#include "cihsm/value.h"

odata_framer odata_framer_new(size_t envelope_max)
{
    return (odata_framer){.envelope = buffer_new(envelope_max)};
}

void odata_framer_free(odata_framer *framer)
{
    buffer_free(&framer->envelope);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static cihsm_status fail_broken(const odata_framer *framer, const char *why, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                            "the tenant's list of entries is broken behind entry %zu: %s; try "
                            "again, and tell the operator of the tenant if it stays",
                            framer->entries, why);
}

/* A quote behind an odd number of backslashes belongs to the string. */
static bool is_escaped(const char *text, size_t from, size_t at)
{
    size_t first = at;
    while (first > from && text[first - 1] == '\\') {
        first--;
    }
    return (at - first) % 2 == 1;
}

/* Goes behind the closing quote of the open string; false: it is not there yet. */
static bool close_text(odata_framer *framer, const char *text, size_t len)
{
    while (framer->at < len) {
        const char *quote = memchr(text + framer->at, '"', len - framer->at);
        if (quote == NULL) {
            framer->at = len;
            return false;
        }
        const size_t at = (size_t)(quote - text);
        framer->at = at + 1;
        if (!is_escaped(text, framer->text_from, at)) {
            framer->in_text = false;
            return true;
        }
    }
    return false;
}

static void open_text(odata_framer *framer)
{
    framer->in_text = true;
    framer->text_from = ++framer->at;
}

static cihsm_status open_level(odata_framer *framer, cihsm_error *err)
{
    if (++framer->depth > CIHSM_VALUE_DEPTH_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the tenant's answer is broken: JSON has more than %d levels; tell "
                                "the operator of the tenant",
                                CIHSM_VALUE_DEPTH_MAX);
    }
    framer->at++;
    return CIHSM_OK;
}

/* Looks at one byte of an entry that is in no string. */
static cihsm_status pass_byte(odata_framer *framer, char c, bool *is_end, cihsm_error *err)
{
    const bool is_scalar = framer->depth == framer->floor;
    switch (c) {
    case '"':
        open_text(framer);
        return CIHSM_OK;
    case '{':
    case '[':
        return open_level(framer, err);
    case '}':
    case ']':
        if (!is_scalar) {
            framer->depth--;
            framer->at++;
        }
        *is_end = is_scalar || framer->depth == framer->floor;
        return CIHSM_OK;
    default:
        *is_end = is_scalar && (c == ',' || is_blank(c));
        framer->at += *is_end ? 0 : 1;
        return CIHSM_OK;
    }
}

static cihsm_status pass_entry(odata_framer *framer, const char *text, size_t len, bool *is_end,
                               cihsm_error *err)
{
    *is_end = false;
    while (framer->at < len && !*is_end) {
        if (!framer->in_text) {
            CIHSM_TRY(pass_byte(framer, text[framer->at], is_end, err));
        } else if (close_text(framer, text, len)) {
            *is_end = framer->depth == framer->floor;
        }
    }
    return CIHSM_OK;
}

/* The end of the list: from here on the envelope goes on. */
static void close_list(odata_framer *framer)
{
    framer->place = ODATA_PLACE_AROUND;
    framer->name = ODATA_NAME_OTHER;
}

/* Between two entries. */
static cihsm_status pass_gap(odata_framer *framer, char c, cihsm_error *err)
{
    framer->from = framer->at;
    if (is_blank(c)) {
        framer->from = ++framer->at;
    } else if (c == ',' && framer->place == ODATA_PLACE_BEHIND) {
        framer->place = ODATA_PLACE_COMMA;
        framer->from = ++framer->at;
    } else if (c == ']' && framer->place != ODATA_PLACE_COMMA) {
        close_list(framer);
    } else if (c == ',' || c == ']' || c == '}' || framer->place == ODATA_PLACE_BEHIND) {
        return fail_broken(framer, "a comma too many or too few", err);
    } else {
        framer->place = ODATA_PLACE_ENTRY;
    }
    return CIHSM_OK;
}

static odata_frame_name name_of(const char *text, size_t len)
{
    if (len == 1 && *text == 'd') {
        return ODATA_NAME_D;
    }
    return len == 7 && memcmp(text, "results", 7) == 0 ? ODATA_NAME_RESULTS : ODATA_NAME_OTHER;
}

static bool opens_list(const odata_framer *framer)
{
    return (framer->depth == 1 && framer->name == ODATA_NAME_D) ||
           (framer->depth == 2 && framer->in_d && framer->name == ODATA_NAME_RESULTS);
}

static cihsm_status open_list(odata_framer *framer, const char *text, cihsm_error *err)
{
    if (framer->is_list) {
        return fail_broken(framer, "there is a second list", err);
    }
    CIHSM_TRY(open_level(framer, err));
    CIHSM_TRY(buffer_append(&framer->envelope, text, framer->at, err));
    framer->is_list = true;
    framer->floor = framer->depth;
    framer->place = ODATA_PLACE_FIRST;
    framer->from = framer->at;
    return CIHSM_OK;
}

static cihsm_status open_around(odata_framer *framer, const char *text, cihsm_error *err)
{
    if (text[framer->at] == '[' && opens_list(framer)) {
        return open_list(framer, text, err);
    }
    if (text[framer->at] == '{' && framer->depth == 1) {
        framer->in_d = framer->name == ODATA_NAME_D;
    }
    framer->name = ODATA_NAME_OTHER;
    return open_level(framer, err);
}

/* Before the document only blanks and a byte order mark are passed. */
static bool begins(odata_framer *framer, char c)
{
    static const char MARK[] = {'\xef', '\xbb', '\xbf'};
    if (framer->depth > 0 || framer->is_list || c == '{' || is_blank(c) ||
        memchr(MARK, c, sizeof MARK) != NULL) {
        return true;
    }
    framer->is_other = true;
    return false;
}

static cihsm_status pass_around(odata_framer *framer, const char *text, cihsm_error *err)
{
    switch (text[framer->at]) {
    case '"':
        open_text(framer);
        return CIHSM_OK;
    case '{':
    case '[':
        return open_around(framer, text, err);
    case '}':
    case ']':
        framer->depth -= framer->depth > 0 ? 1 : 0;
        framer->in_d = framer->in_d && framer->depth >= 2;
        break;
    case ',':
        framer->name = ODATA_NAME_OTHER;
        break;
    default:
        break;
    }
    framer->at++;
    return CIHSM_OK;
}

static cihsm_status pass_envelope(odata_framer *framer, const char *text, size_t len,
                                  cihsm_error *err)
{
    if (!framer->in_text) {
        return begins(framer, text[framer->at]) ? pass_around(framer, text, err) : CIHSM_OK;
    }
    if (close_text(framer, text, len)) {
        const size_t from = framer->text_from;
        framer->name = name_of(text + from, framer->at - 1 - from);
    }
    return CIHSM_OK;
}

static cihsm_status take_entry(odata_framer *framer, const char *text, size_t len,
                               odata_span *entry, cihsm_error *err)
{
    bool is_end = false;
    CIHSM_TRY(pass_entry(framer, text, len, &is_end, err));
    if (is_end) {
        *entry = (odata_span){text + framer->from, framer->at - framer->from};
        framer->entries++;
        framer->place = ODATA_PLACE_BEHIND;
        framer->from = framer->at;
    }
    return CIHSM_OK;
}

cihsm_status odata_framer_next(odata_framer *framer, const char *text, size_t len,
                               odata_span *entry, cihsm_error *err)
{
    *entry = (odata_span){0};
    while (framer->at < len && entry->text == NULL && !framer->is_other) {
        switch (framer->place) {
        case ODATA_PLACE_AROUND:
            CIHSM_TRY(pass_envelope(framer, text, len, err));
            break;
        case ODATA_PLACE_ENTRY:
            CIHSM_TRY(take_entry(framer, text, len, entry, err));
            break;
        case ODATA_PLACE_FIRST:
        case ODATA_PLACE_COMMA:
        case ODATA_PLACE_BEHIND:
            CIHSM_TRY(pass_gap(framer, text[framer->at], err));
            break;
        }
    }
    return CIHSM_OK;
}

size_t odata_framer_drop(odata_framer *framer)
{
    const size_t from = framer->is_list ? framer->from : 0;
    framer->at -= from;
    framer->text_from -= framer->text_from >= from ? from : framer->text_from;
    framer->from -= from;
    return from;
}

cihsm_status odata_framer_end(odata_framer *framer, const char *text, size_t len, cihsm_error *err)
{
    if (!framer->is_list) {
        return CIHSM_OK;
    }
    if (framer->place != ODATA_PLACE_AROUND) {
        return fail_broken(framer, "the answer ends there", err);
    }
    return buffer_append(&framer->envelope, text + framer->from, len - framer->from, err);
}
