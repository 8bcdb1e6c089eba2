/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btp/cloud_foundry_wish - the service key that is wanted: its certificate, its name, the request.
 */
#ifndef BTP_CLOUD_FOUNDRY_WISH_H
#define BTP_CLOUD_FOUNDRY_WISH_H

#include <openssl/x509.h>

#include "btp/cloud_foundry_key.h"

/** Owns its members. Start with {0}; free with cf_wish_free. */
typedef struct cf_wish {
    X509 *leaf;
    char *name;
} cf_wish;

/**
 * Takes the certificate out of the parameters and chooses the name.
 *
 * @retval CIHSM_E_USAGE     the name is empty, too long or not printable
 * @retval CIHSM_E_ARGUMENT  the parameters are not those of an External Certificate key
 */
CIHSM_NODISCARD cihsm_status cf_wish_read(const cihsm_cf_key *key, cf_wish *out, cihsm_error *err);

/** Makes the body of the request that creates it. @param instance  GUID */
CIHSM_NODISCARD cihsm_status cf_wish_body(const cf_wish *wish, const char *instance,
                                          const cihsm_value *parameters, cihsm_value **out,
                                          cihsm_error *err);

void cf_wish_free(cf_wish *wish);

#endif
