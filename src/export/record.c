/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/crypto.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "export/checkpoint.h"
#include "export/moment.h"

#define NUMBER_MAX 9007199254740992.0 /* 2^53: what JSON readers keep exactly */

static cihsm_status write_span(const export_record *record, cihsm_value *line, cihsm_error *err)
{
    char text[EXPORT_MOMENT_LEN + 1];
    export_moment_write(record->span.from_s, text);
    CIHSM_TRY(cihsm_value_set_string(line, "from", text, err));
    export_moment_write(record->span.to_s, text);
    return cihsm_value_set_string(line, "to", text, err);
}

static cihsm_status write_file(const export_folder *folder, const export_record *record,
                               cihsm_value *line, cihsm_error *err)
{
    if (record->content.entries == 0) {
        return cihsm_value_set_string(line, "file", NULL, err);
    }
    char name[EXPORT_NAME_SIZE];
    char hash[EXPORT_SHA256_SIZE * 2 + 1];
    export_folder_name(folder, record->span, name);
    text_hex(hash, record->content.sha256, EXPORT_SHA256_SIZE);
    CIHSM_TRY(cihsm_value_set_string(line, "file", name, err));
    CIHSM_TRY(cihsm_value_set_number(line, "bytes", (double)record->content.bytes, err));
    return cihsm_value_set_string(line, "sha256", hash, err);
}

cihsm_status export_record_write(const export_folder *folder, const export_record *record,
                                 cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *line = cihsm_value_new_object();
    if (line == NULL) {
        return cihsm_fail_memory(err);
    }
    if (folder->plan->property != NULL) {
        CIHSM_TRY(write_span(record, line, err));
    }
    CIHSM_TRY(cihsm_value_set_number(line, "entries", (double)record->content.entries, err));
    CIHSM_TRY(cihsm_value_set_number(line, "pages", (double)record->content.pages, err));
    CIHSM_TRY(write_file(folder, record, line, err));
    *out = CIHSM_MOVE(line);
    return CIHSM_OK;
}

static cihsm_status note(export_folder *folder, const export_record *record, cihsm_error *err)
{
    const bool is_gap = folder->plan->property != NULL && record->content.entries == 0;
    const bool grows =
        is_gap && folder->gap.from_s < folder->gap.to_s && folder->gap.to_s == record->span.from_s;
    export_record whole = *record;
    if (grows) {
        whole.span.from_s = folder->gap.from_s;
        whole.content.pages += folder->gap_pages;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *line = NULL;
    CIHSM_TRY(export_record_write(folder, &whole, &line, err));
    CIHSM_TRY(export_folder_append(folder, line, grows, err));
    folder->gap = is_gap ? whole.span : (export_span){0};
    folder->gap_pages = whole.content.pages;
    return CIHSM_OK;
}

cihsm_status export_record_note(export_folder *folder, const export_record *record,
                                cihsm_error *err)
{
    pthread_mutex_lock(&folder->lock);
    const cihsm_status status = note(folder, record, err);
    pthread_mutex_unlock(&folder->lock);
    return status;
}

static bool read_natural(const cihsm_value *line, const char *name, uint64_t *out)
{
    double number = 0;
    if (!cihsm_value_number(cihsm_value_get(line, name), &number) || number < 0 ||
        number > NUMBER_MAX) {
        return false;
    }
    *out = (uint64_t)number;
    return (double)*out == number;
}

static bool read_span(const export_folder *folder, const cihsm_value *line, export_span *out)
{
    const export_span window = folder->plan->window;
    if (folder->plan->property == NULL) {
        return cihsm_value_get(line, "from") == NULL && cihsm_value_get(line, "to") == NULL;
    }
    return export_moment_read(cihsm_value_get_string(line, "from"), &out->from_s) &&
           export_moment_read(cihsm_value_get_string(line, "to"), &out->to_s) &&
           window.from_s <= out->from_s && out->from_s < out->to_s && out->to_s <= window.to_s;
}

static bool read_hash(const char *text, uint8_t out[EXPORT_SHA256_SIZE])
{
    if (text == NULL || strlen(text) != (size_t)EXPORT_SHA256_SIZE * 2) {
        return false;
    }
    for (size_t i = 0; i < EXPORT_SHA256_SIZE; i++) {
        const int high = OPENSSL_hexchar2int((unsigned char)text[2 * i]);
        const int low = OPENSSL_hexchar2int((unsigned char)text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static bool read_file(const export_folder *folder, const cihsm_value *line, export_record *out)
{
    const char *file = cihsm_value_get_string(line, "file");
    if (out->content.entries == 0) {
        return file == NULL;
    }
    char name[EXPORT_NAME_SIZE];
    export_folder_name(folder, out->span, name);
    return text_equal(file, name) && read_natural(line, "bytes", &out->content.bytes) &&
           read_hash(cihsm_value_get_string(line, "sha256"), out->content.sha256);
}

cihsm_status export_record_read(const export_folder *folder, const cihsm_value *line,
                                export_record *out, cihsm_error *err)
{
    *out = (export_record){0};
    uint64_t pages = 0;
    if (!read_span(folder, line, &out->span) ||
        !read_natural(line, "entries", &out->content.entries) ||
        !read_natural(line, "pages", &pages) || pages > UINT32_MAX ||
        !read_file(folder, line, out)) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "it is no line of this export");
    }
    out->content.pages = (unsigned)pages;
    return CIHSM_OK;
}
