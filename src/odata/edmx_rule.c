/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/edmx_rule.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

#define NS_M "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata|"
#define NS_ADO "http://schemas.microsoft.com/ado/"

/* clang-format off */
#define NAMED {"Name", "name", EDMX_VALUE_NAME, true}
#define DECLARED {"Name", "name", EDMX_VALUE_DECLARED, true}
#define BASED {"BaseType", "base", EDMX_VALUE_TYPE, false}
#define TYPED {"Type", "type", EDMX_VALUE_TYPE, true}
#define NULLABLE {"Nullable", "nullable", EDMX_VALUE_FLAG, false}
#define ROLE {"Role", "name", EDMX_VALUE_NAME, false}
#define END {NULL, NULL, 0, false}
/* clang-format on */

static const edmx_attribute NAME_ONLY[] = {NAMED, END};
static const edmx_attribute DECLARED_ONLY[] = {DECLARED, END};
static const edmx_attribute ENTITY_TYPE[] = {
    DECLARED, BASED, {NS_M "HasStream", "media", EDMX_VALUE_FLAG, false}, END};
static const edmx_attribute COMPLEX_TYPE[] = {DECLARED, BASED, END};
static const edmx_attribute PROPERTY[] = {
    NAMED, TYPED, NULLABLE, {"MaxLength", "maxLength", EDMX_VALUE_COUNT, false}, END};
static const edmx_attribute NAVIGATION[] = {NAMED,
                                            {"Relationship", "relationship", EDMX_VALUE_TYPE, true},
                                            {"ToRole", "role", EDMX_VALUE_NAME, true},
                                            END};
static const edmx_attribute ASSOCIATION_END[] = {
    ROLE, TYPED, {"Multiplicity", "multiplicity", EDMX_VALUE_MULTIPLICITY, false}, END};
static const edmx_attribute ENTITY_SET[] = {
    NAMED, {"EntityType", "type", EDMX_VALUE_TYPE, true}, END};
static const edmx_attribute ASSOCIATION_SET[] = {{"Association", "name", EDMX_VALUE_TYPE, true},
                                                 END};
static const edmx_attribute SET_END[] = {ROLE, {"EntitySet", "set", EDMX_VALUE_NAME, true}, END};
static const edmx_attribute FUNCTION[] = {NAMED,
                                          {NS_M "HttpMethod", "method", EDMX_VALUE_NAME, false},
                                          {"ReturnType", "returns", EDMX_VALUE_TYPE, false},
                                          {"EntitySet", "set", EDMX_VALUE_NAME, false},
                                          END};
static const edmx_attribute PARAMETER[] = {NAMED, TYPED, NULLABLE, END};

static const edmx_rule RULES[] = {
    {EDMX_DOCUMENT, "Edmx", EDMX_ROOT, NULL, NULL, NULL},
    {EDMX_ROOT, "DataServices", EDMX_SERVICES, NULL, NULL, NULL},
    {EDMX_SERVICES, "Schema", EDMX_SCHEMA, NULL, NULL, NULL},
    {EDMX_SCHEMA, "EntityType", EDMX_TYPE, "types", "entity", ENTITY_TYPE},
    {EDMX_SCHEMA, "ComplexType", EDMX_TYPE, "types", "complex", COMPLEX_TYPE},
    {EDMX_TYPE, "Key", EDMX_KEY, NULL, NULL, NULL},
    {EDMX_KEY, "PropertyRef", EDMX_LEAF, "keys", NULL, NAME_ONLY},
    {EDMX_TYPE, "Property", EDMX_LEAF, "properties", NULL, PROPERTY},
    {EDMX_TYPE, "NavigationProperty", EDMX_LEAF, "navigations", NULL, NAVIGATION},
    {EDMX_SCHEMA, "Association", EDMX_ASSOCIATION, "associations", NULL, DECLARED_ONLY},
    {EDMX_ASSOCIATION, "End", EDMX_LEAF, "ends", NULL, ASSOCIATION_END},
    {EDMX_SCHEMA, "EntityContainer", EDMX_CONTAINER, NULL, NULL, NULL},
    {EDMX_CONTAINER, "EntitySet", EDMX_LEAF, "sets", NULL, ENTITY_SET},
    {EDMX_CONTAINER, "AssociationSet", EDMX_ASSOCIATION_SET, "associationSets", NULL,
     ASSOCIATION_SET},
    {EDMX_ASSOCIATION_SET, "End", EDMX_LEAF, "ends", NULL, SET_END},
    {EDMX_CONTAINER, "FunctionImport", EDMX_FUNCTION, "functions", NULL, FUNCTION},
    {EDMX_FUNCTION, "Parameter", EDMX_LEAF, "parameters", NULL, PARAMETER},
};

/* The name without its namespace, if that is one of the EDMX and EDM namespaces of V1 to V3. */
static const char *edm_name(const char *qualified)
{
    const char *end = strrchr(qualified, EDMX_NAMESPACE_END);
    if (end == NULL || !text_starts(qualified, NS_ADO)) {
        return NULL;
    }
    const bool is_edm = memcmp(end - 4, "/edm", 4) == 0 || memcmp(end - 5, "/edmx", 5) == 0;
    return is_edm ? end + 1 : NULL;
}

const edmx_rule *edmx_rule_of(edmx_element parent, const char *qualified)
{
    const char *name = edm_name(qualified);
    for (size_t i = 0; name != NULL && i < sizeof RULES / sizeof *RULES; i++) {
        if (RULES[i].parent == parent && strcmp(RULES[i].name, name) == 0) {
            return &RULES[i];
        }
    }
    return NULL;
}
