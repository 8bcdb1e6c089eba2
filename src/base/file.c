/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

static void descriptor_close(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

static bool is_regular(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

ssize_t file_read_some(int fd, void *to, size_t size)
{
    ssize_t got = 0;
    do {
        got = read(fd, to, size);
    } while (got < 0 && errno == EINTR && is_regular(fd));
    return got;
}

/* By errno. @param failed  "cannot read" */
static cihsm_status fail_to_read(const char *failed, const char *what, const char *path,
                                 cihsm_error *err)
{
    if (errno == EINTR) {
        return cihsm_fail_errno(err, CIHSM_E_CANCELED, errno,
                                "canceled: a signal came while %s %s was waited for", what, path);
    }
    return cihsm_fail_errno(err, CIHSM_E_CONFIG, errno, "%s %s %s", failed, what, path);
}

static cihsm_status read_all(int fd, const char *path, const char *what, buffer *out,
                             cihsm_error *err)
{
    char chunk[16384];
    for (;;) {
        const ssize_t got = file_read_some(fd, chunk, sizeof chunk);
        if (got < 0) {
            return fail_to_read("cannot read", what, path, err);
        }
        if (got == 0) {
            return CIHSM_OK;
        }
        if ((size_t)got > out->max - out->len) {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG, "%s %s is larger than %zu bytes", what,
                                    path, out->max);
        }
        CIHSM_TRY(buffer_append(out, chunk, (size_t)got, err));
    }
}

cihsm_status file_read(const char *path, const char *what, buffer *out, cihsm_error *err)
{
    CIHSM_AUTO(descriptor_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return fail_to_read("cannot open", what, path, err);
    }
    return read_all(fd, path, what, out, err);
}

struct cihsm_file {
    char *path;
    char *temporary; /* NULL while there is none to remove */
    int fd;
};

static cihsm_status fail_to_write(const cihsm_file *file, cihsm_error *err)
{
    return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot write %s", file->path);
}

void cihsm_file_discard(cihsm_file **file)
{
    if (*file == NULL) {
        return;
    }
    descriptor_close(&(*file)->fd);
    if ((*file)->temporary != NULL) {
        unlink((*file)->temporary);
    }
    text_free(&(*file)->temporary);
    text_free(&(*file)->path);
    free(*file);
    *file = NULL;
}

int cihsm_file_descriptor(const cihsm_file *file)
{
    return file->fd;
}

const char *cihsm_file_temporary(const cihsm_file *file)
{
    return file->temporary;
}

/* A rename would put a file in the place of a device or a pipe. */
static cihsm_status refuse_special(const char *path, cihsm_error *err)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        return cihsm_fail_plain(err, CIHSM_E_IO, "cannot write %s: it is no regular file", path);
    }
    return CIHSM_OK;
}

static cihsm_status open_temporary(cihsm_file *file, unsigned mode, cihsm_error *err)
{
    CIHSM_TRY(text_format(&file->temporary, err, "%s.XXXXXX", file->path));
    file->fd = mkostemp(file->temporary, O_CLOEXEC);
    if (file->fd < 0) {
        const int number = errno;
        text_free(&file->temporary);
        errno = number;
        return fail_to_write(file, err);
    }
    return fchmod(file->fd, (mode_t)mode) == 0 ? CIHSM_OK : fail_to_write(file, err);
}

cihsm_status cihsm_file_begin(const char *path, unsigned mode, cihsm_file **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_TRY(refuse_special(path, err));
    CIHSM_AUTO(cihsm_file_discard) cihsm_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        return cihsm_fail_memory(err);
    }
    file->fd = -1;
    CIHSM_TRY(text_set(&file->path, path, err));
    CIHSM_TRY(open_temporary(file, mode, err));
    *out = CIHSM_MOVE(file);
    return CIHSM_OK;
}

cihsm_status cihsm_file_append(cihsm_file *file, const void *bytes, size_t len, cihsm_error *err)
{
    cihsm_error_clear(err);
    for (const char *from = bytes; len > 0;) {
        const ssize_t put = write(file->fd, from, len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return fail_to_write(file, err);
        }
        from += put;
        len -= (size_t)put;
    }
    return CIHSM_OK;
}

cihsm_status cihsm_file_restart(cihsm_file *file, cihsm_error *err)
{
    cihsm_error_clear(err);
    if (ftruncate(file->fd, 0) != 0 || lseek(file->fd, 0, SEEK_SET) != 0) {
        return fail_to_write(file, err);
    }
    return CIHSM_OK;
}

/* The rename is only safe on disk once the folder is. */
static void sync_folder_of(const char *path)
{
    CIHSM_AUTO(text_free) char *folder = strdup(path);
    if (folder == NULL) {
        return;
    }
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[1] = '\0';
    }
    CIHSM_AUTO(descriptor_close)
    int fd = open(slash == NULL ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
    }
}

cihsm_status cihsm_file_commit(cihsm_file **file, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_file_discard) cihsm_file *done = CIHSM_MOVE(*file);
    if (fsync(done->fd) != 0 || rename(done->temporary, done->path) != 0) {
        return fail_to_write(done, err);
    }
    text_free(&done->temporary);
    sync_folder_of(done->path);
    return CIHSM_OK;
}

cihsm_status cihsm_file_write(const char *path, unsigned mode, const void *bytes, size_t len,
                              cihsm_error *err)
{
    CIHSM_AUTO(cihsm_file_discard) cihsm_file *file = NULL;
    CIHSM_TRY(cihsm_file_begin(path, mode, &file, err));
    CIHSM_TRY(cihsm_file_append(file, bytes, len, err));
    return cihsm_file_commit(&file, err);
}
