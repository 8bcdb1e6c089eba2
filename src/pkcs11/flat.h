/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/flat - a template and its values in one block of memory, so that it can be copied.
 */
#ifndef PKCS11_FLAT_H
#define PKCS11_FLAT_H

#include <stddef.h>

#include <p11-kit/pkcs11.h>

/** @return bytes of the block. */
size_t pkcs11_flat_size(const CK_ATTRIBUTE *attributes, CK_ULONG count);

/** Writes the block: the attributes, then their values. Its pointers are not set. */
void pkcs11_flat_write(void *block, const CK_ATTRIBUTE *attributes, CK_ULONG count);

/** Sets the pointers of a block that lies where it stays. @return its attributes */
CK_ATTRIBUTE *pkcs11_flat_open(void *block, CK_ULONG count);

#endif
