/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystore/chain - a chain among what is sent.
 */
#ifndef KEYSTORE_CHAIN_H
#define KEYSTORE_CHAIN_H

#include "identity/chain.h"
#include "keystore/write.h"

/** @return the end of the chain, which the tenant must trust; borrowed. */
X509 *keystore_chain_top(const identity_chain *chain);

/** Adds all certificates of a chain, leaf first. @param path  where they are from */
CIHSM_NODISCARD cihsm_status keystore_add_chain(cihsm_keystore_write *write,
                                                const identity_chain *chain, const char *path,
                                                cihsm_error *err);

#endif
