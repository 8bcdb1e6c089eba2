/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/issuer - gets bearer tokens from the token server and keeps the newest, in memory only.
 * Owns the token; borrows everything it was given. Used by one thread at a time.
 */
#ifndef AUTH_ISSUER_H
#define AUTH_ISSUER_H

#include "auth/answer.h"
#include "auth/auth.h"

typedef struct auth_issuer {
    auth_config config;
    char *endpoint; /**< of tokens; NULL: not known yet */
    auth_token token;
    unsigned count;      /**< of tokens so far: the number of the present one */
    long retry_after_s;  /**< after a failure: what the token server asked to wait; 0: nothing */
    bool is_final;       /**< after a failure: as in http_response */
    int64_t renew_at_ms; /**< by the clock of config; meaningless without a lifetime */
} auth_issuer;

/** Gets a token unless there is one that lasts. @retval others  as for auth_transport */
CIHSM_NODISCARD cihsm_status auth_issuer_ensure(auth_issuer *self, cihsm_error *err);

/** Gets a new token, because the tenant refused the present one. */
CIHSM_NODISCARD cihsm_status auth_issuer_replace(auth_issuer *self, cihsm_error *err);

/** @return the value of Authorization; wiped with the token */
const char *auth_issuer_header(const auth_issuer *self);

/** Wipes the token. */
void auth_issuer_clear(auth_issuer *self);

#endif
