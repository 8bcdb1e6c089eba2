/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm_csr_create: wires a token key to the provider and to the CSR builder.
 */
#include "cihsm/csr.h"

#include "base/error.h"
#include "base/foreign.h"
#include "cihsm/scope.h"
#include "client/signing.h"
#include "identity/csr.h"
#include "pkcs11/key.h"
#include "provider/provider_key.h"

static cihsm_status provider_key_for(cihsm_token *token, const char *key_uri, EVP_PKEY **public_key,
                                     provider_key **out, cihsm_error *err)
{
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = NULL;
    CIHSM_TRY(pkcs11_key_find(token, key_uri, &key, err));
    CIHSM_TRY(pkcs11_key_public(key, public_key, err));

    const signing_record record = {
        .key_uri = pkcs11_key_uri(key), .serial = "", .purpose = "csr", .log = pkcs11_key_log(key)};
    cihsm_signer signer = {0};
    CIHSM_TRY(signing_wrap(pkcs11_key_signer(&key), &record, &signer, err));
    return provider_key_new(signer, *public_key, out, err);
}

cihsm_status cihsm_csr_create(cihsm_token *token, const char *key_uri, const cihsm_csr_spec *spec,
                              cihsm_csr **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
    CIHSM_AUTO(provider_key_free) provider_key *key = NULL;
    CIHSM_TRY(provider_key_for(token, key_uri, &public_key, &key, err));

    cihsm_error building = {0};
    const cihsm_status status =
        identity_csr_build(spec, provider_key_pkey(key), public_key, out, &building);
    if (status == CIHSM_OK) {
        return CIHSM_OK;
    }
    cihsm_error first = {0};
    const cihsm_error *told = provider_key_last_error(key, &first) ? &first : &building;
    return cihsm_fail(err, told->status, told->origin, told->native, "%s", told->message);
}
