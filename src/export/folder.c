/* SPDX-License-Identifier: Apache-2.0 */
#include "export/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

#define CHECKPOINT "checkpoint.jsonl"
#define LINE_MAX_BYTES ((size_t)1 << 20)

static cihsm_status fail(const export_folder *folder, const char *what, cihsm_error *err)
{
    return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot %s %.300s", what, folder->path);
}

void export_folder_free(export_folder **folder)
{
    export_folder *old = *folder;
    if (old == NULL) {
        return;
    }
    if (old->checkpoint >= 0) {
        close(old->checkpoint);
    }
    if (old->fd >= 0) {
        close(old->fd);
    }
    pthread_mutex_destroy(&old->lock);
    text_free(&old->path);
    free(old);
    *folder = NULL;
}

/* NULL: out of memory. */
static export_folder *new_folder(const char *path, const export_plan *plan)
{
    CIHSM_AUTO(export_folder_free) export_folder *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    made->fd = -1;
    made->checkpoint = -1;
    made->plan = plan;
    pthread_mutex_init(&made->lock, NULL);
    if (text_set(&made->path, path, NULL) != CIHSM_OK) {
        return NULL;
    }
    return CIHSM_MOVE(made);
}

static cihsm_status open_checkpoint(export_folder *folder, int flags, cihsm_error *err)
{
    struct stat status;
    folder->checkpoint =
        openat(folder->fd, CHECKPOINT, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (folder->checkpoint < 0 && errno == ENOENT && (flags & O_CREAT) == 0) {
        return CIHSM_OK;
    }
    if (folder->checkpoint < 0 || fstat(folder->checkpoint, &status) != 0) {
        return fail(folder, "open the checkpoint in", err);
    }
    return S_ISREG(status.st_mode)
               ? CIHSM_OK
               : cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                  "%.300s/" CHECKPOINT " is no regular file: take another folder",
                                  folder->path);
}

cihsm_status export_folder_look(const char *path, const export_plan *plan, export_folder **out,
                                cihsm_error *err)
{
    CIHSM_AUTO(export_folder_free) export_folder *folder = new_folder(path, plan);
    if (folder == NULL) {
        return cihsm_fail_memory(err);
    }
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0 && errno == ENOENT) {
        return CIHSM_OK;
    }
    if (folder->fd < 0) {
        return fail(folder, "open the folder", err);
    }
    if (faccessat(folder->fd, ".", W_OK | X_OK, AT_EACCESS) != 0) {
        return fail(folder, "write to the folder", err);
    }
    CIHSM_TRY(open_checkpoint(folder, O_RDONLY, err));
    *out = CIHSM_MOVE(folder);
    return CIHSM_OK;
}

/* Some file systems keep the names of a folder safe by other means, and say so by EINVAL. */
static cihsm_status sync_names(const export_folder *folder, int fd, cihsm_error *err)
{
    return fsync(fd) == 0 || errno == EINVAL ? CIHSM_OK : fail(folder, "write", err);
}

/* The folder's own name. Who may make folders in a place may not always read it. */
static cihsm_status sync_parent(const export_folder *folder, cihsm_error *err)
{
    const int parent = openat(folder->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0) {
        return errno == EACCES ? CIHSM_OK : fail(folder, "open what is above", err);
    }
    const cihsm_status status = sync_names(folder, parent, err);
    close(parent);
    return status;
}

cihsm_status export_folder_open(const char *path, const export_plan *plan, export_folder **out,
                                cihsm_error *err)
{
    CIHSM_AUTO(export_folder_free) export_folder *folder = new_folder(path, plan);
    if (folder == NULL) {
        return cihsm_fail_memory(err);
    }
    const bool is_new = mkdir(path, 0700) == 0;
    if (!is_new && errno != EEXIST) {
        return fail(folder, "make the folder", err);
    }
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0) {
        return fail(folder, "open the folder", err);
    }
    if (is_new) {
        CIHSM_TRY(sync_parent(folder, err));
    }
    CIHSM_TRY(open_checkpoint(folder, O_RDWR | O_CREAT | O_APPEND, err));
    if (flock(folder->checkpoint, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK
                   ? cihsm_fail_plain(err, CIHSM_E_BUSY,
                                      "another export is at work in %.300s: wait for its end",
                                      folder->path)
                   : fail(folder, "lock the checkpoint in", err);
    }
    *out = CIHSM_MOVE(folder);
    return CIHSM_OK;
}

/* --- files ------------------------------------------------------------------------------- */

static void close_list(DIR **list)
{
    if (*list != NULL) {
        closedir(*list);
    }
}

static cihsm_status open_list(const export_folder *folder, DIR **out, cihsm_error *err)
{
    const int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *out = fd < 0 ? NULL : fdopendir(fd);
    if (*out == NULL) {
        const cihsm_status status = fail(folder, "read the folder", err);
        if (fd >= 0) {
            close(fd);
        }
        return status;
    }
    return CIHSM_OK;
}

/* The next file of ours; NULL at the end. */
static cihsm_status next_ours(const export_folder *folder, DIR *list, const char **out,
                              cihsm_error *err)
{
    const struct dirent *entry = NULL;
    do {
        errno = 0;
        entry = readdir(list);
    } while (entry != NULL && !export_folder_is_ours(folder, entry->d_name));
    *out = entry == NULL ? NULL : entry->d_name;
    return entry != NULL || errno == 0 ? CIHSM_OK : fail(folder, "read the folder", err);
}

cihsm_status export_folder_has_ours(const export_folder *folder, bool *out, cihsm_error *err)
{
    CIHSM_AUTO(close_list) DIR *list = NULL;
    const char *name = NULL;
    CIHSM_TRY(open_list(folder, &list, err));
    CIHSM_TRY(next_ours(folder, list, &name, err));
    *out = name != NULL;
    return CIHSM_OK;
}

cihsm_status export_folder_sweep(const export_folder *folder,
                                 bool (*keep)(const void *user, const char *name), const void *user,
                                 cihsm_error *err)
{
    CIHSM_AUTO(close_list) DIR *list = NULL;
    const char *name = NULL;
    CIHSM_TRY(open_list(folder, &list, err));
    do {
        CIHSM_TRY(next_ours(folder, list, &name, err));
        if (name != NULL && !keep(user, name) && unlinkat(folder->fd, name, 0) != 0) {
            return fail(folder, "remove an incomplete file in", err);
        }
    } while (name != NULL);
    return CIHSM_OK;
}

bool export_folder_size(const export_folder *folder, const char *name, uint64_t *bytes)
{
    struct stat status;
    if (fstatat(folder->fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) {
        return false;
    }
    *bytes = (uint64_t)status.st_size;
    return true;
}

cihsm_status export_folder_sync(const export_folder *folder, cihsm_error *err)
{
    return sync_names(folder, folder->fd, err);
}

cihsm_status export_folder_cut(const export_folder *folder, uint64_t bytes, cihsm_error *err)
{
    return ftruncate(folder->checkpoint, (off_t)bytes) == 0
               ? CIHSM_OK
               : fail(folder, "shorten the checkpoint in", err);
}

static cihsm_status collect(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

/* A line that was cut short is taken back, so that the next one does not stand behind it. */
static cihsm_status put_line(export_folder *folder, int64_t at, const buffer *line,
                             cihsm_error *err)
{
    const int fd = folder->checkpoint;
    const ssize_t put = write(fd, line->data, line->len);
    if (put == (ssize_t)line->len && fsync(fd) == 0) {
        return CIHSM_OK;
    }
    const int number = put < 0 || put == (ssize_t)line->len ? errno : ENOSPC;
    CIHSM_TRY(export_folder_cut(folder, (uint64_t)at, err));
    errno = number;
    return fail(folder, "write the checkpoint in", err);
}

cihsm_status export_folder_append(export_folder *folder, const cihsm_value *line, bool in_place,
                                  cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(LINE_MAX_BYTES);
    CIHSM_TRY(cihsm_value_write(line, 0, collect, &text, err));
    CIHSM_TRY(buffer_append_text(&text, "\n", err));
    folder->gap = (export_span){0};
    if (in_place) {
        CIHSM_TRY(export_folder_cut(folder, (uint64_t)folder->last_at, err));
    }
    folder->last_at = lseek(folder->checkpoint, 0, SEEK_END);
    return folder->last_at < 0 ? fail(folder, "write the checkpoint in", err)
                               : put_line(folder, folder->last_at, &text, err);
}

cihsm_status export_folder_note(export_folder *folder, const cihsm_value *line, cihsm_error *err)
{
    pthread_mutex_lock(&folder->lock);
    const cihsm_status status = export_folder_append(folder, line, false, err);
    pthread_mutex_unlock(&folder->lock);
    return status;
}
