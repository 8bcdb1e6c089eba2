/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/archive.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/manifest.h"
#include "archive/pack.h"
#include "archive/unpack.h"
#include "archive/zip_reader.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"

struct cihsm_archive {
    buffer zip;
};

cihsm_status cihsm_archive_new(cihsm_archive **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    cihsm_archive *archive = calloc(1, sizeof *archive);
    if (archive == NULL) {
        return cihsm_fail_memory(err);
    }
    archive->zip = buffer_new(CIHSM_ARCHIVE_MAX);
    *out = archive;
    return CIHSM_OK;
}

cihsm_status cihsm_archive_append(cihsm_archive *archive, const void *bytes, size_t len,
                                  cihsm_error *err)
{
    cihsm_error_clear(err);
    return buffer_append(&archive->zip, bytes, len, err);
}

void cihsm_archive_clear(cihsm_archive *archive)
{
    buffer_clear(&archive->zip);
}

cihsm_status cihsm_archive_load(const char *path, cihsm_archive **out, cihsm_error *err)
{
    struct stat status;
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *archive = NULL;
    CIHSM_TRY(cihsm_archive_new(&archive, err));
    if (stat(path, &status) != 0) {
        return cihsm_fail_errno(err, CIHSM_E_CONFIG, errno, "cannot read %s", path);
    }
    if (S_ISDIR(status.st_mode)) {
        CIHSM_TRY(pack_folder(path, &archive->zip, err));
    } else {
        CIHSM_TRY(file_read(path, "zip", &archive->zip, err));
    }
    *out = CIHSM_MOVE(archive);
    return CIHSM_OK;
}

const void *cihsm_archive_bytes(const cihsm_archive *archive, size_t *len)
{
    *len = archive->zip.len;
    return buffer_text(&archive->zip);
}

static cihsm_status read_entry(zip_reader *from, buffer *out, cihsm_error *err)
{
    char chunk[4096];
    size_t got = 0;
    do {
        CIHSM_TRY(zip_reader_read(from, chunk, sizeof chunk, &got, err));
        CIHSM_TRY(buffer_append(out, chunk, got, err));
    } while (got > 0);
    return CIHSM_OK;
}

static cihsm_status find_manifest(const cihsm_archive *archive, buffer *out, cihsm_error *err)
{
    CIHSM_AUTO(zip_reader_close) zip_reader reader = {0};
    zip_entry entry;
    CIHSM_TRY(zip_reader_open(archive->zip.data, archive->zip.len, &reader, err));
    do {
        CIHSM_TRY(zip_reader_next(&reader, &entry, err));
    } while (entry.name != NULL && strcmp(entry.name, ARCHIVE_MANIFEST_NAME) != 0);
    if (entry.name == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "there is no %s, so it is no content of an artifact: give the zip "
                                "or the folder that \"cihsm artifact download\" made",
                                ARCHIVE_MANIFEST_NAME);
    }
    return read_entry(&reader, out, err);
}

/* What is to be sent is a file of the person, so that is what is wrong. */
static cihsm_status as_config(cihsm_status status, cihsm_error *err)
{
    if (status == CIHSM_E_PROTOCOL && err != NULL) {
        err->status = CIHSM_E_CONFIG;
    }
    return status == CIHSM_E_PROTOCOL ? CIHSM_E_CONFIG : status;
}

cihsm_status cihsm_archive_check_id(const cihsm_archive *archive, const char *id, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(buffer_free) buffer manifest = buffer_new(ARCHIVE_MANIFEST_MAX);
    CIHSM_AUTO(text_free) char *name = NULL;
    CIHSM_TRY(as_config(find_manifest(archive, &manifest, err), err));
    CIHSM_TRY(
        manifest_header(buffer_text(&manifest), manifest.len, "Bundle-SymbolicName", &name, err));
    if (name == NULL || strcmp(name, id) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "Bundle-SymbolicName in %s is \"%.120s\", but the artifact is "
                                "\"%.120s\": they must be equal, so change one of them",
                                ARCHIVE_MANIFEST_NAME, name == NULL ? "" : name, id);
    }
    return CIHSM_OK;
}

/* --- a package ------------------------------------------------------------------------------- */

static const char PACKAGE_INDEX[] = "resources.cnt";

/* To the end of the entry, so that damage and unmeasured growth are found. */
static cihsm_status skip_entry(zip_reader *from, cihsm_error *err)
{
    char chunk[16384];
    size_t got = 0;
    do {
        CIHSM_TRY(zip_reader_read(from, chunk, sizeof chunk, &got, err));
    } while (got > 0);
    return CIHSM_OK;
}

static cihsm_status look_for(const cihsm_archive *archive, bool *has_index, bool *has_manifest,
                             cihsm_error *err)
{
    CIHSM_AUTO(zip_reader_close) zip_reader reader = {0};
    zip_entry entry;
    CIHSM_TRY(zip_reader_open(archive->zip.data, archive->zip.len, &reader, err));
    for (;;) {
        CIHSM_TRY(zip_reader_next(&reader, &entry, err));
        if (entry.name == NULL) {
            return CIHSM_OK;
        }
        *has_index = *has_index || strcmp(entry.name, PACKAGE_INDEX) == 0;
        *has_manifest = *has_manifest || strcmp(entry.name, ARCHIVE_MANIFEST_NAME) == 0;
        CIHSM_TRY(skip_entry(&reader, err));
    }
}

cihsm_status cihsm_archive_check_package(const cihsm_archive *archive, cihsm_error *err)
{
    cihsm_error_clear(err);
    bool has_index = false;
    bool has_manifest = false;
    CIHSM_TRY(as_config(look_for(archive, &has_index, &has_manifest, err), err));
    if (has_index) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(
        err, CIHSM_E_CONFIG, "there is no %s, so it is no package: %s", PACKAGE_INDEX,
        has_manifest ? "it is the content of an artifact, which \"cihsm artifact create\" "
                       "and \"cihsm artifact update\" take"
                     : "give the zip that \"cihsm package download\" made");
}

/* --------------------------------------------------------------------------------------------- */

cihsm_status cihsm_archive_unpack(const cihsm_archive *archive, const char *folder,
                                  cihsm_error *err)
{
    cihsm_error_clear(err);
    return unpack_into(archive->zip.data, archive->zip.len, folder, err);
}

void cihsm_archive_free(cihsm_archive **archive)
{
    if (archive != NULL && *archive != NULL) {
        buffer_free(&(*archive)->zip);
        free(*archive);
        *archive = NULL;
    }
}
