/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/signature.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "provider/algorithm_id.h"
#include "provider/failure.h"

/* A setting that has both a number and a name in OpenSSL. */
typedef struct named_value {
    const char *name;
    int value;
} named_value;

static const named_value PADDINGS[] = {
    {OSSL_PKEY_RSA_PAD_MODE_PKCSV15, RSA_PKCS1_PADDING},
    {OSSL_PKEY_RSA_PAD_MODE_PSS, RSA_PKCS1_PSS_PADDING},
    {NULL, 0},
};

static const named_value SALTS[] = {
    {OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST, RSA_PSS_SALTLEN_DIGEST},
    {OSSL_PKEY_RSA_PSS_SALT_LEN_MAX, RSA_PSS_SALTLEN_MAX},
    {OSSL_PKEY_RSA_PSS_SALT_LEN_AUTO, RSA_PSS_SALTLEN_AUTO},
    {"auto-digestmax", RSA_PSS_SALTLEN_AUTO}, /* OpenSSL 3.1 and later */
    {NULL, 0},
};

#define SALT_LOWEST (-4) /* RSA_PSS_SALTLEN_AUTO_DIGEST_MAX of OpenSSL 3.1 */

/* @return false: not a number and none of the names */
static bool read_value(const OSSL_PARAM *param, const named_value *names, int *value)
{
    if (param->data_type != OSSL_PARAM_UTF8_STRING) {
        return OSSL_PARAM_get_int(param, value) == 1;
    }
    const char *text = NULL;
    if (OSSL_PARAM_get_utf8_string_ptr(param, &text) != 1 || text == NULL) {
        return false;
    }
    for (const named_value *row = names; row->name != NULL; row++) {
        if (strcmp(row->name, text) == 0) {
            *value = row->value;
            return true;
        }
    }
    char *end = NULL;
    const long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || number < 0 || number > CIHSM_SIGNATURE_MAX) {
        return false;
    }
    *value = (int)number;
    return true;
}

static int write_value(OSSL_PARAM *param, const named_value *names, int value)
{
    if (param->data_type != OSSL_PARAM_UTF8_STRING) {
        return OSSL_PARAM_set_int(param, value);
    }
    for (const named_value *row = names; row->name != NULL; row++) {
        if (row->value == value) {
            return OSSL_PARAM_set_utf8_string(param, row->name);
        }
    }
    char digits[16];
    snprintf(digits, sizeof digits, "%d", value);
    return OSSL_PARAM_set_utf8_string(param, digits);
}

static int set_digest(const OSSL_PARAM *param, const provider_digest **digest)
{
    const char *name = NULL;
    if (OSSL_PARAM_get_utf8_string_ptr(param, &name) != 1 || name == NULL) {
        return provider_raise(PROVIDER_BAD_DIGEST, NULL);
    }
    const provider_digest *found = provider_digest_by_name(name);
    if (found == NULL) {
        return provider_raise(PROVIDER_BAD_DIGEST, name);
    }
    *digest = found;
    return 1;
}

static int set_padding(signature_ctx *ctx, const OSSL_PARAM *param)
{
    int value = 0;
    if (!read_value(param, PADDINGS, &value) ||
        (value != RSA_PKCS1_PADDING && value != RSA_PKCS1_PSS_PADDING)) {
        return provider_raise(PROVIDER_BAD_PADDING, NULL);
    }
    ctx->padding = value;
    return 1;
}

static int set_salt(signature_ctx *ctx, const OSSL_PARAM *param)
{
    int value = 0;
    if (!read_value(param, SALTS, &value) || value < SALT_LOWEST || value > CIHSM_SIGNATURE_MAX) {
        return provider_raise(PROVIDER_BAD_PSS, "salt length");
    }
    ctx->salt_len = value;
    return 1;
}

/* While data are hashed already, the digest can only be named again. */
static int set_own_digest(signature_ctx *ctx, const OSSL_PARAM *param)
{
    const provider_digest *digest = NULL;
    if (set_digest(param, &digest) != 1) {
        return 0;
    }
    if (ctx->hash != NULL && digest != ctx->digest) {
        return provider_raise(PROVIDER_BAD_STATE, "the digest cannot change any more");
    }
    ctx->digest = digest;
    return 1;
}

int signature_set_params(void *vctx, const OSSL_PARAM params[])
{
    signature_ctx *ctx = vctx;
    if (params == NULL) {
        return 1;
    }
    const OSSL_PARAM *digest = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
    if (digest != NULL && set_own_digest(ctx, digest) != 1) {
        return 0;
    }
    const OSSL_PARAM *padding = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
    if (padding != NULL && set_padding(ctx, padding) != 1) {
        return 0;
    }
    const OSSL_PARAM *salt = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
    if (salt != NULL && set_salt(ctx, salt) != 1) {
        return 0;
    }
    const OSSL_PARAM *mgf1 = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_MGF1_DIGEST);
    return mgf1 == NULL ? 1 : set_digest(mgf1, &ctx->mgf1);
}

static int get_algorithm_id(const signature_ctx *ctx, OSSL_PARAM *param)
{
    if (ctx->material == NULL || ctx->digest == NULL) {
        return provider_raise(PROVIDER_BAD_STATE, NULL);
    }
    const cihsm_scheme scheme = signature_scheme(ctx);
    size_t salt_len = 0;
    if (scheme == CIHSM_RSA_PSS && !signature_salt(ctx, &salt_len)) {
        return 0;
    }
    unsigned char *der = NULL;
    const size_t len = provider_algorithm_id(scheme, ctx->digest, salt_len, &der);
    if (len == 0) {
        return provider_raise(PROVIDER_NO_MEMORY, NULL);
    }
    const int set = OSSL_PARAM_set_octet_string(param, der, len);
    OPENSSL_free(der);
    return set;
}

static const char *digest_name(const provider_digest *digest)
{
    return digest == NULL ? "" : digest->name;
}

int signature_get_params(void *vctx, OSSL_PARAM params[])
{
    const signature_ctx *ctx = vctx;
    const provider_digest *mgf1 = ctx->mgf1 == NULL ? ctx->digest : ctx->mgf1;
    OSSL_PARAM *algorithm = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_ALGORITHM_ID);
    OSSL_PARAM *digest = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_DIGEST);
    OSSL_PARAM *size = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_DIGEST_SIZE);
    OSSL_PARAM *padding = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
    OSSL_PARAM *salt = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
    OSSL_PARAM *mask = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_MGF1_DIGEST);
    if (algorithm != NULL && get_algorithm_id(ctx, algorithm) != 1) {
        return 0;
    }
    return (digest == NULL || OSSL_PARAM_set_utf8_string(digest, digest_name(ctx->digest)) == 1) &&
           (size == NULL ||
            OSSL_PARAM_set_size_t(size, ctx->digest == NULL ? 0 : ctx->digest->size) == 1) &&
           (padding == NULL || write_value(padding, PADDINGS, ctx->padding) == 1) &&
           (salt == NULL || write_value(salt, SALTS, ctx->salt_len) == 1) &&
           (mask == NULL || OSSL_PARAM_set_utf8_string(mask, digest_name(mgf1)) == 1);
}

const OSSL_PARAM *signature_rsa_settable(void *ctx, void *provctx)
{
    static const OSSL_PARAM TYPES[] = {
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0), OSSL_PARAM_END};
    (void)ctx, (void)provctx;
    return TYPES;
}

const OSSL_PARAM *signature_rsa_gettable(void *ctx, void *provctx)
{
    static const OSSL_PARAM TYPES[] = {
        OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
        OSSL_PARAM_END};
    (void)ctx, (void)provctx;
    return TYPES;
}

const OSSL_PARAM *signature_ecdsa_settable(void *ctx, void *provctx)
{
    static const OSSL_PARAM TYPES[] = {OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
                                       OSSL_PARAM_END};
    (void)ctx, (void)provctx;
    return TYPES;
}

const OSSL_PARAM *signature_ecdsa_gettable(void *ctx, void *provctx)
{
    static const OSSL_PARAM TYPES[] = {
        OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
        OSSL_PARAM_size_t(OSSL_SIGNATURE_PARAM_DIGEST_SIZE, NULL), OSSL_PARAM_END};
    (void)ctx, (void)provctx;
    return TYPES;
}
