/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/file_name.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cihsm/scope.h"
#include "http/disposition.h"
#include "odata/key.h"
#include "odata/path.h"

enum { STEM_MAX_BYTES = 64 * 1024 };

static const char *extension_of(const char *content_type)
{
    static const struct {
        const char *type;
        const char *extension;
    } ROWS[] = {
        {"application/zip", "zip"},
        {"application/x-zip-compressed", "zip"},
        {"application/gzip", "gz"},
        {"application/x-gzip", "gz"},
        {"application/json", "json"},
        {"application/xml", "xml"},
        {"text/xml", "xml"},
        {"text/plain", "txt"},
        {"text/csv", "csv"},
        {"text/html", "html"},
        {"application/pkix-cert", "cer"},
        {"application/pdf", "pdf"},
    };
    const char *type = content_type == NULL ? "" : content_type;
    const size_t len = strcspn(type, "; \t");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (len == strlen(ROWS[i].type) && strncasecmp(type, ROWS[i].type, len) == 0) {
            return ROWS[i].extension;
        }
    }
    return "bin";
}

static cihsm_status append_word(const char *text, size_t len, buffer *out, cihsm_error *err)
{
    CIHSM_TRY(buffer_append_text(out, out->len == 0 ? "" : "-", err));
    return buffer_append(out, text, len, err);
}

/* The parts of the key, or the name where there is none. */
static cihsm_status append_segment(const odata_segment *segment, buffer *out, cihsm_error *err)
{
    odata_key key;
    const char *end = NULL;
    if (!segment->has_key || !odata_key_read(segment->name + segment->name_len, &end, &key)) {
        return append_word(segment->name, segment->name_len, out, err);
    }
    for (size_t i = 0; i < key.count; i++) {
        CIHSM_TRY(append_word("", 0, out, err));
        CIHSM_TRY(odata_key_append_plain(&key.parts[i], out, err));
    }
    return CIHSM_OK;
}

/* Signs that mean something to a shell or to another system. */
static void make_plain(buffer *stem)
{
    static const char KEPT[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    for (size_t i = 0; i < stem->len; i++) {
        const char c = stem->data[i];
        if ((unsigned char)c < 0x80 && (c == '\0' || strchr(KEPT, c) == NULL)) {
            stem->data[i] = '_';
        }
    }
}

static cihsm_status make_stem(const char *path, buffer *out, cihsm_error *err)
{
    static const char ROOT[] = "/api/v1/"; /* of an absolute URL */
    const char *below = strstr(path, ROOT);
    const char *cursor = below == NULL ? path : below + sizeof ROOT - 1;
    odata_segment segment;
    while (odata_path_next(&cursor, &segment)) {
        if (*segment.name != '$') { /* $value, $count */
            CIHSM_TRY(append_segment(&segment, out, err));
        }
    }
    make_plain(out);
    return CIHSM_OK;
}

static cihsm_status make_name(const char *content_type, const char *path, char out[FILE_NAME_SIZE],
                              cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer name = buffer_new(STEM_MAX_BYTES);
    const char *extension = extension_of(content_type);
    CIHSM_TRY(make_stem(path, &name, err));
    CIHSM_TRY(buffer_append_text(&name, name.len == 0 ? "value." : ".", err));
    CIHSM_TRY(buffer_append_text(&name, extension, err));
    if (!file_name_make(buffer_text(&name), out)) {
        snprintf(out, FILE_NAME_SIZE, "value.%s", extension);
    }
    return CIHSM_OK;
}

cihsm_status odata_file_name(const http_response *response, const char *path,
                             char out[FILE_NAME_SIZE], cihsm_error *err)
{
    CIHSM_AUTO(http_disposition_free) http_disposition said = {0};
    if (response->disposition != NULL) {
        CIHSM_TRY(http_disposition_read(response->disposition, &said, err));
    }
    if ((said.extended != NULL && file_name_make(said.extended, out)) ||
        (said.plain != NULL && file_name_make(said.plain, out))) {
        return CIHSM_OK;
    }
    return make_name(response->content_type, path, out, err);
}
