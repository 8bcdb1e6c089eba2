/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what a value mapping maps from one agency to another. */
#include <stdio.h>

#include <cihsm/scope.h>
#include <cihsm/value_mapping.h>

cihsm_status print_pairs(cihsm_client *client, const char *id,
                         cihsm_error *err)
{
    const cihsm_artifact mapping = {CIHSM_ARTIFACT_VALUE_MAPPING,
                                    id, NULL};
    const cihsm_mapping_schema schema = {"ERP", "country", "Shop",
                                         "region"};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *pairs = NULL;

    const cihsm_status status =
        cihsm_mapping_list(client, &mapping, &schema, &pairs, err);
    const cihsm_value *pair = cihsm_value_first(pairs);
    for (; pair != NULL; pair = cihsm_value_next(pair)) {
        printf("%s -> %s\n",
               cihsm_value_get_string(pair, "SrcValue"),
               cihsm_value_get_string(pair, "TgtValue"));
    }
    return status;
}
