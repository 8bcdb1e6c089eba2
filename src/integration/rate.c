/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/rate.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cihsm/value.h"

#define NAME_SIZE 96 /* longer names are of no resource */

enum {
    NUMBER_RANGES,
    LOGS,
    RUNTIME,
    PARTNERS,
    ALTERNATIVE_PARTNERS,
    AUTHORIZED_USERS,
    STRING_PARAMETERS,
    BINARY_PARAMETERS,
    DESIGN_TIME,
    SECURITY,
    UNLIMITED = INTEGRATION_RATE_GROUPS
};

static const unsigned USER_PER_SECOND[INTEGRATION_RATE_GROUPS] = {
    [NUMBER_RANGES] = 5,
    [LOGS] = 100,
    [RUNTIME] = 50,
    [PARTNERS] = 25,
    [ALTERNATIVE_PARTNERS] = 25,
    [AUTHORIZED_USERS] = 25,
    [STRING_PARAMETERS] = 25,
    [BINARY_PARAMETERS] = 25,
    [DESIGN_TIME] = 10,
    [SECURITY] = 10,
};

/* Of resources that are not counted with the rest of their section. */
static const struct {
    const char *name;
    unsigned group;
} BY_NAME[] = {
    {"NumberRanges", NUMBER_RANGES},
    {"IntegrationRuntimeArtifacts", RUNTIME},
    {"RuntimeArtifactErrorInformations", RUNTIME},
    {"ServiceEndpoints", UNLIMITED}, /* of what runs, but no limit is documented */
    {"EntryPoints", UNLIMITED},
    {"APIDefinitions", UNLIMITED},
    {"Partners", PARTNERS},
    {"AlternativePartners", ALTERNATIVE_PARTNERS},
    {"AuthorizedUsers", AUTHORIZED_USERS},
    {"StringParameters", STRING_PARAMETERS},
    {"BinaryParameters", BINARY_PARAMETERS},
};

static unsigned group_of(const integration_catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < sizeof BY_NAME / sizeof *BY_NAME; i++) {
        if (strcmp(BY_NAME[i].name, name) == 0) {
            return BY_NAME[i].group;
        }
    }
    if (text_starts(name, "MessageProcessingLog")) {
        return LOGS;
    }
    const cihsm_value *resource = integration_resource(catalogue, name);
    const char *section = cihsm_value_get_string(resource, "section");
    if (text_equal(section, "Integration Content")) {
        return DESIGN_TIME;
    }
    return text_equal(section, "Security Content") ? SECURITY : UNLIMITED;
}

integration_rate integration_rate_of(const integration_catalogue *catalogue, const char *path)
{
    char name[NAME_SIZE];
    path += strspn(path, "/");
    const size_t len = strcspn(path, "(/?");
    if (len >= sizeof name) {
        return (integration_rate){0};
    }
    snprintf(name, sizeof name, "%.*s", (int)len, path);
    const unsigned group = group_of(catalogue, name);
    if (group == UNLIMITED) {
        return (integration_rate){0};
    }
    return (integration_rate){.group = group, .user_per_second = USER_PER_SECOND[group]};
}
