/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_text_parse: a configuration of any shape.
 */
#include "cihsm/scope.h"
#include "client/config_text.h"
#include "fuzz.h"

static cihsm_status take(void *user, const char *section, const char *key, const char *value,
                         unsigned line, cihsm_error *err)
{
    (void)err;
    unsigned *last_line = user;
    fuzz_require(strlen(section) <= CONFIG_NAME_MAX && strlen(key) <= CONFIG_NAME_MAX,
                 "names are short");
    fuzz_require(strchr(key, '\n') == NULL && strchr(value, '\n') == NULL,
                 "a setting stands on one line");
    fuzz_require(line >= 1 && line >= *last_line, "lines are counted");
    *last_line = line;
    return CIHSM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    unsigned last_line = 0;
    cihsm_error err = {0};
    const cihsm_status status = config_text_parse(text, "config", take, &last_line, &err);
    fuzz_require((status == CIHSM_OK) == (err.message[0] == '\0'), "a refusal says why");
    free(text);
    return 0;
}
