/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/clone_keys - the URIs of one key pair on one or several tokens, and one of them opened.
 * Nothing here is changed by several threads at a time: client/clones sees to that.
 */
#ifndef CLIENT_CLONE_KEYS_H
#define CLIENT_CLONE_KEYS_H

#include <openssl/evp.h>

#include "base/buffer.h"
#include "cihsm/client.h"
#include "client/signing.h"
#include "pkcs11/key.h"

typedef struct clone_keys {
    char **uris; /**< uris[0] is NULL if none was given */
    size_t count;
    cihsm_token_config config; /**< its strings are those below */
    char *module, *init_string, *token_uri;
    EVP_PKEY *public_key; /**< that all have to fit; NULL until it is known */
    char *serial, *purpose;
    signing_record record; /**< of the signatures, with the strings above */
} clone_keys;

/** A key that is open. */
typedef struct open_clone {
    size_t at; /**< which one */
    cihsm_token *token;
    pkcs11_key *key;     /**< until the signer takes it */
    cihsm_signer signer; /**< none while clone_keys.public_key is NULL */
    char *uri;           /**< canonical, as messages of the key name it */
} open_clone;

/** Keys in their order, the first one comes after the last. */
typedef struct clone_stretch {
    size_t from;
    size_t count;
} clone_stretch;

/** Copies it all: another try opens a token long after the configuration was given. */
CIHSM_NODISCARD cihsm_status clone_keys_copy(const cihsm_client_config *from, clone_keys *to,
                                             cihsm_error *err);

/** Sets what a signer needs; both are copied or shared. */
CIHSM_NODISCARD cihsm_status clone_keys_certify(clone_keys *of, EVP_PKEY *public_key,
                                                const signing_record *record, cihsm_error *err);

void clone_keys_clear(clone_keys *of);

/** Gives an open key the signer that writes the record of its signatures. */
CIHSM_NODISCARD cihsm_status clone_make_signer(const clone_keys *of, open_clone *key,
                                               cihsm_error *err);

void clone_release(open_clone *of);

/**
 * Opens the first key of a stretch that works; one may fail only because of its token. With a
 * public key it shows first that it fits.
 *
 * @param reasons  gets why others cannot be used, which is logged too
 *
 * @retval CIHSM_E_TOKEN  none works; with several keys the message has the reasons
 */
CIHSM_NODISCARD cihsm_status clone_open_first(const clone_keys *of, clone_stretch keys,
                                              buffer *reasons, open_clone *out, cihsm_error *err);

void clone_log_reason(const clone_keys *of, size_t at, const cihsm_error *reason);

/** @param uri  the canonical one of the key, which the message need not repeat; or NULL */
CIHSM_NODISCARD cihsm_status clone_keep_reason(const clone_keys *of, size_t at, const char *uri,
                                               const cihsm_error *reason, buffer *reasons,
                                               cihsm_error *err);

/** @return CIHSM_E_TOKEN. @param last  why the last key that was tried cannot be used */
CIHSM_NODISCARD cihsm_status clone_fail_all(const clone_keys *of, const buffer *reasons,
                                            const cihsm_error *last, cihsm_error *err);

#endif
