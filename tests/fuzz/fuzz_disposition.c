/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The value of a Content-Disposition, as a server sends it: whatever it says, what becomes of it is
 * the name of one file in the folder that the person chose.
 */
#include "base/file_name.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "fuzz.h"
#include "http/disposition.h"

static void check(const char *text)
{
    char name[FILE_NAME_SIZE];
    char again[FILE_NAME_SIZE];
    if (text == NULL || !file_name_make(text, name)) {
        return;
    }
    const size_t len = strlen(name);
    fuzz_require(len > 0 && len < FILE_NAME_SIZE, "a name has a length");
    fuzz_require(strpbrk(name, "/\\") == NULL, "a name is no path");
    fuzz_require(*name != '.' && *name != '-', "a name is neither hidden nor an option");
    fuzz_require(text_is_utf8(name, len), "a name is UTF-8");
    for (const char *c = name; *c != '\0'; c++) {
        fuzz_require((unsigned char)*c >= 0x20 && *c != 0x7f, "a name has no control characters");
    }
    fuzz_require(file_name_make(name, again) && strcmp(name, again) == 0, "a name stays one");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *value = fuzz_text(data, size);
    CIHSM_AUTO(http_disposition_free) http_disposition said = {0};
    fuzz_require(http_disposition_read(value, &said, NULL) == CIHSM_OK, "there is memory");
    check(said.extended);
    check(said.plain);
    check(value);
    free(value);
    return 0;
}
