/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How packages and artifacts take their places in the folder, and leave them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/tree.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "snapshot/digest.h"
#include "snapshot/folder.h"
#include "snapshot/stable.h"

#define FOLDER_MODE 0755
#define FILE_MODE 0644
#define PACKAGE_MAX ((size_t)16 << 20)

static cihsm_status fail(const char *path, const char *what, cihsm_error *err)
{
    return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot %s %.300s", what, path);
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static cihsm_status make_folder(const char *path, cihsm_error *err)
{
    return mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST ? CIHSM_OK
                                                            : fail(path, "make the folder", err);
}

static cihsm_status refuse_stranger(const char *path, const char *file, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                            "%.300s has no %s, so no snapshot wrote it: move it away", path, file);
}

/* --- artifacts ------------------------------------------------------------------------------- */

/* The type's folder; the package's is there. */
static cihsm_status make_above(const char *path, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *above = NULL;
    CIHSM_TRY(text_set(&above, path, err));
    *strrchr(above, '/') = '\0';
    return make_folder(above, err);
}

static cihsm_status put_back(const char *old, const char *path, cihsm_error *err)
{
    const int why = errno;
    return rename(old, path) == 0
               ? cihsm_fail_errno(err, CIHSM_E_IO, why, "cannot replace %.300s", path)
               : cihsm_fail_errno(err, CIHSM_E_IO, why,
                                  "cannot replace %.200s, and what was there is %.200s now", path,
                                  old);
}

/* Where a file system cannot exchange two names. */
static cihsm_status replace_in_steps(const snapshot_folder *folder, const char *path,
                                     cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *old = NULL;
    CIHSM_TRY(snapshot_folder_path(folder, SNAPSHOT_OLD, &old, err));
    tree_remove(old);
    if (rename(path, old) != 0) {
        return fail(path, "replace", err);
    }
    if (rename(folder->made, path) != 0) {
        return put_back(old, path, err);
    }
    tree_remove(old);
    return CIHSM_OK;
}

/* What was there is in the place of the other then, or is gone. */
static cihsm_status replace(const snapshot_folder *folder, const char *path, cihsm_error *err)
{
    if (renameat2(AT_FDCWD, folder->made, AT_FDCWD, path, RENAME_EXCHANGE) == 0) {
        return CIHSM_OK;
    }
    return errno == EINVAL || errno == ENOSYS ? replace_in_steps(folder, path, err)
                                              : fail(path, "replace", err);
}

static cihsm_status commit_over(const snapshot_folder *folder, const char *path, const char *digest,
                                snapshot_change *out, cihsm_error *err)
{
    char before[SNAPSHOT_DIGEST_SIZE];
    CIHSM_TRY(snapshot_digest(path, before, err));
    *out = strcmp(before, digest) == 0 ? SNAPSHOT_SAME : SNAPSHOT_CHANGED;
    if (*out == SNAPSHOT_CHANGED) {
        CIHSM_TRY(replace(folder, path, err));
    }
    snapshot_folder_discard(folder);
    return CIHSM_OK;
}

cihsm_status snapshot_folder_commit(const snapshot_folder *folder, const char *below,
                                    const char *digest, snapshot_change *out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(snapshot_folder_path(folder, below, &path, err));
    if (exists(path)) {
        return snapshot_folder_has(folder, below, "artifact.json")
                   ? commit_over(folder, path, digest, out, err)
                   : refuse_stranger(path, "artifact.json", err);
    }
    CIHSM_TRY(make_above(path, err));
    *out = SNAPSHOT_NEW;
    return rename(folder->made, path) == 0 ? CIHSM_OK : fail(path, "make", err);
}

static void remove_empty(char *path)
{
    *strrchr(path, '/') = '\0';
    (void)rmdir(path); /* fails if something is left in it, which then stays */
}

cihsm_status snapshot_folder_remove(const snapshot_folder *folder, const char *below,
                                    cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(snapshot_folder_path(folder, below, &path, err));
    snapshot_folder_discard(folder);
    if (rename(path, folder->made) != 0) {
        return fail(path, "remove", err);
    }
    snapshot_folder_discard(folder);
    remove_empty(path);
    return CIHSM_OK;
}

/* --- packages -------------------------------------------------------------------------------- */

static bool is_empty(const char *path)
{
    DIR *listed = opendir(path);
    size_t found = 0;
    while (listed != NULL && readdir(listed) != NULL) {
        found++;
    }
    if (listed != NULL) {
        closedir(listed);
    }
    return found <= 2; /* "." and ".." */
}

static cihsm_status write_package(const char *path, const buffer *text, snapshot_change *out,
                                  cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer before = buffer_new(PACKAGE_MAX);
    *out = exists(path) ? SNAPSHOT_CHANGED : SNAPSHOT_NEW;
    if (*out == SNAPSHOT_CHANGED) {
        CIHSM_TRY(file_read(path, "file", &before, err));
    }
    if (before.len == text->len && memcmp(buffer_text(&before), text->data, text->len) == 0) {
        *out = SNAPSHOT_SAME;
        return CIHSM_OK;
    }
    return cihsm_file_write(path, FILE_MODE, text->data, text->len, err);
}

cihsm_status snapshot_folder_package(const snapshot_folder *folder, const char *below,
                                     const cihsm_value *stable, snapshot_change *out,
                                     cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_AUTO(text_free) char *file = NULL;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(PACKAGE_MAX);
    CIHSM_TRY(snapshot_folder_path(folder, below, &path, err));
    CIHSM_TRY(text_format(&file, err, "%s/package.json", path));
    CIHSM_TRY(snapshot_stable_text(stable, &text, err));
    CIHSM_TRY(make_folder(path, err));
    if (!exists(file) && !is_empty(path)) {
        return refuse_stranger(path, "package.json", err);
    }
    return write_package(file, &text, out, err);
}
