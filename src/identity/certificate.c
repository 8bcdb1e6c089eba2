/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/certificate.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/text.h"
#include "identity/cleanup.h"

#define SECONDS_PER_DAY 86400

/* RFC 4514 in UTF-8; without ESC_MSB so that names stay readable. */
#define NAME_FLAGS ((unsigned long)XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB)
/* For names that are not what their tag says: every byte beyond ASCII as \XX. */
#define NAME_FLAGS_BYTES                                                          \
    (((unsigned long)XN_FLAG_RFC2253 | (unsigned long)ASN1_STRFLGS_IGNORE_TYPE) & \
     ~(unsigned long)ASN1_STRFLGS_UTF8_CONVERT)

/* False also if the result is not UTF-8: OpenSSL hands the bytes of a UTF8String on unchecked. */
static bool print_name(BIO *to, const X509_NAME *name, unsigned long flags)
{
    ERR_set_mark();
    const bool printed = X509_NAME_print_ex(to, name, 0, flags) >= 0;
    ERR_pop_to_mark();
    char *text = NULL;
    const long len = BIO_get_mem_data(to, &text);
    return printed && text_is_utf8(text, (size_t)len);
}

cihsm_status certificate_name(const X509_NAME *name, char **out, cihsm_error *err)
{
    CIHSM_AUTO(bio_cleanup) BIO *to = BIO_new(BIO_s_mem());
    if (to == NULL) {
        return cihsm_fail_memory(err);
    }
    if (!print_name(to, name, NAME_FLAGS) &&
        (BIO_reset(to) != 1 || !print_name(to, name, NAME_FLAGS_BYTES))) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "a name in a certificate is unreadable");
    }
    char *text = NULL;
    const long len = BIO_get_mem_data(to, &text);
    return text_format(out, err, "%.*s", (int)len, len > 0 ? text : "");
}

cihsm_status certificate_subject(const X509 *of, char **out, cihsm_error *err)
{
    return certificate_name(X509_get_subject_name(of), out, err);
}

cihsm_status certificate_issuer(const X509 *of, char **out, cihsm_error *err)
{
    return certificate_name(X509_get_issuer_name(of), out, err);
}

cihsm_status certificate_common_name(const X509 *of, char **out, cihsm_error *err)
{
    const X509_NAME *subject = X509_get_subject_name(of);
    int last = -1;
    for (int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1); at >= 0;
         at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) {
        last = at;
    }
    if (last < 0) {
        return text_set(out, NULL, err);
    }
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last));
    unsigned char *utf8 = NULL;
    ERR_set_mark();
    const int len = ASN1_STRING_to_UTF8(&utf8, value);
    ERR_pop_to_mark();
    if (len < 0 || memchr(utf8, '\0', (size_t)len) != NULL) {
        OPENSSL_free(utf8);
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "the common name is unreadable");
    }
    const cihsm_status status = text_format(out, err, "%.*s", len, (const char *)utf8);
    OPENSSL_free(utf8);
    return status;
}

cihsm_status certificate_serial(const X509 *of, char **out, cihsm_error *err)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(of), NULL);
    char *hex = number == NULL ? NULL : BN_bn2hex(number);
    BN_free(number);
    if (hex == NULL) {
        return cihsm_fail_memory(err);
    }
    for (char *c = hex; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    const cihsm_status status = text_set(out, hex, err);
    OPENSSL_free(hex);
    return status;
}

static cihsm_status broken_down(const ASN1_TIME *date, struct tm *out, cihsm_error *err)
{
    if (date == NULL || ASN1_TIME_to_tm(date, out) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_CONFIG, "a certificate has no readable date");
    }
    return CIHSM_OK;
}

cihsm_status certificate_seconds(const ASN1_TIME *date, time_t *out, cihsm_error *err)
{
    struct tm parts = {0};
    CIHSM_TRY(broken_down(date, &parts, err));
    *out = timegm(&parts);
    return CIHSM_OK;
}

long certificate_days_until(time_t then, time_t now)
{
    const time_t seconds = then - now;
    const time_t days = seconds / SECONDS_PER_DAY;
    return (long)(seconds % SECONDS_PER_DAY < 0 ? days - 1 : days);
}

cihsm_status certificate_time(const ASN1_TIME *date, char out[CERTIFICATE_TIME_MAX],
                              cihsm_error *err)
{
    struct tm parts = {0};
    CIHSM_TRY(broken_down(date, &parts, err));
    if (strftime(out, CERTIFICATE_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "a certificate has no readable date");
    }
    return CIHSM_OK;
}

cihsm_status certificate_sha256(const X509 *of, char out[CERTIFICATE_SHA256_MAX], cihsm_error *err)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (X509_digest(of, EVP_sha256(), hash, &len) != 1 || len != 32) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot hash a certificate");
    }
    text_hex(out, hash, len);
    return CIHSM_OK;
}

cihsm_status certificate_key_sha256(const X509_PUBKEY *key, char out[CERTIFICATE_SHA256_MAX],
                                    cihsm_error *err)
{
    unsigned char *der = NULL;
    const int der_len = i2d_X509_PUBKEY(key, &der);
    if (der_len <= 0) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot encode a public key");
    }
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    const int hashed = EVP_Digest(der, (size_t)der_len, hash, &len, EVP_sha256(), NULL);
    OPENSSL_free(der);
    if (hashed != 1 || len != 32) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot hash a public key");
    }
    text_hex(out, hash, len);
    return CIHSM_OK;
}

/* NIST's name where there is one (FIPS 186-4), else OpenSSL's. */
static void write_curve(const EVP_PKEY *key, char out[CERTIFICATE_KEY_MAX])
{
    char group[CERTIFICATE_KEY_MAX - 4] = "";
    ERR_set_mark();
    const int known =
        EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL);
    ERR_pop_to_mark();
    if (known != 1) {
        snprintf(out, CERTIFICATE_KEY_MAX, "EC %d", EVP_PKEY_get_bits(key));
        return;
    }
    const char *nist = EC_curve_nid2nist(OBJ_txt2nid(group));
    snprintf(out, CERTIFICATE_KEY_MAX, "EC %s", nist == NULL ? group : nist);
}

void certificate_key_name(const EVP_PKEY *key, char out[CERTIFICATE_KEY_MAX])
{
    if (EVP_PKEY_is_a(key, "EC")) {
        write_curve(key, out);
        return;
    }
    const char *name = EVP_PKEY_get0_type_name(key);
    snprintf(out, CERTIFICATE_KEY_MAX, "%.30s %d", name == NULL ? "unknown" : name,
             EVP_PKEY_get_bits(key));
}

bool certificate_same(const X509 *a, const X509 *b)
{
    return X509_cmp(a, b) == 0;
}

bool certificate_is_self_signed(X509 *of)
{
    ERR_set_mark();
    const bool self_signed = X509_self_signed(of, 1) == 1;
    ERR_pop_to_mark();
    return self_signed;
}

bool certificate_issued(X509 *issuer, X509 *of)
{
    ERR_set_mark();
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    const bool issued =
        key != NULL && X509_check_issued(issuer, of) == X509_V_OK && X509_verify(of, key) == 1;
    ERR_pop_to_mark();
    return issued;
}

static cihsm_status describe_names(const X509 *of, cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *text = NULL;
    CIHSM_TRY(certificate_subject(of, &text, err));
    CIHSM_TRY(cihsm_value_set_string(to, "subject", text, err));
    CIHSM_TRY(certificate_issuer(of, &text, err));
    CIHSM_TRY(cihsm_value_set_string(to, "issuer", text, err));
    CIHSM_TRY(certificate_serial(of, &text, err));
    return cihsm_value_set_string(to, "serialNumber", text, err);
}

static cihsm_status describe_key(const X509 *of, cihsm_value *to, cihsm_error *err)
{
    ERR_set_mark();
    const EVP_PKEY *key = X509_get0_pubkey(of);
    ERR_pop_to_mark();
    if (key == NULL) { /* an algorithm OpenSSL does not know */
        return cihsm_value_set_string(to, "publicKey", "unknown", err);
    }
    char name[CERTIFICATE_KEY_MAX];
    certificate_key_name(key, name);
    return cihsm_value_set_string(to, "publicKey", name, err);
}

static cihsm_status describe_dates(const X509 *of, cihsm_value *to, cihsm_error *err)
{
    char date[CERTIFICATE_TIME_MAX];
    CIHSM_TRY(certificate_time(X509_get0_notBefore(of), date, err));
    CIHSM_TRY(cihsm_value_set_string(to, "notBefore", date, err));
    CIHSM_TRY(certificate_time(X509_get0_notAfter(of), date, err));
    return cihsm_value_set_string(to, "notAfter", date, err);
}

cihsm_status certificate_describe(const X509 *of, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *facts = cihsm_value_new_object();
    if (facts == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(describe_names(of, facts, err));
    CIHSM_TRY(describe_dates(of, facts, err));
    CIHSM_TRY(describe_key(of, facts, err));
    char sha256[CERTIFICATE_SHA256_MAX];
    CIHSM_TRY(certificate_sha256(of, sha256, err));
    CIHSM_TRY(cihsm_value_set_string(facts, "sha256", sha256, err));
    *out = CIHSM_MOVE(facts);
    return CIHSM_OK;
}
