/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/libp11 - libp11 at one slot. Its calls go into the module, so they are made as those are:
 * by pkcs11_call, in a thread where they can be left when their time is over.
 *
 * Owns libp11's objects. What a call is inside that was left is kept for the life of the process:
 * it is in use, and later libp11 would call the module with what was there before.
 */
#ifndef TOKEN_LIBP11_H
#define TOKEN_LIBP11_H

#include "cihsm/api.h"
#include "pkcs11/call.h"

typedef struct token_libp11 token_libp11;

enum { TOKEN_LABEL_BYTES = 32 };

/** Padded with blanks: libp11 hands the pointer on, and the token reads 32 bytes. */
typedef struct token_label {
    char text[TOKEN_LABEL_BYTES + 1];
} token_label;

/**
 * Lists the slots. The module is initialised already: libp11 only joins.
 *
 * @return CKR_TOKEN_NOT_PRESENT: there is no token in the slot; else the code of libp11's calls
 */
CIHSM_NODISCARD CK_RV token_libp11_open(const pkcs11_link *link, CK_SLOT_ID slot,
                                        token_libp11 **out);

/** Ends all sessions of the slot and makes the next ones of libp11 such that may write. */
CIHSM_NODISCARD CK_RV token_libp11_end_sessions(const pkcs11_link *link, token_libp11 *of);

/* A PIN has no NUL inside and may be NULL: it is typed at the token. */

CIHSM_NODISCARD CK_RV token_libp11_init_token(const pkcs11_link *link, token_libp11 *of,
                                              const char *officer, const token_label *label);
CIHSM_NODISCARD CK_RV token_libp11_init_pin(const pkcs11_link *link, token_libp11 *of,
                                            const char *pin);
CIHSM_NODISCARD CK_RV token_libp11_change_pin(const pkcs11_link *link, token_libp11 *of,
                                              const char *old_pin, const char *new_pin);

/** Ends the sessions of the slot. Sets *of to NULL; NULL is fine. */
void token_libp11_close(const pkcs11_link *link, token_libp11 **of);

#endif
