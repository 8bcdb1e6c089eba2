/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider/ecdsa - the two forms of an ECDSA signature.
 */
#ifndef PROVIDER_ECDSA_H
#define PROVIDER_ECDSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Turns r and s, joined and of equal length (PKCS#11 v2.40 section 2.3.1), into
 * SEQUENCE { INTEGER r, INTEGER s } (RFC 3279 section 2.2.3).
 *
 * @param der      room for at least @p raw_len + 16 bytes
 * @param der_len  out: bytes written
 * @return false: out of memory
 */
bool provider_ecdsa_to_der(const uint8_t *raw, size_t raw_len, uint8_t *der, size_t *der_len);

#endif
