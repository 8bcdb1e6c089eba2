/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/edmx_members - the attributes of an element become the members of its object.
 */
#ifndef ODATA_EDMX_MEMBERS_H
#define ODATA_EDMX_MEMBERS_H

#include <expat.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"
#include "odata/edmx_rule.h"

/** Where the reading is. */
typedef struct edmx_scope {
    XML_Parser parser;
    char *space; /**< namespace of the schema that is open; NULL: none was yet */
    char *alias; /**< of it; may be NULL */
    cihsm_error *err;
} edmx_scope;

/** Fails with the line; @p which is shown in quotes behind @p what, and may be NULL. */
cihsm_status edmx_fail(const edmx_scope *in, const char *what, const char *which);

/** @return the text of an attribute, borrowed; NULL if it is not there. */
const char *edmx_attribute_text(const XML_Char **attributes, const char *name);

/** Fails if it is no name that can stand in a namespace: odata/edmx.h. */
CIHSM_NODISCARD cihsm_status edmx_check_name(const edmx_scope *in, const char *text);

CIHSM_NODISCARD cihsm_status edmx_members_set(const edmx_scope *in, const edmx_rule *by,
                                              const XML_Char **attributes, cihsm_value *to);

#endif
