/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/key.h - private keys on a token: generate, list, find.
 *
 * Threads: any thread may call, and a token may be shared; a list is not changed once it is made.
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

/** What a key is. */
typedef enum cihsm_key_type {
    CIHSM_KEY_OTHER = 0, /**< none of those below: this library cannot use it */
    CIHSM_KEY_RSA,       /**< RSA; bits tells the modulus */
    CIHSM_KEY_EC_P256,   /**< EC on the curve P-256 (prime256v1) */
    CIHSM_KEY_EC_P384    /**< EC on the curve P-384 (secp384r1) */
} cihsm_key_type;

#define CIHSM_KEY_ID_MAX 64     /**< bytes of CKA_ID */
#define CIHSM_KEY_LABEL_MAX 128 /**< bytes of CKA_LABEL, terminating NUL included */

/** A boolean attribute as the token answers it. */
typedef enum cihsm_tristate {
    CIHSM_UNKNOWN = 0, /**< the token does not say */
    CIHSM_NO,          /**< the token says no */
    CIHSM_YES          /**< the token says yes */
} cihsm_tristate;

/** A private key, as the token tells it. */
typedef struct cihsm_key_info {
    const char *uri;                 /**< canonical RFC 7512 URI, borrowed from the list or key */
    char label[CIHSM_KEY_LABEL_MAX]; /**< CKA_LABEL; "" if it has none */
    uint8_t id[CIHSM_KEY_ID_MAX];    /**< CKA_ID */
    size_t id_len;                   /**< bytes */
    cihsm_key_type type;             /**< by CKA_KEY_TYPE and the curve */
    unsigned bits;                   /**< modulus or curve size; 0 unknown */
    /** CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_LOCAL,
     *  CKA_SIGN. */
    cihsm_tristate sensitive, extractable, always_sensitive, never_extractable, local, sign;
    cihsm_tristate always_authenticate; /**< wants its PIN for each signature */
    char mechanism[32]; /**< that generated it, "CKM_EC_KEY_PAIR_GEN"; "" if the token does not say
                         */
} cihsm_key_info;

/** Keys that were found or made. */
typedef struct cihsm_key_list cihsm_key_list;

/**
 * Lists the private keys of the token that match the URI's id and object (NULL: all).
 *
 * @param token  logged in
 * @param uri    RFC 7512; NULL: all keys
 * @param out    yours; may be empty
 * @retval CIHSM_E_USAGE  the URI is malformed
 * @retval else           as for cihsm_token_open
 *
 * Source: PKCS#11 v2.40 section 5.7, C_FindObjects and C_GetAttributeValue.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_key_list_fetch(cihsm_token *token, const char *uri,
                                                            cihsm_key_list **out, cihsm_error *err);
/** @return the number of keys. */
CIHSM_API size_t cihsm_key_list_count(const cihsm_key_list *list);
/** @return entry @p at, borrowed; NULL beyond the end. */
CIHSM_API const cihsm_key_info *cihsm_key_list_at(const cihsm_key_list *list, size_t at);
/** Frees it, sets *list to NULL. NULL is fine. */
CIHSM_API void cihsm_key_list_free(cihsm_key_list **list);

/** What to generate. Start with {0}. */
typedef struct cihsm_key_spec {
    cihsm_key_type type; /**< any but CIHSM_KEY_OTHER */
    unsigned bits;       /**< RSA: 2048, 3072 or 4096; EC: ignored */
    const char *label;   /**< required, UTF-8 */
    const uint8_t *id;   /**< NULL: 16 random bytes */
    size_t id_len;       /**< bytes, at most CIHSM_KEY_ID_MAX */
    bool strict; /**< forbid the key everything but signing by further attributes, all false:
                      decrypt, unwrap, derive, sign-recover, copyable, modifiable of the private
                      key, encrypt, verify-recover of the public one. Tokens may refuse some */
    const char *leave_out; /**< comma list of those names that are not asked for; NULL: none */
} cihsm_key_spec;

/**
 * @param text  any case
 * @param type  set if it is one
 * @param bits  of the modulus or the curve; set if it is one
 * @return true and the spec's type and bits for "rsa:3072", "ec:P-256" and the like.
 */
CIHSM_API bool cihsm_key_type_parse(const char *text, cihsm_key_type *type, unsigned *bits);
/**
 * Writes "rsa:3072", "ec:P-256", ... (at most 15 characters) to @p out.
 *
 * @param type  CIHSM_KEY_OTHER is written as "other"
 * @param bits  of the modulus; for curves it does not matter
 */
CIHSM_API void cihsm_key_type_format(cihsm_key_type type, unsigned bits, char out[16]);

/**
 * Looks at what needs no token.
 *
 * @param spec  as for cihsm_key_generate
 * @retval CIHSM_E_USAGE  as cihsm_key_generate would say it
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_key_spec_check(const cihsm_key_spec *spec,
                                                            cihsm_error *err);

/**
 * Generates a key pair on the token: sensitive, never extractable, for signing. Reads the result
 * back and reports it in @p out (a list of one).
 *
 * @param token  logged in
 * @param spec   what to generate
 * @retval CIHSM_E_CONFLICT  a key of that label or id exists already; nothing was made
 * @retval CIHSM_E_TOKEN     the token refused; the message says what, and what may be left of the
 *                           key. Which strict attribute it was is found out by generating and
 *                           dropping keys of the session (2048 bits if RSA), and if these are all
 *                           accepted, one on the token at most
 * @retval CIHSM_E_USAGE     the spec cannot be had: size, label, id, attribute
 * @retval else              as for cihsm_token_open
 *
 * Source: PKCS#11 v2.40 section 5.13, C_GenerateKeyPair. Not repeated after a failure.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_key_generate(cihsm_token *token,
                                                          const cihsm_key_spec *spec,
                                                          cihsm_key_list **out, cihsm_error *err);

/** What cihsm_key_delete did. */
typedef struct cihsm_key_deleted {
    unsigned private_keys;      /**< 1; 0 if a public key object stood alone */
    unsigned public_keys;       /**< objects of the key's id, also after a failure */
    unsigned certificates_left; /**< of the key's id; they stay */
} cihsm_key_deleted;

/**
 * Deletes a private key and the public key objects of its id, for good. A public key object that
 * has no private key can be deleted the same way.
 *
 * @param token  logged in
 * @param uri    with an id or an object; must match exactly one key
 * @param out    also says what was done if only a part could be
 * @retval CIHSM_E_USAGE  the URI is malformed or says not which key
 * @retval CIHSM_E_TOKEN  none or several match (the message lists them), or the token refuses; the
 *                        message says what is left
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_key_delete(cihsm_token *token, const char *uri,
                                                        cihsm_key_deleted *out, cihsm_error *err);

/** What can be wrong with a key on a token. */
typedef enum cihsm_key_problem {
    CIHSM_KEY_EXTRACTABLE = 1 << 0,       /**< it can leave the token */
    CIHSM_KEY_NOT_SENSITIVE = 1 << 1,     /**< it can be read in the clear */
    CIHSM_KEY_NO_SIGN = 1 << 2,           /**< it may not sign */
    CIHSM_KEY_DUPLICATE_ID = 1 << 3,      /**< another private key has its id */
    CIHSM_KEY_DUPLICATE_LABEL = 1 << 4,   /**< another private key has its label */
    CIHSM_KEY_NO_ID = 1 << 5,             /**< nothing ties public key and certificate to it */
    CIHSM_KEY_NO_CERTIFICATE = 1 << 6,    /**< none on the token fits */
    CIHSM_KEY_OTHER_CERTIFICATE = 1 << 7, /**< one of its id belongs to another key */
    CIHSM_KEY_NOT_LOCAL = 1 << 8 /**< the token says that it did not generate it: a copy may exist;
                                    NSS says so of all */
} cihsm_key_problem;

/** @return the problem in words, for example "can leave the token". */
CIHSM_API const char *cihsm_key_problem_text(cihsm_key_problem problem);

/** A certificate on the token that has to do with a key. Strings are borrowed. */
typedef struct cihsm_key_certificate {
    const char *subject;     /**< RFC 4514 */
    const char *serial;      /**< hex */
    const char *not_after;   /**< ISO 8601 UTC */
    bool same_id;            /**< it has the key's id */
    cihsm_tristate same_key; /**< it holds the key's public half; unknown if the token shows none */
} cihsm_key_certificate;

/** Keys with what belongs to them and what is wrong. */
typedef struct cihsm_key_review cihsm_key_review;

/**
 * Looks at the private keys that match the URI (NULL: all): which certificates on the token belong
 * to them, and what is wrong. Nothing is signed.
 *
 * @param token  logged in
 * @param uri    RFC 7512; NULL: all keys
 * @param out    yours
 * @retval CIHSM_E_USAGE  the URI is malformed
 * @retval else           as for cihsm_token_open
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_key_review_make(cihsm_token *token, const char *uri,
                                                             cihsm_key_review **out,
                                                             cihsm_error *err);
/** @return the keys, borrowed; the other functions count as this list does. */
CIHSM_API const cihsm_key_list *cihsm_key_review_keys(const cihsm_key_review *review);
/** @return a set of cihsm_key_problem of key @p at; 0: nothing is wrong. */
CIHSM_API unsigned cihsm_key_review_problems(const cihsm_key_review *review, size_t at);
/**
 * @param review  borrowed
 * @return certificate @p nth of key @p at, borrowed; NULL beyond the last.
 */
CIHSM_API const cihsm_key_certificate *cihsm_key_review_certificate(const cihsm_key_review *review,
                                                                    size_t at, size_t nth);
/** Frees it, sets *review to NULL. NULL is fine. */
CIHSM_API void cihsm_key_review_free(cihsm_key_review **review);

CIHSM_END_DECLS

#endif
