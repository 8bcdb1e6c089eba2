/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/secret.h - the only type that holds a PIN, a password or a token.
 *
 * Memory is locked and kept out of core dumps as far as the system allows, and wiped on free.
 * There is no way to print one.
 *
 * Threads: a secret is not changed once it is made, so threads may share it; one of them frees it.
 *
 * Source: mlock(2), madvise(2) (MADV_DONTDUMP); the project's own.
 */
#ifndef CIHSM_SECRET_H
#define CIHSM_SECRET_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

CIHSM_BEGIN_DECLS

#define CIHSM_SECRET_MAX 8192 /**< bytes */

/** A PIN, a password or a token. */
typedef struct cihsm_secret cihsm_secret;

/**
 * Copies @p len bytes; the caller wipes its own copy. An empty secret is not an absent one.
 *
 * @param bytes  @p len of them; may be NULL for none
 * @param out    yours
 * @retval CIHSM_E_LIMIT  longer than CIHSM_SECRET_MAX
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_secret_new(const void *bytes, size_t len,
                                                        cihsm_secret **out, cihsm_error *err);

/**
 * Reads a secret, other than a PIN, from one of the sources of cihsm_pin_read; it may be as long as
 * CIHSM_SECRET_MAX.
 *
 * @param source  as for cihsm_pin_read
 * @param name    what it is, for messages: "password"
 * @param out     yours
 * @retval CIHSM_E_CONFIG  the source is missing, unsafe or empty, as for cihsm_pin_read
 * @retval CIHSM_E_USAGE   not the form of a source
 * @retval CIHSM_E_CANCELED  as for cihsm_pin_read
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_secret_read(const char *source, const char *name,
                                                         cihsm_secret **out, cihsm_error *err);

/** @return the bytes, borrowed until the secret is freed, followed by a NUL that is not counted. */
CIHSM_API const char *cihsm_secret_bytes(const cihsm_secret *secret);

/** @return the number of bytes. */
CIHSM_API size_t cihsm_secret_len(const cihsm_secret *secret);

/** Wipes and frees, sets *secret to NULL. NULL is fine. */
CIHSM_API void cihsm_secret_free(cihsm_secret **secret);

CIHSM_END_DECLS

#endif
