/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive/manifest.h: a value that is found is UTF-8 text without blanks at its ends, and is found
 * again in a manifest of that one line.
 */
#include <string.h>

#include "archive/manifest.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "fuzz.h"

#define NAME "Bundle-SymbolicName"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CIHSM_AUTO(text_free) char *value = NULL;
    CIHSM_AUTO(text_free) char *line = NULL;
    CIHSM_AUTO(text_free) char *again = NULL;
    const char *text = (const char *)data;
    if (manifest_header(text, size, NAME, &value, NULL) != CIHSM_OK || value == NULL) {
        return 0;
    }
    const size_t len = strlen(value);
    fuzz_require(text_is_utf8(value, len), "it is text");
    fuzz_require(strpbrk(value, ";\r\n") == NULL, "it is one line without directives");
    fuzz_require(len == 0 ||
                     (strchr(" \t", value[0]) == NULL && strchr(" \t", value[len - 1]) == NULL),
                 "it has no blanks at its ends");
    if (text_format(&line, NULL, NAME ": %s\r\n", value) != CIHSM_OK) {
        return 0;
    }
    fuzz_require(manifest_header(line, strlen(line), NAME, &again, NULL) == CIHSM_OK,
                 "it is read again");
    fuzz_require(text_equal(value, again), "it is the same");
    return 0;
}
