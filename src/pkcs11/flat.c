/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/flat.h"

#include <stdalign.h>
#include <string.h>

/* Values may be numbers: each begins where any type may. */
static size_t room_for(CK_ULONG len)
{
    enum { UNIT = alignof(max_align_t) };
    return (len + UNIT - 1) / UNIT * UNIT;
}

static size_t size_of_attributes(CK_ULONG count)
{
    return room_for(count * sizeof(CK_ATTRIBUTE));
}

size_t pkcs11_flat_size(const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    size_t size = size_of_attributes(count);
    for (CK_ULONG i = 0; i < count; i++) {
        size += room_for(attributes[i].ulValueLen);
    }
    return size;
}

void pkcs11_flat_write(void *block, const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    CK_ATTRIBUTE *copies = block;
    unsigned char *value = (unsigned char *)block + size_of_attributes(count);
    for (CK_ULONG i = 0; i < count; i++) {
        copies[i] = (CK_ATTRIBUTE){attributes[i].type, NULL, attributes[i].ulValueLen};
        if (attributes[i].ulValueLen > 0) {
            memcpy(value, attributes[i].pValue, attributes[i].ulValueLen);
        }
        value += room_for(attributes[i].ulValueLen);
    }
}

CK_ATTRIBUTE *pkcs11_flat_open(void *block, CK_ULONG count)
{
    CK_ATTRIBUTE *attributes = block;
    unsigned char *value = (unsigned char *)block + size_of_attributes(count);
    for (CK_ULONG i = 0; i < count; i++) {
        attributes[i].pValue = value;
        value += room_for(attributes[i].ulValueLen);
    }
    return attributes;
}
