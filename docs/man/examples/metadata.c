/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * VariableName key
 * IntegrationFlow key
 * Visibility property
 * UpdatedAt property
 * RetainUntil property
 */
#include <stdio.h>

#include <cihsm/metadata.h>
#include <cihsm/scope.h>

int main(void)
{
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *members = NULL;
    cihsm_error err = {0};

    if (cihsm_metadata_documented(&metadata, &err) != CIHSM_OK ||
        cihsm_metadata_members(metadata, "Variables", &members,
                               &err) != CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (const cihsm_value *row = cihsm_value_first(members);
         row != NULL; row = cihsm_value_next(row)) {
        printf("%s %s\n", cihsm_value_get_string(row, "Name"),
               cihsm_value_get_string(row, "Kind"));
    }
    return 0;
}
