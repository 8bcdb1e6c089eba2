/* SPDX-License-Identifier: Apache-2.0 */
#include "export/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/error.h"
#include "cihsm/scope.h"

struct export_part {
    export_folder *folder;
    char name[EXPORT_NAME_SIZE];
    int fd;
    uint64_t bytes;
    EVP_MD_CTX *digest;
};

static cihsm_status fail(const export_part *part, cihsm_error *err)
{
    return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot write %.200s/%s", part->folder->path,
                            part->name);
}

void export_part_discard(export_part **part)
{
    export_part *old = *part;
    if (old == NULL) {
        return;
    }
    if (old->fd >= 0) {
        close(old->fd);
        unlinkat(old->folder->fd, old->name, 0);
    }
    EVP_MD_CTX_free(old->digest);
    free(old);
    *part = NULL;
}

static cihsm_status digest_start(export_part *part, cihsm_error *err)
{
    if (EVP_DigestInit_ex2(part->digest, EVP_sha256(), NULL) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot compute a SHA-256");
    }
    return CIHSM_OK;
}

cihsm_status export_part_open(export_folder *folder, int64_t from_s, export_part **out,
                              cihsm_error *err)
{
    CIHSM_AUTO(export_part_discard) export_part *part = calloc(1, sizeof *part);
    if (part == NULL) {
        return cihsm_fail_memory(err);
    }
    part->fd = -1;
    part->folder = folder;
    export_folder_part(folder, from_s, part->name);
    part->digest = EVP_MD_CTX_new();
    if (part->digest == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(digest_start(part, err));
    part->fd = openat(folder->fd, part->name,
                      O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (part->fd < 0) {
        return fail(part, err);
    }
    *out = CIHSM_MOVE(part);
    return CIHSM_OK;
}

cihsm_status export_part_write(export_part *part, const char *bytes, size_t len, cihsm_error *err)
{
    if (EVP_DigestUpdate(part->digest, bytes, len) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot compute a SHA-256");
    }
    part->bytes += len;
    while (len > 0) {
        const ssize_t put = write(part->fd, bytes, len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return fail(part, err);
        }
        bytes += put;
        len -= (size_t)put;
    }
    return CIHSM_OK;
}

cihsm_status export_part_publish(export_part **part, const char *name, export_content *content,
                                 cihsm_error *err)
{
    CIHSM_AUTO(export_part_discard) export_part *done = CIHSM_MOVE(*part);
    content->bytes = done->bytes;
    if (EVP_DigestFinal_ex(done->digest, content->sha256, NULL) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot compute a SHA-256");
    }
    const int folder = done->folder->fd;
    if (fsync(done->fd) != 0 || renameat(folder, done->name, folder, name) != 0) {
        return fail(done, err);
    }
    close(done->fd);
    done->fd = -1; /* nothing to remove any more */
    return export_folder_sync(done->folder, err);
}
