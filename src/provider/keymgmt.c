/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/keymgmt.h"

#include <stdlib.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>

#include "provider/failure.h"

/* What OpenSSL holds as key data. */
typedef struct key_data {
    provider_material *material; /* NULL until import */
} key_data;

provider_material *provider_keymgmt_material(const void *keydata)
{
    const key_data *key = keydata;
    return key == NULL ? NULL : key->material;
}

static void *key_new(void *provctx)
{
    (void)provctx;
    key_data *key = calloc(1, sizeof *key);
    if (key == NULL) {
        provider_raise(PROVIDER_NO_MEMORY, NULL);
    }
    return key;
}

static void key_free(void *keydata)
{
    key_data *key = keydata;
    if (key != NULL) {
        provider_material_release(&key->material);
        free(key);
    }
}

static int key_has(const void *keydata, int selection)
{
    (void)selection; /* a key here is always whole: parameters, public and private part */
    return provider_keymgmt_material(keydata) != NULL;
}

static int key_match(const void *one, const void *other, int selection)
{
    const provider_material *a = provider_keymgmt_material(one);
    const provider_material *b = provider_keymgmt_material(other);
    if (a == NULL || b == NULL) {
        return 0;
    }
    if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) == 0) {
        return EVP_PKEY_parameters_eq(provider_material_public(a), provider_material_public(b)) ==
               1;
    }
    return EVP_PKEY_eq(provider_material_public(a), provider_material_public(b)) == 1;
}

/* A copy without the private part would be another kind of key: refused. */
static void *key_dup(const void *keydata, int selection)
{
    provider_material *material = provider_keymgmt_material(keydata);
    if (material == NULL || (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0) {
        return NULL;
    }
    key_data *copy = key_new(NULL);
    if (copy != NULL) {
        copy->material = provider_material_share(material);
    }
    return copy;
}

/* Accepting n and e of somebody else would make every comparison of keys try it, and fail. */
static int key_import(key_data *key, const OSSL_PARAM params[], bool is_rsa)
{
    const OSSL_PARAM *param = OSSL_PARAM_locate_const(params, PROVIDER_PARAM_MATERIAL);
    const void *pointer = NULL;
    size_t size = 0;
    if (key->material != NULL || param == NULL ||
        OSSL_PARAM_get_octet_ptr(param, &pointer, &size) != 1 || pointer == NULL) {
        return 0;
    }
    provider_material *const *material = pointer;
    if (size != sizeof *material || provider_material_is_rsa(*material) != is_rsa) {
        return 0;
    }
    key->material = provider_material_share(*material);
    return 1;
}

static int rsa_import(void *keydata, int selection, const OSSL_PARAM params[])
{
    (void)selection;
    return key_import(keydata, params, true);
}

static int ec_import(void *keydata, int selection, const OSSL_PARAM params[])
{
    (void)selection;
    return key_import(keydata, params, false);
}

static const OSSL_PARAM *key_import_types(int selection)
{
    static const OSSL_PARAM TYPES[] = {OSSL_PARAM_octet_ptr(PROVIDER_PARAM_MATERIAL, NULL, 0),
                                       OSSL_PARAM_END};
    (void)selection;
    return TYPES;
}

/* If this succeeded for a private key, the default provider would sign with a public-only copy. */
static int key_export(void *keydata, int selection, OSSL_CALLBACK *callback, void *arg)
{
    const provider_material *material = provider_keymgmt_material(keydata);
    if (material == NULL || (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0) {
        return 0;
    }
    return callback(provider_material_params(material), arg);
}

static const OSSL_PARAM *rsa_export_types(int selection)
{
    static const OSSL_PARAM TYPES[] = {OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
                                       OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
                                       OSSL_PARAM_END};
    return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 ? NULL : TYPES;
}

static const OSSL_PARAM *ec_export_types(int selection)
{
    static const OSSL_PARAM TYPES[] = {OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
                                       OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
                                       OSSL_PARAM_END};
    return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 ? NULL : TYPES;
}

/* The default provider knows all there is to say about the public half. */
static int key_get_params(void *keydata, OSSL_PARAM params[])
{
    const provider_material *material = provider_keymgmt_material(keydata);
    return material != NULL && EVP_PKEY_get_params(provider_material_public(material), params) == 1;
}

static const OSSL_PARAM *rsa_gettable(void *provctx)
{
    static const OSSL_PARAM TYPES[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
        OSSL_PARAM_END};
    (void)provctx;
    return TYPES;
}

static const OSSL_PARAM *ec_gettable(void *provctx)
{
    static const OSSL_PARAM TYPES[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_PUB_X, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_PUB_Y, NULL, 0),
        OSSL_PARAM_END};
    (void)provctx;
    return TYPES;
}

static const char *rsa_operation(int operation)
{
    return operation == OSSL_OP_SIGNATURE ? "RSA" : NULL;
}

/* "EC" keys sign with "ECDSA". */
static const char *ec_operation(int operation)
{
    return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

#define ENTRY(id, function)              \
    {                                    \
        (id), (void (*)(void))(function) \
    }
#define ENTRIES_OF_BOTH                                                                   \
    ENTRY(OSSL_FUNC_KEYMGMT_NEW, key_new), ENTRY(OSSL_FUNC_KEYMGMT_FREE, key_free),       \
        ENTRY(OSSL_FUNC_KEYMGMT_HAS, key_has), ENTRY(OSSL_FUNC_KEYMGMT_MATCH, key_match), \
        ENTRY(OSSL_FUNC_KEYMGMT_DUP, key_dup),                                            \
        ENTRY(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_import_types),                          \
        ENTRY(OSSL_FUNC_KEYMGMT_EXPORT, key_export),                                      \
        ENTRY(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params)

const OSSL_DISPATCH provider_rsa_keymgmt[] = {
    ENTRIES_OF_BOTH,
    ENTRY(OSSL_FUNC_KEYMGMT_IMPORT, rsa_import),
    ENTRY(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, rsa_export_types),
    ENTRY(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, rsa_gettable),
    ENTRY(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, rsa_operation),
    {0, NULL},
};

const OSSL_DISPATCH provider_ec_keymgmt[] = {
    ENTRIES_OF_BOTH,
    ENTRY(OSSL_FUNC_KEYMGMT_IMPORT, ec_import),
    ENTRY(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, ec_export_types),
    ENTRY(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, ec_gettable),
    ENTRY(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, ec_operation),
    {0, NULL},
};
