/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider/signing - one signature by the signer, brought into OpenSSL's form and, the first time,
 * verified. Errors are kept in the material and raised on OpenSSL's queue.
 */
#ifndef PROVIDER_SIGNING_H
#define PROVIDER_SIGNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/signer.h"
#include "provider/material.h"

/**
 * @param sig      room for CIHSM_SIGNATURE_MAX bytes
 * @param sig_len  out: bytes written
 * @return 1, or 0 with exactly one error raised
 */
int provider_sign(provider_material *material, const cihsm_sign_request *request, uint8_t *sig,
                  size_t *sig_len);

/**
 * Verifies with the public half in the default library context; raises nothing.
 *
 * @param salt_len  bytes, or RSA_PSS_SALTLEN_AUTO; takes the place of the one in @p request
 */
bool provider_verify(const provider_material *material, const cihsm_sign_request *request,
                     int salt_len, const uint8_t *sig, size_t sig_len);

#endif
