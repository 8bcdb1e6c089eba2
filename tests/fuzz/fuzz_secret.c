/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PIN files, and what is named as a source: the first byte decides which of both the rest is.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "base/secret_source.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "fuzz.h"

enum { PIN_MAX = 256 };

static cihsm_status read_source(const char *source, cihsm_secret **out, cihsm_error *err)
{
    const secret_wish wish = {
        .name = "PIN", .source = source, .max = PIN_MAX, .status = CIHSM_E_PIN};
    return secret_source_read(&wish, out, err);
}

/* A file without a name. */
static void read_content(const uint8_t *data, size_t size)
{
    char source[32];
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *secret = NULL;
    cihsm_error err = {0};
    const int fd = memfd_create("pin", MFD_CLOEXEC);
    fuzz_require(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0,
                 "there is a file");
    snprintf(source, sizeof source, "fd:%d", fd);
    const cihsm_status status = read_source(source, &secret, &err);
    close(fd);
    const bool has_end = size > 0 && data[size - 1] == '\n';
    const size_t len = has_end ? size - 1 : size;
    if (status != CIHSM_OK) {
        fuzz_require(secret == NULL && err.message[0] != '\0', "a refusal says why");
        fuzz_require(len == 0 || size > PIN_MAX || memchr(data, 0, len) != NULL ||
                         data[len - 1] == '\r',
                     "a PIN that is one is taken");
        return;
    }

    const size_t kept = cihsm_secret_len(secret);
    fuzz_require(kept == len && memcmp(cihsm_secret_bytes(secret), data, len) == 0,
                 "it is the content of the file");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (data[0] % 2 == 0) {
        read_content(data + 1, size - 1);
        return 0;
    }
    CIHSM_AUTO(text_free) char *source = fuzz_text(data + 1, size - 1);
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *secret = NULL;
    cihsm_error err = {0};
    if (strncmp(source, "fd:", 3) == 0) {
        return 0; /* one of the fuzzer's own may wait for ever */
    }
    fuzz_require(read_source(source, &secret, &err) == CIHSM_OK || err.message[0] != '\0',
                 "a refusal says why");
    return 0;
}
