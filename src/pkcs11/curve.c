/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/curve.h"

#include <string.h>

enum { CURVES = 2, UNCOMPRESSED = 0x04, OCTET_STRING = 0x04 };

static const pkcs11_curve ALL[CURVES] = {
    {CIHSM_KEY_EC_P256,
     256,
     "P-256",
     "prime256v1",
     {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07},
     10,
     65},
    {CIHSM_KEY_EC_P384,
     384,
     "P-384",
     "secp384r1",
     {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22},
     7,
     97},
};

const pkcs11_curve *pkcs11_curve_of_type(cihsm_key_type type)
{
    for (size_t i = 0; i < CURVES; i++) {
        if (ALL[i].type == type) {
            return &ALL[i];
        }
    }
    return NULL;
}

const pkcs11_curve *pkcs11_curve_of_params(const void *params, size_t len)
{
    for (size_t i = 0; i < CURVES; i++) {
        if (ALL[i].params_len == len && memcmp(ALL[i].params, params, len) == 0) {
            return &ALL[i];
        }
    }
    return NULL;
}

const uint8_t *pkcs11_curve_point(const pkcs11_curve *curve, const void *value, size_t len)
{
    const uint8_t *bytes = value;
    if (len == curve->point_len && bytes[0] == UNCOMPRESSED) {
        return bytes;
    }
    const bool wrapped = len == curve->point_len + 2 && bytes[0] == OCTET_STRING &&
                         bytes[1] == curve->point_len && bytes[2] == UNCOMPRESSED;
    return wrapped ? bytes + 2 : NULL;
}
