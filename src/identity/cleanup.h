/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/cleanup - scope cleanup for the OpenSSL types of certificates and what carries them.
 */
#ifndef IDENTITY_CLEANUP_H
#define IDENTITY_CLEANUP_H

#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>

#include "base/foreign.h"

FOREIGN_CLEANUP(asn1_object, ASN1_OBJECT, ASN1_OBJECT_free)
FOREIGN_CLEANUP(asn1_string, ASN1_STRING, ASN1_STRING_free)
FOREIGN_CLEANUP(bit_string, ASN1_BIT_STRING, ASN1_BIT_STRING_free)
FOREIGN_CLEANUP(extended_key_usage, EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)
FOREIGN_CLEANUP(general_name, GENERAL_NAME, GENERAL_NAME_free)
FOREIGN_CLEANUP(general_names, GENERAL_NAMES, GENERAL_NAMES_free)
FOREIGN_CLEANUP(pkcs12, PKCS12, PKCS12_free)
FOREIGN_CLEANUP(pkcs7, PKCS7, PKCS7_free)
FOREIGN_CLEANUP(pss_params, RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)

static inline void x509_extensions_free(STACK_OF(X509_EXTENSION) * list)
{
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}
FOREIGN_CLEANUP(x509_extensions, STACK_OF(X509_EXTENSION), x509_extensions_free)

#endif
