/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * ScriptCollectionDesigntimeArtifacts(Id='S',Version='active')/Resources
 * a.groovy is sent as groovy
 */
#include <stdio.h>

#include <cihsm/artifact_resource.h>

int main(void)
{
    const cihsm_artifact scripts = {
        CIHSM_ARTIFACT_SCRIPT_COLLECTION, "S", NULL};
    char path[CIHSM_PATH_SIZE];
    cihsm_error err = {0};

    if (cihsm_artifact_resource_list_path(&scripts, path, &err) !=
        CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("%s\na.groovy is sent as %s\n", path,
           cihsm_artifact_resource_type("a.groovy"));
    return 0;
}
