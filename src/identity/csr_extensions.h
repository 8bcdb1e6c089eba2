/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/csr_extensions - subject alternative names and usages: text to X.509 extensions.
 *
 * Built as objects, never through OpenSSL's configuration syntax, so no value can add another one.
 */
#ifndef IDENTITY_CSR_EXTENSIONS_H
#define IDENTITY_CSR_EXTENSIONS_H

#include <openssl/x509v3.h>

#include "cihsm/csr.h"

/**
 * Makes the extensions a spec asks for.
 *
 * @param like  certificate whose extensions are taken where the spec has NULL; NULL: defaults
 * @retval CIHSM_E_USAGE  a value is malformed or unknown
 */
CIHSM_NODISCARD cihsm_status csr_extensions_make(const cihsm_csr_spec *spec, const X509 *like,
                                                 STACK_OF(X509_EXTENSION) * *out, cihsm_error *err);

/** @return the name of key usage bit @p bit (RFC 5280 section 4.2.1.3), NULL beyond the last. */
const char *csr_key_usage_name(int bit);

#endif
