/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/index and partner/name: what is read of an index is written and read as the same; an id
 * has a name that is safe, and the name that id.
 */
#include "cihsm/scope.h"
#include "fuzz.h"
#include "partner/index.h"
#include "partner/layout.h"

#define PATH "partner.json"

static void write_index(const partner_index *from, buffer *out)
{
    fuzz_require(partner_index_make(from->partner, &from->entries, &from->exported, out, NULL) ==
                     CIHSM_OK,
                 "it is written");
}

static void try_index(const char *text, size_t len)
{
    CIHSM_AUTO(partner_index_free) partner_index first = {0};
    CIHSM_AUTO(partner_index_free) partner_index second = {0};
    CIHSM_AUTO(buffer_free) buffer once = buffer_new(SIZE_MAX / 2);
    CIHSM_AUTO(buffer_free) buffer twice = buffer_new(SIZE_MAX / 2);
    if (partner_index_parse(PATH, text, len, &first, NULL) != CIHSM_OK) {
        return;
    }
    for (size_t i = 0; i < first.exported.count; i++) {
        const char *slash = strchr(first.exported.items[i], '/');
        fuzz_require(slash != NULL && strchr(slash + 1, '/') == NULL && slash[1] != '.',
                     "no file is outside");
    }
    partner_entries_sort(&first.entries);
    write_index(&first, &once);
    fuzz_require(partner_index_parse(PATH, once.data, once.len, &second, NULL) == CIHSM_OK,
                 "it is read again");
    write_index(&second, &twice);
    fuzz_require(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0,
                 "it is the same");
}

static void try_name(const char *id)
{
    static const char SAFE[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@~.-%";
    char name[PARTNER_NAME_SIZE];
    char read[PARTNER_ID_SIZE];
    for (int crowded = 0; crowded < 2; crowded++) {
        if (!partner_name_make(id, crowded == 1, name)) {
            continue;
        }
        fuzz_require(name[strspn(name, SAFE)] == '\0' && strchr(".-~", name[0]) == NULL,
                     "a name is safe");
        fuzz_require(partner_name_read(name, strlen(name), read) && strcmp(read, id) == 0,
                     "a name stands for its id");
    }
}

static bool is_named(const char *id, bool is_crowded, const char *name, size_t len)
{
    char made[PARTNER_NAME_SIZE];
    return partner_name_make(id, is_crowded, made) && strlen(made) == len &&
           memcmp(made, name, len) == 0;
}

/* One form may be too long for an id whose other form is not. */
static void try_file(const char *name)
{
    partner_file file;
    if (!partner_file_read(CIHSM_PARTNER_BINARY, name, &file)) {
        return;
    }
    const size_t len = (size_t)(file.extension - name) - 1;
    fuzz_require(is_named(file.id, false, name, len) || is_named(file.id, true, name, len),
                 "it is the name of its id");
}

static void free_copy(char **text)
{
    free(*text);
    *text = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CIHSM_AUTO(free_copy) char *text = fuzz_text(data, size);
    try_index(text, size);
    try_name(text);
    try_file(text);
    return 0;
}
