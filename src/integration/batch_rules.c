/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/batch_rules.h"

#include <string.h>

static const struct {
    const char *set;
    integration_batch_rule rule;
} RULES[] = {
    {"StringParameters", INTEGRATION_BATCH_ONE_SET},
    {"BinaryParameters", INTEGRATION_BATCH_ONE_SET},
    {"AlternativePartners", INTEGRATION_BATCH_ONE_SET},
    {"AuthorizedUsers", INTEGRATION_BATCH_ONE_SET},
    {"UserCredentialParameters", INTEGRATION_BATCH_ALONE},
    {"CertificateUserMappings", INTEGRATION_BATCH_ALONE},
};

integration_batch_rule integration_batch_rule_of(const integration_catalogue *catalogue,
                                                 const char *path)
{
    const char *set = integration_set_of_path(catalogue, path);
    for (size_t i = 0; set != NULL && i < sizeof RULES / sizeof *RULES; i++) {
        if (strcmp(RULES[i].set, set) == 0) {
            return RULES[i].rule;
        }
    }
    return INTEGRATION_BATCH_FREE;
}
