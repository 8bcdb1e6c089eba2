/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz - what the targets share: the entry that libFuzzer and replay.c call, and a check.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the process, which is what a fuzzer looks for. */
static inline void fuzz_require(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "this does not hold: %s\n", what);
        abort();
    }
}

/** A copy with a NUL behind it; free it. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    fuzz_require(text != NULL, "there is memory");
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    return text;
}

#endif
