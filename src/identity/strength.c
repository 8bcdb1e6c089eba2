/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/strength.h"

#include <openssl/objects.h>

#include "base/text.h"
#include "identity/certificate.h"

#define RSA_BITS_LEAST 2048

bool strength_weak_key(const EVP_PKEY *key)
{
    if (EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1) {
        return EVP_PKEY_get_bits(key) < RSA_BITS_LEAST;
    }
    char name[CERTIFICATE_KEY_MAX];
    certificate_key_name(key, name);
    return !text_equal(name, "EC P-256") && !text_equal(name, "EC P-384") &&
           !text_equal(name, "EC P-521");
}

bool strength_weak_digest(int nid)
{
    return nid == NID_md2 || nid == NID_md4 || nid == NID_md5 || nid == NID_md5_sha1 ||
           nid == NID_sha1;
}
