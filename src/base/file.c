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

static cihsm_status read_all(int fd, const char *path, const char *what, buffer *out,
                             cihsm_error *err)
{
    char chunk[16384];
    for (;;) {
        const ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return cihsm_fail_errno(err, CIHSM_E_CONFIG, errno, "cannot read %s %s", what, path);
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
        return cihsm_fail_errno(err, CIHSM_E_CONFIG, errno, "cannot open %s %s", what, path);
    }
    return read_all(fd, path, what, out, err);
}

static void temporary_remove(char **path)
{
    if (*path != NULL) {
        unlink(*path);
        text_free(path);
    }
}

static cihsm_status write_all(int fd, const char *path, const char *bytes, size_t len,
                              cihsm_error *err)
{
    while (len > 0) {
        const ssize_t put = write(fd, bytes, len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot write %s", path);
        }
        bytes += put;
        len -= (size_t)put;
    }
    if (fsync(fd) != 0) {
        return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot write %s", path);
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

cihsm_status cihsm_file_write(const char *path, unsigned mode, const void *bytes, size_t len,
                              cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(temporary_remove) char *temporary = NULL;
    CIHSM_TRY(text_format(&temporary, err, "%s.XXXXXX", path));
    CIHSM_AUTO(descriptor_close) int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        const int number = errno;
        text_free(&temporary); /* there is no file to remove */
        return cihsm_fail_errno(err, CIHSM_E_IO, number, "cannot write %s", path);
    }
    if (fchmod(fd, (mode_t)mode) != 0) {
        return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot write %s", path);
    }
    CIHSM_TRY(write_all(fd, path, bytes, len, err));
    if (rename(temporary, path) != 0) {
        return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot write %s", path);
    }
    text_free(&temporary);
    sync_folder_of(path);
    return CIHSM_OK;
}
