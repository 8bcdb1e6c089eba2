/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"

#define INPUT_MAX ((size_t)64 << 20) /* bytes */

static void file_close(FILE **file)
{
    if (*file != NULL) {
        fclose(*file);
    }
}

cihsm_status cli_input_read(const char *path, char **bytes, size_t *len, cihsm_error *err)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    CIHSM_AUTO(file_close) FILE *opened = is_stdin ? NULL : fopen(path, "re");
    FILE *file = is_stdin ? stdin : opened;
    if (file == NULL) {
        return cli_fail(err, CIHSM_E_CONFIG, "cannot open %.200s: %s", path, strerror(errno));
    }
    *bytes = malloc(INPUT_MAX + 1); /* untouched pages cost nothing */
    if (*bytes == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    *len = fread(*bytes, 1, INPUT_MAX + 1, file);
    if (ferror(file) != 0) {
        return cli_fail(err, CIHSM_E_CONFIG, "cannot read %.200s: %s", path, strerror(errno));
    }
    if (*len > INPUT_MAX) {
        return cli_fail(err, CIHSM_E_CONFIG, "%.200s is larger than %zu bytes", path, INPUT_MAX);
    }
    return CIHSM_OK;
}

void cli_input_free(char **bytes, size_t len)
{
    if (*bytes != NULL) {
        explicit_bzero(*bytes, len);
        free(*bytes);
        *bytes = NULL;
    }
}
