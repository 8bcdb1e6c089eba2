/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/ecdsa.h"

#include <openssl/bn.h>
#include <openssl/ec.h>

#include "base/foreign.h"

FOREIGN_CLEANUP(ecdsa_sig, ECDSA_SIG, ECDSA_SIG_free)
FOREIGN_CLEANUP(bignum, BIGNUM, BN_free)

bool provider_ecdsa_to_der(const uint8_t *raw, size_t raw_len, uint8_t *der, size_t *der_len)
{
    const size_t half = raw_len / 2;
    CIHSM_AUTO(ecdsa_sig_cleanup) ECDSA_SIG *sig = ECDSA_SIG_new();
    CIHSM_AUTO(bignum_cleanup) BIGNUM *r = BN_bin2bn(raw, (int)half, NULL);
    CIHSM_AUTO(bignum_cleanup) BIGNUM *s = BN_bin2bn(raw + half, (int)half, NULL);
    if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
        return false;
    }
    r = NULL; /* the signature owns both now */
    s = NULL;
    unsigned char *at = der;
    const int len = i2d_ECDSA_SIG(sig, &at);
    if (len <= 0) {
        return false;
    }
    *der_len = (size_t)len;
    return true;
}
