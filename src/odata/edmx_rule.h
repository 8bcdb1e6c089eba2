/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/edmx_rule - which elements of an EDMX document are kept, and what of them.
 */
#ifndef ODATA_EDMX_RULE_H
#define ODATA_EDMX_RULE_H

#include <stdbool.h>

#define EDMX_NAMESPACE_END '|' /* between a namespace and a name, as expat is told */

/* What an element is; EDMX_OTHER and all below it is passed over. */
typedef enum edmx_element {
    EDMX_OTHER = 0,
    EDMX_DOCUMENT, /* above the root */
    EDMX_ROOT,
    EDMX_SERVICES,
    EDMX_SCHEMA,
    EDMX_TYPE, /* entity or complex */
    EDMX_KEY,
    EDMX_ASSOCIATION,
    EDMX_CONTAINER,
    EDMX_ASSOCIATION_SET,
    EDMX_FUNCTION,
    EDMX_LEAF /* what has no children of interest */
} edmx_element;

typedef enum edmx_value {
    EDMX_VALUE_NAME = 1,
    EDMX_VALUE_DECLARED, /* a name that gets the namespace of its schema */
    EDMX_VALUE_TYPE,     /* the name of something declared, maybe with the alias of its schema */
    EDMX_VALUE_FLAG,
    EDMX_VALUE_COUNT,
    EDMX_VALUE_MULTIPLICITY
} edmx_value;

typedef struct edmx_attribute {
    const char *name; /* as expat has it: "Name", or "namespace|HasStream" */
    const char *member;
    edmx_value kind;
    bool is_required;
} edmx_attribute;

/* An element inside another one: an object in a list of that one's object. */
typedef struct edmx_rule {
    edmx_element parent;
    const char *name;
    edmx_element is;
    const char *list; /* NULL: it has no object, what is below it goes to its parent's */
    const char *kind; /* of a type */
    const edmx_attribute *attributes; /* a row without a name ends them; NULL: none */
} edmx_rule;

/** @return the rule for an element inside @p parent; NULL: it is passed over. */
const edmx_rule *edmx_rule_of(edmx_element parent, const char *qualified);

#endif
