/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive/zip_reader.h: a zip from anywhere. No name leaves its folder, and what comes out is
 * bounded.
 */
#include "archive/zip_reader.h"
#include "base/text.h"
#include "cihsm/archive.h"
#include "cihsm/scope.h"
#include "fuzz.h"

enum { READ_MAX = 1 << 20 }; /* bytes of a zip, for speed */

static bool stays_below(const char *name)
{
    return name[0] != '/' && !text_equal(name, "..") && !text_starts(name, "../") &&
           strstr(name, "/../") == NULL && strchr(name, '\\') == NULL &&
           text_is_utf8(name, strlen(name));
}

static void walk(const uint8_t *data, size_t size)
{
    static char bytes[4096];
    CIHSM_AUTO(zip_reader_close) zip_reader reader = {0};
    zip_entry entry = {.name = NULL};
    size_t total = 0;
    if (zip_reader_open(data, size, &reader, NULL) != CIHSM_OK) {
        return;
    }
    while (zip_reader_next(&reader, &entry, NULL) == CIHSM_OK && entry.name != NULL) {
        fuzz_require(stays_below(entry.name), "the name is a path below the folder");
        size_t got = 0;
        while (total < READ_MAX &&
               zip_reader_read(&reader, bytes, sizeof bytes, &got, NULL) == CIHSM_OK && got > 0) {
            fuzz_require(got <= sizeof bytes, "there is room");
            total += got;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *archive = NULL;
    cihsm_error err = {0};
    walk(data, size);
    if (cihsm_archive_new(&archive, NULL) != CIHSM_OK ||
        cihsm_archive_append(archive, data, size, NULL) != CIHSM_OK) {
        return 0;
    }
    if (cihsm_archive_check_id(archive, "Orders", &err) != CIHSM_OK) {
        fuzz_require(err.message[0] != '\0', "a refusal tells why");
    }
    return 0;
}
