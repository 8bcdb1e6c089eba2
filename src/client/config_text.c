/* SPDX-License-Identifier: Apache-2.0 */
#include "client/config_text.h"

#include <stdbool.h>
#include <string.h>

#include <ini.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cihsm/scope.h"

/*
 * libinih reads at most INI_MAX_LINE bytes a line and takes a line that starts with a blank as the
 * continuation of the one before. So a long line is handed over in pieces, each but the first with
 * a blank in front, and put together again; a line that a person indented loses its blanks, or it
 * would be such a continuation.
 */
typedef struct reader {
    const char *rest;     /* of the text */
    const char *path;     /* for messages */
    unsigned line;        /* of the text, from 1 */
    bool inside_line;     /* the next piece belongs to the same line */
    bool is_continuation; /* what libinih got last was not the first piece of its line */
    buffer section;
    buffer key;
    buffer value;
    unsigned value_line;
    config_text_fn take;
    void *user;
    cihsm_status status;
    cihsm_error *err;
} reader;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* libinih strips blanks at both ends of a piece and takes ';' and '#' at its start as a comment. */
static size_t piece_length(const char *from, size_t left, size_t room)
{
    if (left <= room) {
        return left;
    }
    size_t len = room;
    while (len > 1 && (is_blank(from[len]) || is_blank(from[len - 1]) || from[len] == ';' ||
                       from[len] == '#')) {
        len--;
    }
    return len;
}

static char *next_piece(char *line, int size, void *stream)
{
    reader *from = stream;
    if (from->rest[0] == '\0' || from->status != CIHSM_OK) {
        return NULL;
    }
    from->is_continuation = from->inside_line;
    if (!from->inside_line) {
        from->line++;
        from->rest += strspn(from->rest, " \t");
    }
    const size_t left = strcspn(from->rest, "\n");
    size_t at = 0;
    if (from->is_continuation) {
        line[at++] = ' ';
    }
    const size_t len = piece_length(from->rest, left, (size_t)size - at - 2);
    memcpy(line + at, from->rest, len);
    line[at + len] = '\0';
    from->rest += len;
    from->inside_line = len < left;
    if (!from->inside_line && from->rest[0] == '\n') {
        from->rest++;
    }
    return line;
}

/* Hands over the setting that is complete now, if any. */
static void finish_setting(reader *from)
{
    if (from->status == CIHSM_OK && from->key.len > 0) {
        from->status = from->take(from->user, buffer_text(&from->section), buffer_text(&from->key),
                                  buffer_text(&from->value), from->value_line, from->err);
    }
    buffer_clear(&from->key);
}

static cihsm_status start_setting(reader *from, const char *section, const char *key,
                                  const char *value)
{
    finish_setting(from);
    CIHSM_TRY(from->status);
    if (strlen(section) > CONFIG_NAME_MAX || strlen(key) > CONFIG_NAME_MAX) {
        return cihsm_fail_plain(from->err, CIHSM_E_CONFIG,
                                "%s line %u: a name is longer than %d bytes", from->path,
                                from->line, CONFIG_NAME_MAX);
    }
    buffer_clear(&from->section);
    buffer_clear(&from->value);
    from->value_line = from->line;
    CIHSM_TRY(buffer_append_text(&from->section, section, from->err));
    CIHSM_TRY(buffer_append_text(&from->key, key, from->err));
    return buffer_append_text(&from->value, value, from->err);
}

static int take_piece(void *user, const char *section, const char *key, const char *value)
{
    reader *from = user;
    if (from->status != CIHSM_OK) {
        return 0;
    }
    from->status = from->is_continuation ? buffer_append_text(&from->value, value, from->err)
                                         : start_setting(from, section, key, value);
    return from->status == CIHSM_OK;
}

static void reader_free(reader *from)
{
    buffer_free(&from->section);
    buffer_free(&from->key);
    buffer_free(&from->value);
}

/* libinih counts pieces: tells in which line of the text the n-th one is. */
static unsigned line_of_piece(const char *text, int nth)
{
    reader from = {.rest = text};
    char piece[INI_MAX_LINE];
    for (int i = 0; i < nth && next_piece(piece, sizeof piece, &from) != NULL; i++) {
    }
    return from.line;
}

cihsm_status config_text_parse(const char *text, const char *path, config_text_fn take, void *user,
                               cihsm_error *err)
{
    cihsm_error taking = {0};
    CIHSM_AUTO(reader_free)
    reader from = {.rest = text,
                   .path = path,
                   .section = buffer_new(CONFIG_NAME_MAX),
                   .key = buffer_new(CONFIG_NAME_MAX),
                   .value = buffer_new(CONFIG_TEXT_MAX),
                   .take = take,
                   .user = user,
                   .err = &taking};
    const int bad = ini_parse_stream(next_piece, &from, take_piece, &from);
    finish_setting(&from);
    /* libinih goes on after a malformed line, so a later line may have been refused as well */
    const unsigned bad_line = bad == 0 ? 0 : line_of_piece(text, bad);
    if (bad != 0 && (from.status == CIHSM_OK || bad_line < from.value_line)) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s line %u: neither [section] nor key = value", path, bad_line);
    }
    return from.status == CIHSM_OK
               ? CIHSM_OK
               : cihsm_fail(err, from.status, taking.origin, taking.native, "%s", taking.message);
}

cihsm_status config_text_check(const cihsm_setting *setting, cihsm_error *err)
{
    const char *value = setting->value;
    const size_t len = strlen(value);
    if (!cihsm_config_is_key(setting->key) || strlen(setting->key) > CONFIG_NAME_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "\"%s\" is no key of a profile", setting->key);
    }
    if (len == 0 || strpbrk(value, "\r\n") != NULL || strstr(value, " ;") != NULL ||
        value[0] == ' ' || value[len - 1] == ' ') {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the value of \"%s\" cannot be kept in an INI file: it is empty, "
                                "starts or ends with a blank, or holds a line feed or \" ;\"",
                                setting->key);
    }
    return CIHSM_OK;
}
