/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm_metadata_parse and the rows made of it: whatever a tenant sends as its $metadata becomes
 * bounded rows with names that can be shown and completed, or an error with one harmless line.
 */
#include "base/text.h"
#include "cihsm/metadata.h"
#include "cihsm/scope.h"
#include "fuzz.h"

static void check_line(const char *line)
{
    for (const char *at = line; *at != '\0'; at++) {
        const unsigned char c = (unsigned char)*at;
        fuzz_require(c >= 0x20 && c != 0x7f, "no terminal obeys it");
    }
}

/* Names go to a shell, one a line. */
static void check_names(const cihsm_value *rows, const char *member)
{
    for (const cihsm_value *row = cihsm_value_first(rows); row != NULL;
         row = cihsm_value_next(row)) {
        const char *name = cihsm_value_get_string(row, member);
        fuzz_require(name != NULL && name[0] != '\0', "each row has a name");
        fuzz_require(strpbrk(name, " \t\r\n\"'`$&|;<>()\\*?[]{}!#~") == NULL,
                     "a shell takes it for one word");
        fuzz_require(text_is_utf8(name, strlen(name)), "it is UTF-8");
        check_line(name);
    }
}

static void check_members(const cihsm_metadata *metadata, const cihsm_value *sets)
{
    const cihsm_value *set = cihsm_value_first(sets);
    for (int i = 0; i < 8 && set != NULL; i++, set = cihsm_value_next(set)) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
        const char *name = cihsm_value_get_string(set, "Set");
        if (cihsm_metadata_members(metadata, name, &rows, NULL) == CIHSM_OK) {
            check_names(rows, "Name");
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *sets = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *functions = NULL;
    cihsm_error err = {0};
    if (cihsm_metadata_parse((const char *)data, size, &metadata, &err) != CIHSM_OK) {
        fuzz_require(metadata == NULL && err.status == CIHSM_E_PROTOCOL, "it is a bad answer");
        check_line(err.message);
        return 0;
    }
    if (cihsm_metadata_sets(metadata, &sets, NULL) == CIHSM_OK) {
        fuzz_require(cihsm_value_count(sets) > 0, "there is a set");
        check_names(sets, "Set");
        check_members(metadata, sets);
    }
    if (cihsm_metadata_functions(metadata, &functions, NULL) == CIHSM_OK) {
        check_names(functions, "Function");
    }
    return 0;
}
