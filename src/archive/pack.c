/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include "archive/entry_name.h"
#include "archive/tree.h"
#include "archive/utf8.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"

#define FILE_MAX_BYTES ((size_t)128 << 20)

typedef struct packer {
    struct archive *handle;
    buffer *out;
    utf8_scope utf8;
    cihsm_error why; /* of the write that failed */
} packer;

static la_ssize_t append(struct archive *handle, void *user, const void *bytes, size_t len)
{
    packer *of = user;
    if (buffer_append(of->out, bytes, len, &of->why) != CIHSM_OK) {
        archive_set_error(handle, ENOMEM, "%s", of->why.message);
        return -1;
    }
    return (la_ssize_t)len;
}

static void packer_free(packer *of)
{
    archive_write_free(of->handle);
    of->handle = NULL;
    utf8_leave(&of->utf8);
}

static cihsm_status fail(const packer *of, cihsm_error *err)
{
    if (of->why.status == CIHSM_E_LIMIT) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the zip would be larger than %zu MiB, more than the tenant takes",
                                of->out->max >> 20);
    }
    const char *why = archive_error_string(of->handle);
    return cihsm_fail_plain(err, CIHSM_E_INTERNAL, "the zip cannot be made: %.160s",
                            why == NULL ? "unknown" : why);
}

static cihsm_status begin(packer *of, cihsm_error *err)
{
    of->handle = archive_write_new();
    if (of->handle == NULL) {
        return cihsm_fail_memory(err);
    }
    if (archive_write_set_format_zip(of->handle) != ARCHIVE_OK ||
        archive_write_zip_set_compression_deflate(of->handle) != ARCHIVE_OK ||
        archive_write_set_format_option(of->handle, "zip", "hdrcharset", "UTF-8") != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(of->handle, 1) != ARCHIVE_OK ||
        archive_write_open(of->handle, of, NULL, append, NULL) != ARCHIVE_OK) {
        return fail(of, err);
    }
    return CIHSM_OK;
}

static void entry_free(struct archive_entry **entry)
{
    archive_entry_free(*entry);
    *entry = NULL;
}

/* Without a time, which the zip then gives as the first of 1980 in every time zone. */
static cihsm_status add(packer *to, const char *name, const buffer *content, cihsm_error *err)
{
    CIHSM_AUTO(entry_free) struct archive_entry *entry = archive_entry_new();
    if (entry == NULL) {
        return cihsm_fail_memory(err);
    }
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)content->len);
    if (archive_write_header(to->handle, entry) != ARCHIVE_OK) {
        return fail(to, err);
    }
    const la_ssize_t put =
        content->len == 0 ? 0 : archive_write_data(to->handle, content->data, content->len);
    return put == (la_ssize_t)content->len ? CIHSM_OK : fail(to, err);
}

static cihsm_status add_file(packer *to, const char *folder, const char *name, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_AUTO(buffer_free) buffer content = buffer_new(FILE_MAX_BYTES);
    cihsm_error why = {0};
    if (entry_name_check(name, &why) != CIHSM_OK) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the folder has the file \"%.200s\", whose name cannot stand in "
                                "a zip: rename it",
                                name);
    }
    CIHSM_TRY(text_format(&path, err, "%s/%s", folder, name));
    CIHSM_TRY(file_read(path, "file", &content, err));
    return add(to, name, &content, err);
}

cihsm_status pack_folder(const char *folder, buffer *out, cihsm_error *err)
{
    CIHSM_AUTO(tree_free) tree files = {0};
    CIHSM_AUTO(packer_free) packer of = {.out = out, .utf8 = utf8_enter()};
    CIHSM_TRY(tree_list(folder, &files, err));
    CIHSM_TRY(begin(&of, err));
    for (size_t i = 0; i < files.count; i++) {
        CIHSM_TRY(add_file(&of, folder, files.names[i], err));
    }
    return archive_write_close(of.handle) == ARCHIVE_OK ? CIHSM_OK : fail(&of, err);
}
