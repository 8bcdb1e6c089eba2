/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/metadata_type.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

void metadata_type_short(const char *type, char out[METADATA_TYPE_SIZE])
{
    static const char COLLECTION[] = "Collection(";
    out[0] = '\0';
    if (type == NULL) {
        return;
    }
    const size_t before = text_starts(type, COLLECTION) ? sizeof COLLECTION - 1 : 0;
    const char *name = type + before;
    const char *dot = strrchr(name, '.');
    if (dot != NULL && !text_starts(name, "Edm.")) {
        name = dot + 1;
    }
    snprintf(out, METADATA_TYPE_SIZE, "%.*s%s", (int)before, type, name);
}
