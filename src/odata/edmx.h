/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/edmx - reads an EDMX document, the $metadata of OData V2, by a real XML parser (expat).
 *
 * Declarations of entities and external references are refused with the DOCTYPE that they need.
 * Elements that are not listed in edmx.c, such as annotations, are passed over.
 */
#ifndef ODATA_EDMX_H
#define ODATA_EDMX_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

#define EDMX_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define EDMX_ELEMENTS_MAX 50000 /**< that are kept; a tenant has about 4,000 */
#define EDMX_DEPTH_MAX 64
#define EDMX_NAME_MAX 512 /**< bytes */

/**
 * Reads what the schemas declare, as it stands there: an object of arrays, each of which may be
 * missing:
 *
 *     types            name, kind (entity, complex), base, media; keys: name;
 *                      properties: name, type, nullable, maxLength;
 *                      navigations: name, relationship, role
 *     associations     name; ends: name (of the role), type, multiplicity
 *     sets             name, type
 *     associationSets  name (of the association); ends: name (of the role), set
 *     functions        name, method, returns, set; parameters: name, type, nullable
 *
 * Names of types are written out with their namespace. Every name is made of letters, digits and
 * "_.-" (types also of parentheses), so that it can be shown and completed as it is.
 *
 * @retval CIHSM_E_PROTOCOL  no XML, no EDMX, of OData V4, broken off, with a DOCTYPE, or beyond
 *                           one of the limits above; the message names the line
 */
CIHSM_NODISCARD cihsm_status odata_edmx_read(const char *xml, size_t len, cihsm_value **out,
                                             cihsm_error *err);

/** @return the version of the expat that runs, "2.5.0". */
const char *odata_edmx_library(void);

#endif
