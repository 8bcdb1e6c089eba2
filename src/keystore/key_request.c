/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that the tenant makes certificates for: new ones, and private keys without a certificate.
 *
 * Source: docs/sap-contract.md section 7.3.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "keystore/write.h"

enum { KEY_FILE_MAX = 10000, RSA_BITS = 4096, EC_BITS_MIN = 112, EC_BITS_MAX = 571 };

/* What is documented of each type. */
typedef struct key_type {
    const char *name;
    long size; /* if none is given; 0: one must be */
    const char *algorithm;
    const char *algorithm_end;
} key_type;

static const key_type TYPES[] = {
    {"RSA", RSA_BITS, "SHA-512/RSA", "/RSA"},
    {"DSA", 0, "SHA-256/DSA", "/DSA"},
    {"EC", 0, "SHA-512/ECDSA", "/ECDSA"},
};

static const key_type *type_of(const char *name)
{
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        if (strcmp(TYPES[i].name, name) == 0) {
            return &TYPES[i];
        }
    }
    return NULL;
}

/* --- subject --------------------------------------------------------------------------------- */

static cihsm_status check_subject(const cihsm_keystore_subject *subject, cihsm_error *err)
{
    const char *country = subject->country;
    if (subject->common_name == NULL || *subject->common_name == '\0') {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the common name is missing: the certificate needs one");
    }
    if (country == NULL || strlen(country) != 2 || isalpha((unsigned char)country[0]) == 0 ||
        isalpha((unsigned char)country[1]) == 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the country is two letters, DE for example; the tenant wants one");
    }
    if (subject->not_after_ms != 0 && subject->not_after_ms <= subject->not_before_ms) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the certificate would end before it begins");
    }
    return CIHSM_OK;
}

static cihsm_status set_text(cihsm_value *to, const char *name, const char *text, cihsm_error *err)
{
    return text == NULL ? CIHSM_OK : cihsm_value_set_string(to, name, text, err);
}

static cihsm_status set_date(cihsm_value *to, const char *name, int64_t ms, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *date = NULL;
    if (ms == 0) {
        return CIHSM_OK;
    }
    CIHSM_TRY(text_format(&date, err, "/Date(%" PRId64 ")/", ms));
    return cihsm_value_set_string(to, name, date, err);
}

static cihsm_status set_subject(const cihsm_keystore_subject *from, cihsm_value *to,
                                cihsm_error *err)
{
    CIHSM_TRY(check_subject(from, err));
    CIHSM_TRY(set_text(to, "CommonName", from->common_name, err));
    CIHSM_TRY(set_text(to, "OrganizationUnit", from->organization_unit, err));
    CIHSM_TRY(set_text(to, "Organization", from->organization, err));
    CIHSM_TRY(set_text(to, "Locality", from->locality, err));
    CIHSM_TRY(set_text(to, "State", from->state, err));
    CIHSM_TRY(set_text(to, "Country", from->country, err));
    CIHSM_TRY(set_text(to, "Email", from->email, err));
    CIHSM_TRY(set_date(to, "ValidNotBefore", from->not_before_ms, err));
    return set_date(to, "ValidNotAfter", from->not_after_ms, err);
}

/* What the documentation and its example write differs, so only the end is looked at. */
static cihsm_status set_algorithm(const key_type *type, const char *given, cihsm_value *to,
                                  cihsm_error *err)
{
    const char *algorithm = given == NULL ? type->algorithm : given;
    const size_t len = strlen(algorithm);
    const size_t end = strlen(type->algorithm_end);
    if (len <= end || strcmp(algorithm + len - end, type->algorithm_end) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the signature algorithm \"%.40s\" is none of %s keys: %s", given,
                                type->name, type->algorithm);
    }
    return cihsm_value_set_string(to, "SignatureAlgorithm", algorithm, err);
}

/* --- a new key ------------------------------------------------------------------------------- */

static cihsm_status check_curve(const cihsm_keystore_key *key, cihsm_error *err)
{
    if ((key->curve == NULL) == (key->size == 0)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "a key of the type EC takes either a curve, secp256r1 for example, "
                                "or a size");
    }
    if (key->size != 0 && (key->size < EC_BITS_MIN || key->size > EC_BITS_MAX)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the size of an EC key is %d to %d bits",
                                EC_BITS_MIN, EC_BITS_MAX);
    }
    return CIHSM_OK;
}

static cihsm_status set_strength(const key_type *type, const cihsm_keystore_key *key,
                                 cihsm_value *to, cihsm_error *err)
{
    const bool is_ec = strcmp(type->name, "EC") == 0;
    const long size = key->size == 0 ? type->size : key->size;
    if (is_ec) {
        CIHSM_TRY(check_curve(key, err));
    } else if (key->curve != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "a curve is for keys of the type EC, not %s",
                                type->name);
    } else if (size <= 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the size is missing: how many bits has a %s key?", type->name);
    }
    CIHSM_TRY(set_text(to, "KeyAlgorithmParameter", key->curve, err));
    return size == 0 ? CIHSM_OK : cihsm_value_set_number(to, "KeySize", (double)size, err);
}

cihsm_status cihsm_keystore_create_key_pair(const cihsm_keystore_key *key,
                                            cihsm_keystore_write **out, cihsm_error *err)
{
    CIHSM_TRY(cihsm_keystore_check_alias(key->alias, err));
    const char *name = key->type == NULL ? TYPES[0].name : key->type;
    const key_type *type = type_of(name);
    if (type == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the type of a key is RSA, DSA or EC, not "
                                "\"%.40s\"",
                                name);
    }
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_TRY(keystore_begin(KEYSTORE_NEW_KEY, "POST", key->alias, &write, err));
    keystore_set_set(write, "KeyPairGenerationRequests");
    CIHSM_TRY(keystore_begin_value(write, err));
    CIHSM_TRY(keystore_set_alias(write, err));
    CIHSM_TRY(cihsm_value_set_string(write->value, "KeyType", type->name, err));
    CIHSM_TRY(set_strength(type, key, write->value, err));
    CIHSM_TRY(set_algorithm(type, key->subject.signature_algorithm, write->value, err));
    CIHSM_TRY(set_subject(&key->subject, write->value, err));
    CIHSM_TRY(keystore_add_switch(write, "returnKeystoreEntries", true, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

/* --- private keys in files ------------------------------------------------------------------- */

static cihsm_status read_key(const char *path, buffer *out, cihsm_error *err)
{
    *out = buffer_new(KEY_FILE_MAX);
    return file_read(path, "private key file", out, err);
}

static cihsm_status mask_key(cihsm_keystore_write *write, const char *name, size_t len,
                             bool has_password, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *shown = NULL;
    CIHSM_TRY(text_format(&shown, err, "(private key of %zu bytes)", len));
    const keystore_mask masks[] = {
        {name, shown}, {has_password ? "Password" : NULL, NULL}, {NULL, NULL}};
    return keystore_show_masked(write, masks, err);
}

static cihsm_status check_ssh(const buffer *file, const char *path, cihsm_error *err)
{
    const char *text = buffer_text(file);
    const bool is_key =
        strstr(text, "PRIVATE KEY-----") != NULL || text_starts(text, "PuTTY-User-Key-File-");
    return is_key ? CIHSM_OK
                  : cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                     "%s is no SSH private key, neither OpenSSH nor PuTTY", path);
}

cihsm_status cihsm_keystore_import_ssh_key(const cihsm_keystore_import *from,
                                           const cihsm_keystore_subject *subject,
                                           cihsm_keystore_write **out, cihsm_error *err)
{
    CIHSM_TRY(cihsm_keystore_check_alias(from->alias, err));
    CIHSM_AUTO(buffer_free) buffer file = {0};
    CIHSM_TRY(read_key(from->path, &file, err));
    CIHSM_TRY(check_ssh(&file, from->path, err));
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_TRY(keystore_begin(KEYSTORE_SSH_KEY, "POST", from->alias, &write, err));
    keystore_set_set(write, "SSHKeyGenerationRequests");
    CIHSM_TRY(keystore_begin_value(write, err));
    CIHSM_TRY(cihsm_value_set_string(write->value, "Alias", from->alias, err));
    CIHSM_TRY(cihsm_value_set_string(write->value, "SSHFile", buffer_text(&file), err));
    CIHSM_TRY(keystore_set_password(write, from->password, err));
    CIHSM_TRY(set_subject(subject, write->value, err));
    CIHSM_TRY(mask_key(write, "SSHFile", file.len, from->password != NULL, err));
    write->is_update = from->is_update;
    CIHSM_TRY(keystore_add_switch(write, "returnKeystoreEntries", false, err));
    CIHSM_TRY(keystore_add_switch(write, "update", from->is_update, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

static cihsm_status check_rsa(const buffer *file, const char *path, cihsm_error *err)
{
    const char *text = buffer_text(file);
    if (strstr(text, "-----BEGIN RSA PRIVATE KEY-----") == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s is no RSA private key in PKCS#1 PEM, the only form that the "
                                "tenant takes: make it with \"openssl rsa -traditional\"",
                                path);
    }
    if (strstr(text, "ENCRYPTED") != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s is encrypted, and the tenant takes no password for it: import "
                                "it as PKCS#12 instead, \"cihsm keystore key-pair import\"",
                                path);
    }
    return CIHSM_OK;
}

cihsm_status cihsm_keystore_import_rsa_key(const cihsm_keystore_import *from,
                                           const cihsm_keystore_subject *subject,
                                           cihsm_keystore_write **out, cihsm_error *err)
{
    CIHSM_TRY(cihsm_keystore_check_alias(from->alias, err));
    CIHSM_AUTO(buffer_free) buffer file = {0};
    CIHSM_TRY(read_key(from->path, &file, err));
    CIHSM_TRY(check_rsa(&file, from->path, err));
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_TRY(keystore_begin(KEYSTORE_RSA_KEY, "POST", from->alias, &write, err));
    keystore_set_set(write, "RSAKeyGenerationRequests");
    CIHSM_TRY(keystore_begin_value(write, err));
    CIHSM_TRY(keystore_set_alias(write, err));
    CIHSM_TRY(cihsm_value_set_bytes(write->value, "RSAFile", file.data, file.len, err));
    CIHSM_TRY(set_algorithm(&TYPES[0], subject->signature_algorithm, write->value, err));
    CIHSM_TRY(set_subject(subject, write->value, err));
    CIHSM_TRY(mask_key(write, "RSAFile", file.len, false, err));
    CIHSM_TRY(keystore_add_switch(write, "returnKeystoreEntries", true, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}
