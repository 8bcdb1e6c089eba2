/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/key.h - private keys on a token: generate, list, find.
 */
#ifndef CIHSM_KEY_H
#define CIHSM_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/token.h"

CIHSM_BEGIN_DECLS

typedef enum cihsm_key_type {
    CIHSM_KEY_OTHER = 0,
    CIHSM_KEY_RSA,
    CIHSM_KEY_EC_P256,
    CIHSM_KEY_EC_P384
} cihsm_key_type;

#define CIHSM_KEY_ID_MAX 64     /**< bytes of CKA_ID */
#define CIHSM_KEY_LABEL_MAX 128 /**< bytes of CKA_LABEL, terminating NUL included */

/** A boolean attribute as the token answers it. */
typedef enum cihsm_tristate {
    CIHSM_UNKNOWN = 0, /**< the token does not say */
    CIHSM_NO,
    CIHSM_YES
} cihsm_tristate;

typedef struct cihsm_key_info {
    const char *uri; /**< canonical RFC 7512 URI, borrowed from the list or key */
    char label[CIHSM_KEY_LABEL_MAX];
    uint8_t id[CIHSM_KEY_ID_MAX];
    size_t id_len; /**< bytes */
    cihsm_key_type type;
    unsigned bits; /**< modulus or curve size; 0 unknown */
    cihsm_tristate sensitive, extractable, always_sensitive, never_extractable, local, sign;
} cihsm_key_info;

typedef struct cihsm_key_list cihsm_key_list;

/** Lists the private keys of the token that match the URI's id and object (NULL: all). */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_key_list_fetch(cihsm_token *token, const char *uri,
                                                            cihsm_key_list **out, cihsm_error *err);
CIHSM_API size_t cihsm_key_list_count(const cihsm_key_list *list);
/** @return entry @p at, borrowed; NULL beyond the end. */
CIHSM_API const cihsm_key_info *cihsm_key_list_at(const cihsm_key_list *list, size_t at);
CIHSM_API void cihsm_key_list_free(cihsm_key_list **list);

/** What to generate. Start with {0}. */
typedef struct cihsm_key_spec {
    cihsm_key_type type;
    unsigned bits;     /**< RSA: 2048, 3072 or 4096; EC: ignored */
    const char *label; /**< required, UTF-8 */
    const uint8_t *id; /**< NULL: 16 random bytes */
    size_t id_len;     /**< bytes, at most CIHSM_KEY_ID_MAX */
} cihsm_key_spec;

/** @return true and the spec's type and bits for "rsa:3072", "ec:P-256" and the like. */
CIHSM_API bool cihsm_key_type_parse(const char *text, cihsm_key_type *type, unsigned *bits);
/** Writes "rsa:3072", "ec:P-256", ... (at most 15 characters) to @p out. */
CIHSM_API void cihsm_key_type_format(cihsm_key_type type, unsigned bits, char out[16]);

/**
 * Generates a key pair on the token: sensitive, never extractable, for signing. Reads the result
 * back and reports it in @p out (a list of one).
 *
 * @retval CIHSM_E_CONFLICT  a key of that label or id exists already; nothing was made
 * @retval CIHSM_E_TOKEN     the token refused; the message says what
 *
 * Source: PKCS#11 v2.40 section 5.13, C_GenerateKeyPair. Not repeated after a failure.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_key_generate(cihsm_token *token,
                                                          const cihsm_key_spec *spec,
                                                          cihsm_key_list **out, cihsm_error *err);

CIHSM_END_DECLS

#endif
