/* SPDX-License-Identifier: Apache-2.0 */
#include "objects.h"

#include <string.h>

#include "base/foreign.h"
#include "pkcs11/find.h"
#include "pkcs11/functions.h"
#include "pkcs11/module.h"
#include "pkcs11/token.h"

static CK_SESSION_HANDLE open_session(cihsm_token *token)
{
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    assert_int_equal(pkcs11_pool_open_writable(token->pool, &session, NULL), CIHSM_OK);
    return session;
}

static void find(cihsm_token *token, CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted,
                 CK_ULONG count, pkcs11_objects *out)
{
    assert_int_equal(pkcs11_find_all(&token->link, session, wanted, count, out, NULL), CIHSM_OK);
}

unsigned objects_count(cihsm_token *token, CK_OBJECT_CLASS class, CK_BYTE id, const char *label)
{
    char copy[64] = "";
    CK_ATTRIBUTE wanted[3] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, &id, 1}};
    CK_ULONG count = 2;
    if (label != NULL) {
        memcpy(copy, label, strlen(label));
        wanted[count++] = (CK_ATTRIBUTE){CKA_LABEL, copy, (CK_ULONG)strlen(label)};
    }
    CIHSM_AUTO(pkcs11_objects_free) pkcs11_objects found = {.count = 0};
    const CK_SESSION_HANDLE session = open_session(token);
    find(token, session, wanted, count, &found);
    pkcs11_pool_close_writable(token->pool, session);
    return (unsigned)found.count;
}

unsigned objects_remove(cihsm_token *token, CK_OBJECT_CLASS class, CK_BYTE id)
{
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, &id, 1}};
    CIHSM_AUTO(pkcs11_objects_free) pkcs11_objects found = {.count = 0};
    const CK_SESSION_HANDLE session = open_session(token);
    find(token, session, wanted, 2, &found);
    for (size_t i = 0; i < found.count; i++) {
        assert_int_equal(pkcs11_c_destroy_object(&token->link, session, found.handles[i]), CKR_OK);
    }
    pkcs11_pool_close_writable(token->pool, session);
    return (unsigned)found.count;
}

void objects_generate_pair(cihsm_token *token, const objects_pair *wish)
{
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_BBOOL private = wish->needs_no_login ? CK_FALSE : CK_TRUE;
    CK_BBOOL always = wish->always_authenticate ? CK_TRUE : CK_FALSE;
    CK_BYTE id = wish->id;
    char copy[64] = "";
    memcpy(copy, wish->label, strlen(wish->label));
    CK_ATTRIBUTE name = {CKA_LABEL, copy, (CK_ULONG)strlen(wish->label)};
    CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    CK_ATTRIBUTE public_template[] = {{CKA_TOKEN, &yes, sizeof yes},
                                      {CKA_PRIVATE, &no, sizeof no},
                                      {CKA_ID, &id, 1},
                                      name,
                                      {CKA_EC_PARAMS, p256, sizeof p256}};
    CK_ATTRIBUTE private_template[] = {{CKA_TOKEN, &yes, sizeof yes},
                                       {CKA_PRIVATE, &private, sizeof private},
                                       {CKA_SENSITIVE, &yes, sizeof yes},
                                       {CKA_SIGN, &yes, sizeof yes},
                                       {CKA_ALWAYS_AUTHENTICATE, &always, sizeof always},
                                       {CKA_ID, &id, 1},
                                       name};
    pkcs11_pair_request request = {.mechanism = CKM_EC_KEY_PAIR_GEN,
                                   .public_template = public_template,
                                   .public_count = sizeof public_template / sizeof *public_template,
                                   .private_template = private_template,
                                   .private_count =
                                       sizeof private_template / sizeof *private_template};
    const CK_SESSION_HANDLE session = open_session(token);
    CK_OBJECT_HANDLE public_key = CK_INVALID_HANDLE;
    CK_OBJECT_HANDLE private_key = CK_INVALID_HANDLE;
    assert_int_equal(
        pkcs11_c_generate_key_pair(&token->link, session, &request, &public_key, &private_key),
        CKR_OK);
    pkcs11_pool_close_writable(token->pool, session);
}

void objects_generate(cihsm_token *token, CK_BYTE id, const char *label)
{
    objects_generate_pair(token, &(objects_pair){.id = id, .label = label});
}

/* A certificate over a public key, signed by a throw-away key: only its shape matters. */
static size_t make_certificate(EVP_PKEY *public_key, unsigned char *der)
{
    CIHSM_AUTO(x509_cleanup) X509 *certificate = X509_new();
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *issuer = EVP_EC_gen("P-256");
    assert_non_null(issuer);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)"unit", -1, -1, 0);
    assert_int_equal(X509_set_pubkey(certificate, public_key), 1);
    assert_true(X509_sign(certificate, issuer, EVP_sha256()) > 0);
    unsigned char *at = der;
    return (size_t)i2d_X509(certificate, &at);
}

void objects_store_certificate(cihsm_token *token, CK_BYTE id, EVP_PKEY *public_key)
{
    unsigned char der[4096];
    objects_store_bytes(token, id, der, make_certificate(public_key, der));
}

void objects_store_bytes(cihsm_token *token, CK_BYTE id, unsigned char *der, size_t len)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_BYTE subject[] = {0x30, 0x00};
    CK_ATTRIBUTE attributes[] = {
        {CKA_CLASS, &class, sizeof class},
        {CKA_CERTIFICATE_TYPE, &type, sizeof type},
        {CKA_TOKEN, &yes, sizeof yes},
        {CKA_PRIVATE, &no, sizeof no},
        {CKA_ID, &id, 1},
        {CKA_SUBJECT, subject, sizeof subject},
        {CKA_VALUE, der, len},
    };
    const CK_SESSION_HANDLE session = open_session(token);
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    assert_int_equal(token->link.module->functions->C_CreateObject(
                         session, attributes, sizeof attributes / sizeof *attributes, &object),
                     CKR_OK);
    pkcs11_pool_close_writable(token->pool, session);
}
