/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm_evidence_verify: a file that says of a key where it lives. Nothing that a fuzzer makes
 * holds, for it is signed.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "cihsm/evidence.h"
#include "cihsm/scope.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    char path[64];
    cihsm_error err = {0};
    const int file = memfd_create("evidence", MFD_CLOEXEC);
    fuzz_require(file >= 0 && write(file, data, size) == (ssize_t)size, "there is a file");
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (cihsm_evidence_verify(path, NULL, 0, &found, &err) != CIHSM_OK) {
        fuzz_require(found == NULL && err.message[0] != '\0', "a refusal leaves a message only");
    } else {
        fuzz_require(cihsm_value_first(found) != NULL, "what was found is told");
    }
    close(file);
    return 0;
}
