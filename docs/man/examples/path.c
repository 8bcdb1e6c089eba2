/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * IntegrationPackages('it''s')
 * Sender eq 'O''Neill'
 */
#include <stdio.h>

#include <cihsm/path.h>

int main(void)
{
    char path[CIHSM_PATH_SIZE];
    char filter[CIHSM_PATH_SIZE];
    cihsm_error err = {0};

    if (cihsm_path_entity("IntegrationPackages", "it's", NULL, path,
                          &err) != CIHSM_OK ||
        cihsm_filter_equal("Sender", "O'Neill", filter, &err) !=
            CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("%s\n%s\n", path, filter);
    return 0;
}
