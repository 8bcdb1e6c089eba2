/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose the folder is, and its lock.
 */
#include "snapshot/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/tree.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "snapshot/stable.h"

#define FOLDER_MODE 0700
#define FILE_MODE 0644
#define MARK "snapshot.json"
#define MARK_MAX ((size_t)64 * 1024)
#define FORMAT "cihsm snapshot"
#define VERSION 1

static cihsm_status fail(const char *path, const char *what, cihsm_error *err)
{
    return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot %s %.300s", what, path);
}

cihsm_status snapshot_folder_path(const snapshot_folder *folder, const char *below, char **out,
                                  cihsm_error *err)
{
    return text_format(out, err, "%s/%s", folder->path, below);
}

bool snapshot_folder_has(const snapshot_folder *folder, const char *below, const char *name)
{
    struct stat status;
    CIHSM_AUTO(text_free) char *path = NULL;
    return text_format(&path, NULL, "%s/%s/%s", folder->path, below, name) == CIHSM_OK &&
           lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* --- whose it is ----------------------------------------------------------------------------- */

static cihsm_status refuse(const char *path, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "%.300s holds files and no snapshot: give --out an empty folder, or "
                            "one of its own below it",
                            path);
}

static cihsm_status check_mark(const char *path, const char *mark, const char *tenant,
                               cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(MARK_MAX);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    double version = 0;
    cihsm_status status = file_read(mark, "mark", &text, NULL);
    if (status == CIHSM_OK) {
        status = cihsm_value_parse(buffer_text(&text), text.len, &found, NULL);
    }
    CIHSM_TRY_MEMORY(status, err);
    if (status != CIHSM_OK || !text_equal(cihsm_value_get_string(found, "Format"), FORMAT)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "%.300s is none of a snapshot: give --out an empty folder", mark);
    }
    if (!cihsm_value_number(cihsm_value_get(found, "Version"), &version) || version > VERSION) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "%.300s was made by a newer cihsm: use that one, or an empty "
                                "folder",
                                path);
    }
    const char *held = cihsm_value_get_string(found, "Tenant");
    if (tenant != NULL && !text_equal(held, tenant)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "%.200s holds a snapshot of %.120s, not of %.120s: take a folder "
                                "for each tenant",
                                path, held == NULL ? "?" : held, tenant);
    }
    return CIHSM_OK;
}

static cihsm_status check_empty(const char *path, cihsm_error *err)
{
    DIR *listed = opendir(path);
    if (listed == NULL) {
        return errno == ENOENT ? CIHSM_OK : fail(path, "read the folder", err);
    }
    const struct dirent *entry = NULL;
    bool is_empty = true;
    while (is_empty && (entry = readdir(listed)) != NULL) {
        is_empty = entry->d_name[0] == '.';
    }
    closedir(listed);
    return is_empty ? CIHSM_OK : refuse(path, err);
}

cihsm_status snapshot_folder_check(const char *path, const char *tenant, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *mark = NULL;
    struct stat status;
    CIHSM_TRY(text_format(&mark, err, "%s/%s", path, MARK));
    if (lstat(mark, &status) == 0) {
        return check_mark(path, mark, tenant, err);
    }
    return errno == ENOTDIR ? fail(path, "read the folder", err) : check_empty(path, err);
}

/* --- opening --------------------------------------------------------------------------------- */

static cihsm_status make_folder(const char *path, cihsm_error *err)
{
    return mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST ? CIHSM_OK
                                                            : fail(path, "make the folder", err);
}

static cihsm_status write_mark(const snapshot_folder *folder, const char *tenant, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *mark = cihsm_value_new_object();
    if (snapshot_folder_has(folder, ".", MARK)) {
        return CIHSM_OK;
    }
    if (mark == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(mark, "Format", FORMAT, err));
    CIHSM_TRY(cihsm_value_set_number(mark, "Version", VERSION, err));
    CIHSM_TRY(cihsm_value_set_string(mark, "Tenant", tenant, err));
    CIHSM_TRY(snapshot_folder_path(folder, MARK, &path, err));
    return cihsm_value_save(mark, path, FILE_MODE, err);
}

static cihsm_status take_lock(snapshot_folder *folder, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(snapshot_folder_path(folder, SNAPSHOT_OWN "/lock", &path, err));
    folder->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (folder->lock < 0) {
        return fail(path, "open", err);
    }
    if (flock(folder->lock, LOCK_EX | LOCK_NB) == 0) {
        return CIHSM_OK;
    }
    return errno == EWOULDBLOCK ? cihsm_fail_plain(err, CIHSM_E_BUSY,
                                                   "another snapshot is at work in %.300s: wait "
                                                   "for its end",
                                                   folder->path)
                                : fail(path, "lock", err);
}

static cihsm_status make_own(snapshot_folder *folder, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *own = NULL;
    CIHSM_AUTO(text_free) char *ignored = NULL;
    CIHSM_TRY(snapshot_folder_path(folder, SNAPSHOT_OWN, &own, err));
    CIHSM_TRY(make_folder(own, err));
    CIHSM_TRY(take_lock(folder, err));
    CIHSM_TRY(snapshot_folder_path(folder, SNAPSHOT_OWN "/.gitignore", &ignored, err));
    return cihsm_file_write(ignored, FILE_MODE, "*\n", 2, err);
}

/* Of a run that was cut off. What it took out of its place is read anew. */
static cihsm_status clear_leftovers(const snapshot_folder *folder, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *old = NULL;
    CIHSM_TRY(snapshot_folder_path(folder, SNAPSHOT_OLD, &old, err));
    tree_remove(old);
    snapshot_folder_discard(folder);
    return CIHSM_OK;
}

cihsm_status snapshot_folder_open(const char *path, const char *tenant, snapshot_folder **out,
                                  cihsm_error *err)
{
    CIHSM_AUTO(snapshot_folder_free) snapshot_folder *folder = calloc(1, sizeof *folder);
    if (folder == NULL) {
        return cihsm_fail_memory(err);
    }
    folder->lock = -1;
    CIHSM_TRY(text_set(&folder->path, path, err));
    CIHSM_TRY(snapshot_folder_path(folder, SNAPSHOT_OWN "/made", &folder->made, err));
    CIHSM_TRY(snapshot_folder_check(path, tenant, err));
    CIHSM_TRY(make_folder(path, err));
    CIHSM_TRY(make_own(folder, err));
    CIHSM_TRY(write_mark(folder, tenant, err));
    CIHSM_TRY(clear_leftovers(folder, err));
    *out = CIHSM_MOVE(folder);
    return CIHSM_OK;
}

void snapshot_folder_free(snapshot_folder **folder)
{
    if (*folder == NULL) {
        return;
    }
    if ((*folder)->lock >= 0) {
        close((*folder)->lock);
    }
    text_free(&(*folder)->path);
    text_free(&(*folder)->made);
    free(*folder);
    *folder = NULL;
}

cihsm_status snapshot_folder_begin(const snapshot_folder *folder, cihsm_error *err)
{
    snapshot_folder_discard(folder);
    return mkdir(folder->made, 0755) == 0 ? CIHSM_OK : fail(folder->made, "make the folder", err);
}

void snapshot_folder_discard(const snapshot_folder *folder)
{
    tree_remove(folder->made);
}
