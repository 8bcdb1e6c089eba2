/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/strict - the attributes that forbid a new key everything but signing. Tokens may refuse
 * some of them, so they are opt-in; one table says what they are and what they are called.
 */
#ifndef PKCS11_STRICT_H
#define PKCS11_STRICT_H

#include <stdbool.h>
#include <stddef.h>

#include <p11-kit/pkcs11.h>

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"

enum { STRICT_COUNT = 8 }; /* attributes; bit N of a set stands for attribute N */

/**
 * @param leave_out  comma list of names; NULL: none
 * @param out        the set; 0 if not wanted
 * @retval CIHSM_E_USAGE  an unknown name, or something left out of nothing
 */
CIHSM_NODISCARD cihsm_status strict_choose(bool wanted, const char *leave_out, unsigned *out,
                                           cihsm_error *err);

/** Writes the attributes of the set for one half of the pair, all with the value @p no, borrowed.
 */
CK_ULONG strict_fill(unsigned set, bool public_half, CK_BBOOL *no, CK_ATTRIBUTE *to);

/**
 * Appends "CKA_DECRYPT and CKA_COPYABLE" for the refused ones, and what leave_out must hold so that
 * only the accepted ones are asked for: "decrypt,copyable".
 */
CIHSM_NODISCARD cihsm_status strict_describe(unsigned refused, unsigned accepted,
                                             buffer *attributes, buffer *names, cihsm_error *err);

/** True if a token may answer so because of an attribute of a template. */
bool strict_may_be_cause(CK_RV rv);

#endif
