/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/metadata_type - names of types as people read them.
 */
#ifndef INTEGRATION_METADATA_TYPE_H
#define INTEGRATION_METADATA_TYPE_H

#include "odata/edmx.h"

#define METADATA_TYPE_SIZE (EDMX_NAME_MAX + 1)

/** Leaves out the namespace, but for "Edm.", also in "Collection(x.y.Z)". "" for NULL. */
void metadata_type_short(const char *type, char out[METADATA_TYPE_SIZE]);

#endif
