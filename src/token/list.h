/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/list - slots as the public API describes them.
 */
#ifndef TOKEN_LIST_H
#define TOKEN_LIST_H

#include "cihsm/token_admin.h"
#include "pkcs11/slot.h"

/** Describes a slot. @p uri is owned by the caller; out->uri points to it. */
CIHSM_NODISCARD cihsm_status token_describe(const pkcs11_slot *slot, cihsm_token_info *out,
                                            char **uri, cihsm_error *err);

/** A list of one. */
CIHSM_NODISCARD cihsm_status token_list_of(const pkcs11_slot *slot, cihsm_token_list **out,
                                           cihsm_error *err);

#endif
