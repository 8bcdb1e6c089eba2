/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/slot - finds the one token that a URI means.
 */
#ifndef PKCS11_SLOT_H
#define PKCS11_SLOT_H

#include <stdbool.h>

#include "pkcs11/call.h"
#include "pkcs11/uri.h"

typedef struct pkcs11_slot {
    CK_SLOT_ID id;
    CK_TOKEN_INFO info; /**< text fields padded with blanks, whatever the module did */
} pkcs11_slot;

/**
 * One C_GetSlotList and one C_GetTokenInfo per slot.
 *
 * @retval CIHSM_E_TOKEN  none or several match; the message lists them
 */
CIHSM_NODISCARD cihsm_status pkcs11_slot_find(const pkcs11_link *link, P11KitUri *uri,
                                              pkcs11_slot *out, cihsm_error *err);

/** What is in a slot now. */
CIHSM_NODISCARD CK_RV pkcs11_slot_read(const pkcs11_link *link, CK_SLOT_ID id, pkcs11_slot *out);

typedef struct pkcs11_slots {
    pkcs11_slot *list;
    size_t count;
} pkcs11_slots;

void pkcs11_slots_free(pkcs11_slots *slots);

/** All slots with a token in them, initialised or not; one that gives no information is logged and
 *  left out. */
CIHSM_NODISCARD cihsm_status pkcs11_slots_read(const pkcs11_link *link, pkcs11_slots *out,
                                               cihsm_error *err);

/** True if the URI's token attributes and slot-id fit; a URI without them fits everything. */
bool pkcs11_slot_matches(P11KitUri *uri, const pkcs11_slot *slot);

/** Copies a blank-padded field of the standard to @p out, which has room for size + 1 bytes. What
 * is no UTF-8 and control characters become "?". */
void pkcs11_slot_text(const CK_UTF8CHAR *field, size_t size, char *out);

#endif
