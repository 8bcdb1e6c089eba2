/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/zip_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include "archive/entry_name.h"
#include "base/error.h"

#define ENTRIES_MAX 20000
#define BYTES_MAX ((uint64_t)512 << 20)
#define BYTES_FREE ((uint64_t)16 << 20) /* so much may come out of the smallest zip */
#define RATIO_MAX 200

static cihsm_status fail_damaged(const zip_reader *reader, cihsm_error *err)
{
    const char *why = archive_error_string(reader->handle);
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "it is no zip, or a damaged one: %.160s",
                            why == NULL ? "it cannot be read" : why);
}

static uint64_t budget_of(size_t len)
{
    const uint64_t wanted = BYTES_FREE + (uint64_t)len * RATIO_MAX;
    return wanted < BYTES_MAX ? wanted : BYTES_MAX;
}

cihsm_status zip_reader_open(const void *bytes, size_t len, zip_reader *out, cihsm_error *err)
{
    *out = (zip_reader){.budget = budget_of(len)};
    out->utf8 = utf8_enter();
    out->handle = archive_read_new();
    if (out->handle == NULL) {
        return cihsm_fail_memory(err);
    }
    if (archive_read_support_format_zip_seekable(out->handle) != ARCHIVE_OK ||
        archive_read_open_memory(out->handle, bytes, len) != ARCHIVE_OK) {
        return fail_damaged(out, err);
    }
    return CIHSM_OK;
}

static cihsm_status check(zip_reader *reader, struct archive_entry *entry, cihsm_error *err)
{
    const char *name = archive_entry_pathname(entry);
    CIHSM_TRY(entry_name_check(name, err));
    const unsigned kind = archive_entry_filetype(entry);
    if (kind != AE_IFREG && kind != AE_IFDIR) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the zip has the link or device \"%.200s\", so nothing of it is "
                                "unpacked",
                                name);
    }
    if (archive_entry_is_encrypted(entry) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the zip has the encrypted entry \"%.200s\", so nothing of it is "
                                "unpacked",
                                name);
    }
    if (++reader->entries > ENTRIES_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the zip has more than %d entries, so nothing of it is unpacked",
                                ENTRIES_MAX);
    }
    return CIHSM_OK;
}

cihsm_status zip_reader_next(zip_reader *reader, zip_entry *out, cihsm_error *err)
{
    struct archive_entry *entry = NULL;
    *out = (zip_entry){0};
    const int result = archive_read_next_header(reader->handle, &entry);
    if (result == ARCHIVE_EOF) {
        return CIHSM_OK;
    }
    if (result != ARCHIVE_OK) {
        return fail_damaged(reader, err);
    }
    CIHSM_TRY(check(reader, entry, err));
    out->name = archive_entry_pathname(entry);
    out->is_folder = archive_entry_filetype(entry) == AE_IFDIR;
    return CIHSM_OK;
}

cihsm_status zip_reader_read(zip_reader *reader, void *bytes, size_t size, size_t *got,
                             cihsm_error *err)
{
    const la_ssize_t len = archive_read_data(reader->handle, bytes, size);
    if (len < 0) {
        return fail_damaged(reader, err);
    }
    if ((uint64_t)len > reader->budget) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the zip grows to more than %d times its size, or to more than "
                                "%d MiB, so nothing of it is unpacked",
                                RATIO_MAX, (int)(BYTES_MAX >> 20));
    }
    reader->budget -= (uint64_t)len;
    *got = (size_t)len;
    return CIHSM_OK;
}

void zip_reader_close(zip_reader *reader)
{
    if (reader->handle != NULL) {
        archive_read_free(reader->handle);
        reader->handle = NULL;
    }
    utf8_leave(&reader->utf8);
}
