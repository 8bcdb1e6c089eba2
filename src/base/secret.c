/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/secret.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/error.h"
#include "cihsm/scope.h"

/* A mapping of its own, so that locking and MADV_DONTDUMP cover nothing else. */
struct cihsm_secret {
    size_t mapped; /* bytes of the mapping */
    size_t len;
    char bytes[];
};

cihsm_status cihsm_secret_new(const void *bytes, size_t len, cihsm_secret **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    if (len > CIHSM_SECRET_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_LIMIT, "a secret is longer than %d bytes",
                                CIHSM_SECRET_MAX);
    }
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t mapped = (sizeof(cihsm_secret) + len + 1 + page - 1) / page * page;
    void *memory = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return cihsm_fail_memory(err);
    }
    (void)mlock(memory, mapped); /* best effort: the limit may be 0 */
    (void)madvise(memory, mapped, MADV_DONTDUMP);

    cihsm_secret *secret = memory;
    secret->mapped = mapped;
    secret->len = len;
    if (len > 0) {
        memcpy(secret->bytes, bytes, len);
    }
    secret->bytes[len] = '\0';
    *out = secret;
    return CIHSM_OK;
}

const char *cihsm_secret_bytes(const cihsm_secret *secret)
{
    return secret->bytes;
}

size_t cihsm_secret_len(const cihsm_secret *secret)
{
    return secret->len;
}

void cihsm_secret_free(cihsm_secret **secret)
{
    if (secret == NULL || *secret == NULL) {
        return;
    }
    const size_t mapped = (*secret)->mapped;
    OPENSSL_cleanse(*secret, mapped);
    munmap(*secret, mapped);
    *secret = NULL;
}
