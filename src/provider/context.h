/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider/context - a library context with this provider, and the default one for its encoders:
 * OpenSSL looks for them in the context of the key. One for the process, made when the first key
 * needs it and never freed: a connection that the application still keeps may hold one of our keys,
 * and using a key needs its context.
 */
#ifndef PROVIDER_CONTEXT_H
#define PROVIDER_CONTEXT_H

#include <openssl/crypto.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

/** Fetches this provider's algorithms in that context. */
#define PROVIDER_CONTEXT_PROPERTIES "provider=cihsm"

CIHSM_NODISCARD cihsm_status provider_context_get(OSSL_LIB_CTX **out, cihsm_error *err);

#endif
