/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/unpack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/tree.h"
#include "archive/zip_reader.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

#define FOLDER_MODE 0755
#define FILE_MODE 0644

/* The folder that is filled. */
typedef struct place {
    char *path; /* NULL: there is none to remove */
    int fd;
} place;

static void place_free(place *of)
{
    if (of->fd >= 0) {
        close(of->fd);
        of->fd = -1;
    }
    if (of->path != NULL) {
        tree_remove(of->path);
    }
    text_free(&of->path);
}

/* Nothing is there, or an empty folder, in whose place another can be moved. */
static cihsm_status check_free(const char *folder, cihsm_error *err)
{
    DIR *listed = opendir(folder);
    if (listed == NULL && errno == ENOENT) {
        return CIHSM_OK;
    }
    if (listed == NULL) {
        return cihsm_fail_errno(err, CIHSM_E_CONFIG, errno, "cannot unpack to %s", folder);
    }
    size_t found = 0;
    while (readdir(listed) != NULL) {
        found++;
    }
    closedir(listed);
    if (found > 2) { /* "." and ".." */
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "cannot unpack to %s: the folder is not empty; remove it, or name "
                                "another one",
                                folder);
    }
    return CIHSM_OK;
}

static cihsm_status make_place(const char *folder, place *out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(text_format(&path, err, "%s.XXXXXX", folder));
    if (mkdtemp(path) == NULL) {
        return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot make a folder beside %s", folder);
    }
    out->path = CIHSM_MOVE(path);
    out->fd = open(out->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->fd < 0 || fchmod(out->fd, FOLDER_MODE) != 0) {
        return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot write to %s", out->path);
    }
    return CIHSM_OK;
}

/* Folders above a file, or the one that an entry is. They may be there already. */
static cihsm_status make_folders(const place *in, const char *name, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(text_set(&path, name, err));
    for (char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdirat(in->fd, path, FOLDER_MODE) != 0 && errno != EEXIST) {
            return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot make the folder %s", path);
        }
        *slash = '/';
    }
    return CIHSM_OK;
}

static void file_close(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

static cihsm_status write_all(int fd, const char *bytes, size_t len, const char *name,
                              cihsm_error *err)
{
    while (len > 0) {
        const ssize_t put = write(fd, bytes, len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot write %s", name);
        }
        bytes += put;
        len -= (size_t)put;
    }
    return CIHSM_OK;
}

static cihsm_status copy(zip_reader *from, int fd, const char *name, cihsm_error *err)
{
    char chunk[16384];
    size_t got = 0;
    do {
        CIHSM_TRY(zip_reader_read(from, chunk, sizeof chunk, &got, err));
        CIHSM_TRY(write_all(fd, chunk, got, name, err));
    } while (got > 0);
    return CIHSM_OK;
}

/* A name that is there already came twice: the folder was empty. */
static cihsm_status write_file(const place *in, const char *name, zip_reader *from,
                               cihsm_error *err)
{
    CIHSM_AUTO(file_close)
    int fd = openat(in->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (fd < 0 && (errno == EEXIST || errno == ENOTDIR)) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the zip has the entry \"%.200s\" twice, so nothing of it is "
                                "unpacked",
                                name);
    }
    if (fd < 0) {
        return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot write %s", name);
    }
    return copy(from, fd, name, err);
}

static cihsm_status fill(const place *in, zip_reader *from, cihsm_error *err)
{
    zip_entry entry;
    CIHSM_TRY(zip_reader_next(from, &entry, err));
    while (entry.name != NULL) {
        CIHSM_AUTO(text_free) char *name = NULL; /* the reader may overwrite its own */
        CIHSM_TRY(text_format(&name, err, "%s%s", entry.name, entry.is_folder ? "/" : ""));
        CIHSM_TRY(make_folders(in, name, err));
        if (!entry.is_folder) {
            CIHSM_TRY(write_file(in, name, from, err));
        }
        CIHSM_TRY(zip_reader_next(from, &entry, err));
    }
    return CIHSM_OK;
}

static cihsm_status unpack(const void *zip, size_t len, const char *folder, cihsm_error *err)
{
    CIHSM_AUTO(zip_reader_close) zip_reader reader = {0};
    CIHSM_AUTO(place_free) place made = {.fd = -1};
    CIHSM_TRY(check_free(folder, err));
    CIHSM_TRY(zip_reader_open(zip, len, &reader, err));
    CIHSM_TRY(make_place(folder, &made, err));
    CIHSM_TRY(fill(&made, &reader, err));
    if (rename(made.path, folder) != 0) {
        return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot unpack to %s", folder);
    }
    text_free(&made.path); /* it is at its place now */
    return CIHSM_OK;
}

cihsm_status unpack_into(const void *zip, size_t len, const char *folder, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *plain = NULL;
    size_t end = strlen(folder);
    while (end > 1 && folder[end - 1] == '/') {
        end--;
    }
    CIHSM_TRY(text_format(&plain, err, "%.*s", (int)end, folder));
    return unpack(zip, len, plain, err);
}
