/* SPDX-License-Identifier: Apache-2.0 */
#include "client/evidence.h"

#include <stdio.h>
#include <string.h>

#include <openssl/rsa.h>

#include "base/error.h"
#include "base/file.h"
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/key.h"

enum { SHA256_LEN = 32 };

FOREIGN_CLEANUP(x509_pubkey, X509_PUBKEY, X509_PUBKEY_free)

static const evidence_algorithm ALGORITHMS[] = {
    {"RSASSA-PKCS1-v1_5-SHA256", "RSA", false},
    {"RSASSA-PSS-SHA256", "RSA", true},
    {"ECDSA-SHA256", "EC", false},
};
enum { ALGORITHM_COUNT = sizeof ALGORITHMS / sizeof *ALGORITHMS };

const evidence_algorithm *evidence_algorithm_for(const EVP_PKEY *key, bool pss)
{
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        if (ALGORITHMS[i].pss == pss && EVP_PKEY_is_a(key, ALGORITHMS[i].key) == 1) {
            return &ALGORITHMS[i];
        }
    }
    return NULL;
}

const evidence_algorithm *evidence_algorithm_named(const char *name)
{
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        if (text_equal(ALGORITHMS[i].name, name)) {
            return &ALGORITHMS[i];
        }
    }
    return NULL;
}

bool evidence_choose_padding(const evidence_algorithm *algorithm, EVP_PKEY_CTX *context)
{
    return !algorithm->pss ||
           (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

cihsm_status evidence_bytes(const cihsm_value *object, buffer *out, cihsm_error *err)
{
    return cihsm_value_write(object, 0, append, out, err);
}

cihsm_status evidence_key_sha256(EVP_PKEY *key, char out[CERTIFICATE_SHA256_MAX], cihsm_error *err)
{
    CIHSM_AUTO(x509_pubkey_cleanup) X509_PUBKEY *encoded = NULL;
    if (X509_PUBKEY_set(&encoded, key) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot encode the public key");
    }
    return certificate_key_sha256(encoded, out, err);
}

void evidence_key_type(const EVP_PKEY *key, char out[16])
{
    static const struct {
        const char *group;
        cihsm_key_type type;
    } CURVES[] = {{"prime256v1", CIHSM_KEY_EC_P256}, {"secp384r1", CIHSM_KEY_EC_P384}};
    cihsm_key_type type = EVP_PKEY_is_a(key, "RSA") == 1 ? CIHSM_KEY_RSA : CIHSM_KEY_OTHER;
    char group[32] = "";
    if (type == CIHSM_KEY_OTHER && EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1) {
        for (size_t i = 0; i < sizeof CURVES / sizeof *CURVES; i++) {
            type = strcmp(CURVES[i].group, group) == 0 ? CURVES[i].type : type;
        }
    }
    cihsm_key_type_format(type, (unsigned)EVP_PKEY_get_bits(key), out);
}

const char *evidence_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static cihsm_status describe(const char *path, const buffer *content, cihsm_value *to,
                             cihsm_error *err)
{
    unsigned char digest[SHA256_LEN];
    char hex[2 * SHA256_LEN + 1];
    char bytes[24];
    const char *name = evidence_file_name(path);
    if (!text_is_utf8(name, strlen(name))) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the name of %s is no UTF-8; rename the file",
                                path);
    }
    if (EVP_Digest(buffer_text(content), content->len, digest, NULL, EVP_sha256(), NULL) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot compute a SHA-256");
    }
    text_hex(hex, digest, sizeof digest);
    snprintf(bytes, sizeof bytes, "%zu", content->len);
    CIHSM_TRY(cihsm_value_set_string(to, "name", name, err));
    CIHSM_TRY(cihsm_value_set_string(to, "bytes", bytes, err));
    return cihsm_value_set_string(to, "sha256", hex, err);
}

cihsm_status evidence_attachment(const char *path, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer content = buffer_new(CIHSM_EVIDENCE_ATTACHMENT_MAX);
    CIHSM_TRY(file_read(path, "attachment", &content, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_object();
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(describe(path, &content, made, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

static cihsm_status check_names(const char *const *paths, size_t count, cihsm_error *err)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(evidence_file_name(paths[i]), evidence_file_name(paths[j])) == 0) {
                return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                        "two attached files are named %s; rename one",
                                        evidence_file_name(paths[i]));
            }
        }
    }
    return CIHSM_OK;
}

cihsm_status evidence_attachments(const char *const *paths, size_t count, cihsm_value **out,
                                  cihsm_error *err)
{
    CIHSM_TRY(check_names(paths, count, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *one = NULL;
        CIHSM_TRY(evidence_attachment(paths[i], &one, err));
        CIHSM_TRY(cihsm_value_append(list, &one, err));
    }
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}

cihsm_status cihsm_evidence_spec_check(const cihsm_evidence_spec *spec, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *attachments = NULL;
    return evidence_attachments(spec->attach, spec->attach_count, &attachments, err);
}
