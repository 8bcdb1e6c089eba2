/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm_csr_parse: a request of any program. What is read can be printed and is read again.
 */
#include "cihsm/csr.h"
#include "cihsm/scope.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = NULL;
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *again = NULL;
    cihsm_error err = {0};
    if (cihsm_csr_parse(data, size, "request.csr", &csr, &err) != CIHSM_OK) {
        fuzz_require(csr == NULL && err.message[0] != '\0', "a refusal leaves a message only");
        return 0;
    }
    size_t len = 0;
    const char *bytes = cihsm_csr_bytes(csr, &len);
    fuzz_require(cihsm_csr_summary(csr) != NULL, "there is a summary");
    fuzz_require(cihsm_csr_parse(bytes, len, "again.csr", &again, &err) == CIHSM_OK,
                 "its bytes are a request");
    return 0;
}
