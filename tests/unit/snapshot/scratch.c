/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/snapshot/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "archive/tree.h"
#include "base/buffer.h"
#include "base/file.h"
#include "cihsm/scope.h"

int scratch_make(void **state)
{
    char *folder = strdup("snapshot.XXXXXX");
    *state = folder;
    return folder == NULL || mkdtemp(folder) == NULL;
}

int scratch_remove(void **state)
{
    tree_remove(*state);
    free(*state);
    return 0;
}

const char *scratch_path(char out[PATH_SIZE], const char *folder, const char *name)
{
    snprintf(out, PATH_SIZE, "%s/%s", folder, name);
    return out;
}

void scratch_write(const char *folder, const char *name, const char *text)
{
    char path[PATH_SIZE];
    scratch_path(path, folder, name);
    for (char *slash = strchr(path + strlen(folder) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    assert_int_equal(cihsm_file_write(path, 0600, text, strlen(text), NULL), CIHSM_OK);
}

void scratch_expect(const char *folder, const char *name, const char *text)
{
    char path[PATH_SIZE];
    CIHSM_AUTO(buffer_free) buffer found = buffer_new(65536);
    assert_int_equal(file_read(scratch_path(path, folder, name), "file", &found, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&found), text);
}
