/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "integration/rate.h"

typedef struct path_row {
    const char *path;
    unsigned user_per_second;
} path_row;

static const path_row PATHS[] = {
    {"MessageProcessingLogs", 100},
    {"MessageProcessingLogs?$top=1", 100},
    {"MessageProcessingLogs('a%2Fb')/Runs?$top=1", 100},
    {"MessageProcessingLogAttachments('x')/$value", 100},
    {"/MessageProcessingLogs/$count", 100},
    {"IntegrationRuntimeArtifacts", 50},
    {"IntegrationRuntimeArtifacts('x')/ErrorInformation/$value", 50},
    {"Partners", 25},
    {"AlternativePartners(Hexagency='61')", 25},
    {"AuthorizedUsers", 25},
    {"StringParameters(Pid='a',Id='b')", 25},
    {"BinaryParameters", 25},
    {"IntegrationPackages('x')/IntegrationDesigntimeArtifacts", 10},
    {"IntegrationDesigntimeArtifacts(Id='a',Version='active')/$value", 10},
    {"DeployIntegrationDesigntimeArtifact?Id='a'&Version='active'", 10},
    {"KeystoreEntries", 10},
    {"UserCredentials('x')", 10},
    {"AccessPolicies", 10},
    {"NumberRanges('x')", 5},
    {"ServiceEndpoints", 0},
    {"UserCredentialParameters", 0},
    {"DataStores", 0},
    {"LogFiles", 0},
    {"$metadata", 0},
    {"$batch", 0},
    {"Unknown", 0},
    {"integrationpackages", 0},
    {"", 0},
    {"?$format=json", 0},
};

static integration_rate rate_of(const char *path)
{
    const integration_catalogue *catalogue = NULL;
    assert_int_equal(integration_catalogue_get(&catalogue, NULL), CIHSM_OK);
    return integration_rate_of(catalogue, path);
}

static void paths_have_the_documented_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
        const integration_rate rate = rate_of(PATHS[i].path);
        if (rate.user_per_second != PATHS[i].user_per_second) {
            print_error("%s\n", PATHS[i].path);
        }
        assert_int_equal(rate.user_per_second, PATHS[i].user_per_second);
        assert_true(rate.group < INTEGRATION_RATE_GROUPS);
    }
}

static void what_is_counted_together_is_one_group(void **state)
{
    (void)state;
    assert_int_equal(rate_of("KeystoreEntries").group, rate_of("SecureParameters").group);
    assert_int_equal(rate_of("Resources").group, rate_of("ValMaps").group);
    assert_int_not_equal(rate_of("Partners").group, rate_of("AuthorizedUsers").group);
    assert_int_not_equal(rate_of("KeystoreEntries").group, rate_of("Resources").group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_have_the_documented_limit),
        cmocka_unit_test(what_is_counted_together_is_one_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
