/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

#define CHUNK 65536

static void digest_free(EVP_MD_CTX **digest)
{
    EVP_MD_CTX_free(*digest);
}

static void list_close(FTS **list)
{
    if (*list != NULL) {
        fts_close(*list);
    }
}

static void file_close(const int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static int by_name(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

static cihsm_status add(EVP_MD_CTX *digest, const void *bytes, size_t len, cihsm_error *err)
{
    return EVP_DigestUpdate(digest, bytes, len) == 1
               ? CIHSM_OK
               : cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot hash");
}

static cihsm_status fail_to_read(const char *path, int number, cihsm_error *err)
{
    return cihsm_fail_errno(err, CIHSM_E_IO, number, "cannot read %.300s", path);
}

/* With its size, so that no name and no content can be taken for another. */
static cihsm_status add_file(EVP_MD_CTX *digest, const FTSENT *file, const char *name,
                             cihsm_error *err)
{
    char chunk[CHUNK];
    const uint64_t size = (uint64_t)file->fts_statp->st_size;
    CIHSM_AUTO(file_close) int fd = open(file->fts_accpath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return fail_to_read(file->fts_path, errno, err);
    }
    CIHSM_TRY(add(digest, name, strlen(name) + 1, err));
    CIHSM_TRY(add(digest, &size, sizeof size, err));
    for (ssize_t got = 1; got > 0;) {
        got = read(fd, chunk, sizeof chunk);
        if (got < 0) {
            return fail_to_read(file->fts_path, errno, err);
        }
        CIHSM_TRY(add(digest, chunk, (size_t)got, err));
    }
    return CIHSM_OK;
}

static cihsm_status add_entry(EVP_MD_CTX *digest, const FTSENT *entry, size_t root_len,
                              cihsm_error *err)
{
    const char *name = entry->fts_path + root_len;
    switch (entry->fts_info) {
    case FTS_D:
    case FTS_F:
        if (strcasecmp(entry->fts_name, ".git") == 0 && entry->fts_level > 0) {
            return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                    "it holds \"%.200s\", which git would take for a repository of "
                                    "its own",
                                    name);
        }
        return entry->fts_info == FTS_F ? add_file(digest, entry, name, err) : CIHSM_OK;
    case FTS_DP:
        return CIHSM_OK;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return fail_to_read(entry->fts_path, entry->fts_errno, err);
    default: /* a link, a device: of nothing that a snapshot wrote */
        return add(digest, entry->fts_path, strlen(entry->fts_path), err);
    }
}

static cihsm_status add_all(EVP_MD_CTX *digest, const char *folder, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *root = NULL;
    CIHSM_TRY(text_set(&root, folder, err));
    char *const roots[] = {root, NULL};
    CIHSM_AUTO(list_close) FTS *list = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    if (list == NULL) {
        return fail_to_read(folder, errno, err);
    }
    const FTSENT *entry = NULL;
    while (errno = 0, (entry = fts_read(list)) != NULL) {
        CIHSM_TRY(add_entry(digest, entry, strlen(root), err));
    }
    return errno == 0 ? CIHSM_OK : fail_to_read(folder, errno, err);
}

cihsm_status snapshot_digest(const char *folder, char out[SNAPSHOT_DIGEST_SIZE], cihsm_error *err)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    CIHSM_AUTO(digest_free) EVP_MD_CTX *digest = EVP_MD_CTX_new();
    if (digest == NULL) {
        return cihsm_fail_memory(err);
    }
    if (EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot hash");
    }
    CIHSM_TRY(add_all(digest, folder, err));
    if (EVP_DigestFinal_ex(digest, bytes, &len) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot hash");
    }
    text_hex(out, bytes, len);
    return CIHSM_OK;
}
