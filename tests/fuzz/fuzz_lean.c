/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata_lean: what is made of a valid text is the same with and without its links.
 */
#include "cihsm/scope.h"
#include "fuzz.h"
#include "odata/lean.h"
#include "odata/tidy.h"

#define TEXT_MAX ((size_t)64 << 20)

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static bool tidied(const char *text, size_t len, buffer *out)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    const odata_types types = {0};
    if (cihsm_value_parse(text, len, &value, NULL) != CIHSM_OK) {
        return false;
    }
    fuzz_require(odata_tidy(value, NULL, &types, NULL) == CIHSM_OK &&
                     cihsm_value_write(value, 0, append, out, NULL) == CIHSM_OK,
                 "it can be tidied and written");
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CIHSM_AUTO(buffer_free) buffer lean = buffer_new(TEXT_MAX);
    CIHSM_AUTO(buffer_free) buffer all = buffer_new(TEXT_MAX);
    CIHSM_AUTO(buffer_free) buffer rest = buffer_new(TEXT_MAX);
    char *text = fuzz_text(data, size);
    fuzz_require(odata_lean(text, size, &lean, NULL) == CIHSM_OK, "it can be copied");
    fuzz_require(lean.len <= size, "nothing is added");
    if (tidied(text, size, &all)) {
        fuzz_require(tidied(buffer_text(&lean), lean.len, &rest), "the copy is valid");
        fuzz_require(strcmp(buffer_text(&all), buffer_text(&rest)) == 0, "it is the same");
    }
    free(text);
    return 0;
}
