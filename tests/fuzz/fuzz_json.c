/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm_value_parse: what is accepted is written as JSON that can be read, and then is written the
 * same again.
 */
#include "base/buffer.h"
#include "cihsm/scope.h"
#include "cihsm/value.h"
#include "fuzz.h"

#define WRITTEN_MAX ((size_t)64 << 20)

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static bool parse_and_write(const char *text, size_t len, buffer *out)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    cihsm_error err = {0};
    if (cihsm_value_parse(text, len, &value, &err) != CIHSM_OK) {
        fuzz_require(value == NULL && err.message[0] != '\0', "a refusal leaves a message only");
        return false;
    }
    fuzz_require(cihsm_value_write(value, 0, append, out, NULL) == CIHSM_OK, "it can be written");
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CIHSM_AUTO(buffer_free) buffer first = buffer_new(WRITTEN_MAX);
    CIHSM_AUTO(buffer_free) buffer second = buffer_new(WRITTEN_MAX);
    CIHSM_AUTO(buffer_free) buffer third = buffer_new(WRITTEN_MAX);
    if (!parse_and_write((const char *)data, size, &first)) {
        return 0;
    }
    /* a fraction beyond 2^53 is written as an integer, which is read as a string */
    fuzz_require(parse_and_write(buffer_text(&first), first.len, &second) &&
                     parse_and_write(buffer_text(&second), second.len, &third),
                 "what was written can be read");
    fuzz_require(strcmp(buffer_text(&second), buffer_text(&third)) == 0,
                 "it is written the same again");
    return 0;
}
