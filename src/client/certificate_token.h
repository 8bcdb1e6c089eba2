/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/certificate_token - what the files about certificates on a token share.
 */
#ifndef CLIENT_CERTIFICATE_TOKEN_H
#define CLIENT_CERTIFICATE_TOKEN_H

#include "cihsm/certificate.h"
#include "identity/bundle.h"
#include "pkcs11/certificate.h"

/** Adds the certificates of a token to a pool. */
CIHSM_NODISCARD cihsm_status certificate_token_pool(const pkcs11_certificate_list *from,
                                                    identity_bundle *to, cihsm_error *err);

#endif
