/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/hide - takes out of an error what the tenant repeats of a request and nobody may see.
 */
#ifndef CLIENT_HIDE_H
#define CLIENT_HIDE_H

#include "cihsm/error.h"
#include "cihsm/secret.h"
#include "cihsm/value.h"

/**
 * Puts "***" in the place of secrets in the message. Those of one or two characters stay: they are
 * in every text.
 *
 * @param body   what was sent: the texts of its secret properties are meant, on all levels; may be
 *               NULL
 * @param token  another secret; may be NULL
 * @param err    may be NULL
 */
void hide_secrets(const cihsm_value *body, const cihsm_secret *token, cihsm_error *err);

#endif
