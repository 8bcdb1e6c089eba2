/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "base/error.h"
#include "base/foreign.h"
#include "pkcs11/certificate.h"
#include "pkcs11/curve.h"
#include "pkcs11/find.h"
#include "pkcs11/key_object.h"
#include "pkcs11/proof.h"

enum { VALUE_MAX = 65536 };

FOREIGN_CLEANUP(bignum, BIGNUM, BN_free)
FOREIGN_CLEANUP(param_builder, OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
FOREIGN_CLEANUP(params, OSSL_PARAM, OSSL_PARAM_free)

/* Where to look: a session and the private key whose public half is wanted. */
typedef struct place {
    const pkcs11_link *link;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE private_key;
    CK_KEY_TYPE type;
    CK_ATTRIBUTE id; /* empty if the key has none */
} place;

/* Leaves *out NULL if this source has no public key. */
typedef cihsm_status (*source)(const place *at, EVP_PKEY **out, cihsm_error *err);

static cihsm_status read_value(const place *at, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                               buffer *out, cihsm_error *err)
{
    bool present = false;
    CIHSM_TRY(pkcs11_attribute(at->link, at->session, object, type, out, &present, err));
    return CIHSM_OK; /* absent leaves it empty, and no attribute read here may be empty */
}

static cihsm_status build(const char *algorithm, OSSL_PARAM_BLD *builder, EVP_PKEY **out,
                          cihsm_error *err)
{
    CIHSM_AUTO(params_cleanup) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    CIHSM_AUTO(pkey_ctx_cleanup)
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
    if (params == NULL || ctx == NULL) {
        return cihsm_fail_memory(err);
    }
    if (EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, out, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_TOKEN, "the token gives a public key that is none");
    }
    return CIHSM_OK;
}

static cihsm_status rsa_from(const place *at, CK_OBJECT_HANDLE object, EVP_PKEY **out,
                             cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer modulus = buffer_new(VALUE_MAX);
    CIHSM_AUTO(buffer_free) buffer exponent = buffer_new(VALUE_MAX);
    CIHSM_TRY(read_value(at, object, CKA_MODULUS, &modulus, err));
    CIHSM_TRY(read_value(at, object, CKA_PUBLIC_EXPONENT, &exponent, err));
    if (modulus.len == 0 || exponent.len == 0) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(bignum_cleanup)
    BIGNUM *n = BN_bin2bn((const unsigned char *)modulus.data, (int)modulus.len, NULL);
    CIHSM_AUTO(bignum_cleanup)
    BIGNUM *e = BN_bin2bn((const unsigned char *)exponent.data, (int)exponent.len, NULL);
    CIHSM_AUTO(param_builder_cleanup) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (n == NULL || e == NULL || builder == NULL ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1) {
        return cihsm_fail_memory(err);
    }
    return build("RSA", builder, out, err);
}

static cihsm_status ec_from(const place *at, CK_OBJECT_HANDLE object, EVP_PKEY **out,
                            cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer params = buffer_new(VALUE_MAX);
    CIHSM_AUTO(buffer_free) buffer value = buffer_new(VALUE_MAX);
    CIHSM_TRY(read_value(at, object, CKA_EC_PARAMS, &params, err));
    CIHSM_TRY(read_value(at, object, CKA_EC_POINT, &value, err));
    if (params.len == 0 || value.len == 0) {
        return CIHSM_OK;
    }
    const pkcs11_curve *curve = pkcs11_curve_of_params(params.data, params.len);
    if (curve == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "the key is on a curve other than P-256 and P-384");
    }
    const uint8_t *point = pkcs11_curve_point(curve, value.data, value.len);
    if (point == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN, "the token gives a point of %zu bytes for %s",
                                value.len, curve->name);
    }
    CIHSM_AUTO(param_builder_cleanup) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (builder == NULL ||
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) !=
            1 ||
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point,
                                         curve->point_len) != 1) {
        return cihsm_fail_memory(err);
    }
    return build("EC", builder, out, err);
}

static cihsm_status from_object(const place *at, CK_OBJECT_HANDLE object, EVP_PKEY **out,
                                cihsm_error *err)
{
    return at->type == CKK_RSA ? rsa_from(at, object, out, err) : ec_from(at, object, out, err);
}

/* The one object of that class, and for keys of that type, with the private key's id. */
static cihsm_status find_partner(const place *at, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *object,
                                 bool *found, cihsm_error *err)
{
    CK_KEY_TYPE type = at->type;
    CK_ATTRIBUTE wanted[3] = {{CKA_CLASS, &class, sizeof class}, at->id};
    CK_ULONG count = 2;
    if (class == CKO_PUBLIC_KEY) {
        wanted[count++] = (CK_ATTRIBUTE){CKA_KEY_TYPE, &type, sizeof type};
    }
    *found = false;
    if (at->id.ulValueLen == 0) {
        return CIHSM_OK;
    }
    CK_OBJECT_HANDLE objects[2];
    CK_ULONG matches = 0;
    CIHSM_TRY(pkcs11_find_some(at->link, at->session, wanted, count, objects, 2, &matches, err));
    *found = matches == 1; /* of several nobody knows which belongs to the key */
    *object = objects[0];
    return CIHSM_OK;
}

static cihsm_status from_public_object(const place *at, EVP_PKEY **out, cihsm_error *err)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    bool found = false;
    CIHSM_TRY(find_partner(at, CKO_PUBLIC_KEY, &object, &found, err));
    return found ? from_object(at, object, out, err) : CIHSM_OK;
}

static cihsm_status from_private_object(const place *at, EVP_PKEY **out, cihsm_error *err)
{
    return from_object(at, at->private_key, out, err);
}

static cihsm_status from_public_key_info(const place *at, EVP_PKEY **out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer value = buffer_new(VALUE_MAX);
    CIHSM_TRY(read_value(at, at->private_key, CKA_PUBLIC_KEY_INFO, &value, err));
    if (value.len == 0) {
        return CIHSM_OK;
    }
    const unsigned char *der = (const unsigned char *)value.data;
    ERR_set_mark();
    *out = d2i_PUBKEY(NULL, &der, (long)value.len);
    ERR_pop_to_mark(); /* what cannot be parsed counts as absent */
    return CIHSM_OK;
}

static cihsm_status from_certificate(const place *at, EVP_PKEY **out, cihsm_error *err)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    bool found = false;
    CIHSM_TRY(find_partner(at, CKO_CERTIFICATE, &object, &found, err));
    CIHSM_AUTO(buffer_free) buffer value = buffer_new(VALUE_MAX);
    if (found) {
        CIHSM_TRY(read_value(at, object, CKA_VALUE, &value, err));
    }
    if (value.len == 0) {
        return CIHSM_OK;
    }
    const unsigned char *der = (const unsigned char *)value.data;
    ERR_set_mark();
    CIHSM_AUTO(x509_cleanup) X509 *certificate = d2i_X509(NULL, &der, (long)value.len);
    *out = certificate == NULL ? NULL : X509_get_pubkey(certificate);
    ERR_pop_to_mark();
    return CIHSM_OK;
}

static const source SOURCES[] = {
    from_public_object, from_private_object, from_public_key_info,
    from_certificate, /* last: it is what others are compared with */
};
enum { SOURCE_COUNT = sizeof SOURCES / sizeof *SOURCES, TOLD_BY_KEY = SOURCE_COUNT - 1 };

/* Looks at the key; the first @p count sources are asked. The id goes to @p id. */
static cihsm_status look(place *at, size_t count, buffer *id, EVP_PKEY **out, cihsm_error *err)
{
    bool present = false;
    CIHSM_TRY(pkcs11_attribute_ulong(at->link, at->session, at->private_key, CKA_KEY_TYPE,
                                     &at->type, &present, err));
    if (!present || (at->type != CKK_RSA && at->type != CKK_EC)) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN, "the key is neither an RSA nor an EC key");
    }
    CIHSM_TRY(read_value(at, at->private_key, CKA_ID, id, err));
    at->id = (CK_ATTRIBUTE){CKA_ID, id->data, id->len};
    for (size_t i = 0; i < count && *out == NULL; i++) {
        CIHSM_TRY(SOURCES[i](at, out, err));
    }
    return CIHSM_OK;
}

cihsm_status key_public_told(const cihsm_token *token, CK_SESSION_HANDLE session,
                             CK_OBJECT_HANDLE object, EVP_PKEY **out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer id = buffer_new(VALUE_MAX);
    place at = {.link = &token->link, .session = session, .private_key = object};
    return look(&at, TOLD_BY_KEY, &id, out, err);
}

/* What may be the public half of a key that has none of its id: @return true if it is. */
static bool try_candidate(const pkcs11_proof *proof, EVP_PKEY **candidate, EVP_PKEY **out)
{
    if (!pkcs11_proof_fits(proof, *candidate)) {
        return false;
    }
    *out = CIHSM_MOVE(*candidate);
    return true;
}

static cihsm_status try_public_objects(const place *at, const pkcs11_objects *objects,
                                       const pkcs11_proof *proof, EVP_PKEY **out, cihsm_error *err)
{
    for (size_t i = 0; i < objects->count && *out == NULL; i++) {
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *candidate = NULL;
        cihsm_error unreadable = {0}; /* of a key that is not ours, on another curve for one */
        const cihsm_status status = from_object(at, objects->handles[i], &candidate, &unreadable);
        if (status == CIHSM_E_NO_MEMORY) {
            return cihsm_fail_memory(err);
        }
        (void)try_candidate(proof, &candidate, out);
    }
    return CIHSM_OK;
}

static void try_certificates(const STACK_OF(X509) * certificates, const pkcs11_proof *proof,
                             EVP_PKEY **out)
{
    for (int i = 0; i < sk_X509_num(certificates) && *out == NULL; i++) {
        CIHSM_AUTO(pkey_cleanup)
        EVP_PKEY *candidate = X509_get_pubkey(sk_X509_value(certificates, i));
        (void)try_candidate(proof, &candidate, out);
    }
}

static cihsm_status find_public_objects(const pkcs11_key *key, CK_SESSION_HANDLE session,
                                        pkcs11_objects *out, cihsm_error *err)
{
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}};
    return pkcs11_find_all(&key->token->link, session, wanted, 1, out, err);
}

/* Nothing of the key's id tells its public half: the key signs, and what verifies it is found. */
static cihsm_status from_public_objects(const pkcs11_key *key, const pkcs11_lease *lease,
                                        const pkcs11_proof *proof, EVP_PKEY **out, cihsm_error *err)
{
    CIHSM_AUTO(pkcs11_objects_free) pkcs11_objects objects = {.count = 0};
    place at = {.link = &key->token->link, .session = lease->session};
    at.type = proof->scheme == CIHSM_ECDSA ? CKK_EC : CKK_RSA;
    CIHSM_TRY(find_public_objects(key, lease->session, &objects, err));
    return try_public_objects(&at, &objects, proof, out, err);
}

static cihsm_status from_proof(pkcs11_key *key, EVP_PKEY **out, cihsm_error *err)
{
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *certificates = NULL;
    CIHSM_TRY(pkcs11_certificates(key->token, &certificates, err));
    pkcs11_proof proof;
    CIHSM_TRY(pkcs11_proof_make(key, &proof, err));
    pkcs11_lease lease;
    CIHSM_TRY(pkcs11_lease_take(key->token, &lease, err));
    const cihsm_status status = from_public_objects(key, &lease, &proof, out, &lease.failure);
    CIHSM_TRY(pkcs11_lease_return(&lease, status, err));
    try_certificates(certificates, &proof, out);
    return CIHSM_OK;
}

static cihsm_status told_in_session(pkcs11_key *key, const pkcs11_lease *lease, EVP_PKEY **out,
                                    cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer id = buffer_new(VALUE_MAX);
    place at = {.link = &key->token->link, .session = lease->session};
    CIHSM_TRY(pkcs11_key_handle(key, lease, &at.private_key, err));
    return look(&at, SOURCE_COUNT, &id, out, err);
}

static cihsm_status told(pkcs11_key *key, EVP_PKEY **out, cihsm_error *err)
{
    pkcs11_lease lease;
    CIHSM_TRY(pkcs11_lease_take(key->token, &lease, err));
    const cihsm_status status = told_in_session(key, &lease, out, &lease.failure);
    return pkcs11_lease_return(&lease, status, err);
}

cihsm_status pkcs11_key_public(pkcs11_key *key, EVP_PKEY **out, cihsm_error *err)
{
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *made = NULL;
    CIHSM_TRY(told(key, &made, err));
    if (made == NULL) {
        CIHSM_TRY(from_proof(key, &made, err));
    }
    if (made == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "the token shows no public key for %s; give the certificate",
                                key->uri);
    }
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}
