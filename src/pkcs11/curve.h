/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/curve - the two curves in use, as the token, OpenSSL and people call them.
 */
#ifndef PKCS11_CURVE_H
#define PKCS11_CURVE_H

#include <stddef.h>
#include <stdint.h>

#include "cihsm/key.h"

typedef struct pkcs11_curve {
    cihsm_key_type type;
    unsigned bits;
    const char *name;   /**< of people: "P-256" */
    const char *group;  /**< of OpenSSL */
    uint8_t params[10]; /**< CKA_EC_PARAMS: the DER of the object identifier, RFC 5480 */
    size_t params_len;  /**< bytes */
    size_t point_len;   /**< bytes of an uncompressed point, 04 X Y */
} pkcs11_curve;

/** @return the curve, NULL if unknown. */
const pkcs11_curve *pkcs11_curve_of_type(cihsm_key_type type);
const pkcs11_curve *pkcs11_curve_of_params(const void *params, size_t len);

/**
 * CKA_EC_POINT as tokens give it, bare or in an OCTET STRING; told apart by the exact length.
 *
 * @return the point, borrowed, of curve->point_len bytes; NULL if it is neither
 */
const uint8_t *pkcs11_curve_point(const pkcs11_curve *curve, const void *value, size_t len);

#endif
