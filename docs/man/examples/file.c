/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * example.txt is complete
 */
#include <stdio.h>

#include <cihsm/file.h>
#include <cihsm/scope.h>

int main(void)
{
    /* removed, unless it is committed */
    CIHSM_AUTO(cihsm_file_discard) cihsm_file *file = NULL;
    cihsm_error err = {0};

    if (cihsm_file_begin("example.txt", 0600, &file, &err) !=
            CIHSM_OK ||
        cihsm_file_append(file, "one\n", 4, &err) != CIHSM_OK ||
        cihsm_file_append(file, "two\n", 4, &err) != CIHSM_OK ||
        cihsm_file_commit(&file, &err) != CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    puts("example.txt is complete");
    return 0;
}
