/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives a target each file of a folder, as it is and cut off at up to 64 places. Needs no fuzzer.
 */
#include <dirent.h>
#include <limits.h>

#include "fuzz.h"

#define CUTS 64

/* In memory of just that size, so that a sanitizer sees the first byte read beyond it. */
static void give(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size);
    fuzz_require(exact != NULL || size == 0, "there is memory");
    if (size > 0) {
        memcpy(exact, bytes, size);
    }
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    fuzz_require(file != NULL && fseek(file, 0, SEEK_END) == 0, path);
    const long length = ftell(file);
    fuzz_require(length >= 0 && fseek(file, 0, SEEK_SET) == 0, path);
    *size = (size_t)length;
    uint8_t *bytes = malloc(*size + 1);
    fuzz_require(bytes != NULL && fread(bytes, 1, *size, file) == *size, path);
    fclose(file);
    return bytes;
}

static void replay(const char *path)
{
    size_t size = 0;
    uint8_t *bytes = read_file(path, &size);
    fprintf(stderr, "%s: %zu bytes\n", path, size); /* the last line of a crash names its file */
    give(bytes, size);
    for (size_t cut = 0; cut < CUTS && cut < size; cut++) {
        give(bytes, size * cut / (size < CUTS ? size : CUTS));
    }
    free(bytes);
}

int main(int argc, char **argv)
{
    fuzz_require(argc == 2, "the one argument is a folder");
    struct dirent **entries = NULL;
    const int count = scandir(argv[1], &entries, NULL, alphasort);
    int files = 0;
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        if (entries[i]->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
            replay(path);
            files++;
        }
        free(entries[i]);
    }
    free(entries);
    fuzz_require(files > 0, "there is a corpus");
    return 0;
}
