/* SPDX-License-Identifier: Apache-2.0 */
#include "tls/peer.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/x509v3.h>

#include "base/text.h"

#define NAMES_SHOWN 3
#define NAME_SHOWN_MAX 48 /* bytes */

/* Schemes of RFC 8446 section 4.2.3 that this library's keys can make. */
typedef struct scheme_row {
    const char *key_type;
    const char *group; /* TLS 1.3 ties the scheme to the curve; NULL: not EC */
    uint16_t code;
    bool in_tls13;
} scheme_row;

static const scheme_row SCHEMES[] = {
    {"RSA", NULL, 0x0401, false},       /* rsa_pkcs1_sha256 */
    {"RSA", NULL, 0x0501, false},       /* rsa_pkcs1_sha384 */
    {"RSA", NULL, 0x0601, false},       /* rsa_pkcs1_sha512 */
    {"RSA", NULL, 0x0804, true},        /* rsa_pss_rsae_sha256 */
    {"RSA", NULL, 0x0805, true},        /* rsa_pss_rsae_sha384 */
    {"RSA", NULL, 0x0806, true},        /* rsa_pss_rsae_sha512 */
    {"EC", "prime256v1", 0x0403, true}, /* ecdsa_secp256r1_sha256 */
    {"EC", "secp384r1", 0x0503, true},  /* ecdsa_secp384r1_sha384 */
    {"EC", "secp521r1", 0x0603, true},  /* ecdsa_secp521r1_sha512 */
};

static bool is_issuer_of(const tls_identity *identity, const X509_NAME *name)
{
    if (X509_NAME_cmp(X509_get_issuer_name(tls_identity_leaf(identity)), name) == 0) {
        return true;
    }
    STACK_OF(X509) *list = tls_identity_intermediates(identity);
    for (int i = 0; i < sk_X509_num(list); i++) {
        if (X509_NAME_cmp(X509_get_issuer_name(sk_X509_value(list, i)), name) == 0) {
            return true;
        }
    }
    return false;
}

/* The part of a name that tells CAs apart for people: CN, or what else there is. */
static void short_name(const X509_NAME *name, char *out, size_t size)
{
    static const int PARTS[] = {NID_commonName, NID_organizationalUnitName, NID_organizationName};
    out[0] = '\0';
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        const int at = X509_NAME_get_index_by_NID(name, PARTS[i], -1);
        if (at < 0) {
            continue;
        }
        const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
        unsigned char *utf8 = NULL;
        const int len = ASN1_STRING_to_UTF8(&utf8, value);
        if (len > 0) {
            text_escape(out, size, (const char *)utf8, (size_t)len);
            OPENSSL_free(utf8);
            return;
        }
        OPENSSL_free(utf8);
    }
    snprintf(out, size, "unnamed");
}

static void list_names(const STACK_OF(X509_NAME) * names, char *out, size_t size)
{
    const int count = sk_X509_NAME_num(names);
    size_t at = 0;
    for (int i = 0; i < count && i < NAMES_SHOWN; i++) {
        char name[NAME_SHOWN_MAX];
        short_name(sk_X509_NAME_value(names, i), name, sizeof name);
        const int wrote = snprintf(out + at, size - at, "%s%s", i == 0 ? "" : ", ", name);
        at += (size_t)wrote; /* 3 names and the tail always fit TLS_WATCH_NAMES_MAX */
    }
    if (count > NAMES_SHOWN) {
        snprintf(out + at, size - at, " and %d more", count - NAMES_SHOWN);
    }
}
_Static_assert(NAMES_SHOWN *(NAME_SHOWN_MAX + 2) + 24 < TLS_WATCH_NAMES_MAX, "names would be cut");

void tls_peer_read_issuers(const SSL *ssl, const tls_identity *identity, tls_watch *watch)
{
    const STACK_OF(X509_NAME) *names = SSL_get0_peer_CA_list(ssl);
    const int count = sk_X509_NAME_num(names);
    watch->ca_name_count = count > 0 ? count : 0;
    watch->ca_names[0] = '\0';
    watch->issuer_is_listed = false;
    if (count <= 0) {
        return;
    }
    list_names(names, watch->ca_names, sizeof watch->ca_names);
    for (int i = 0; identity != NULL && i < count && !watch->issuer_is_listed; i++) {
        watch->issuer_is_listed = is_issuer_of(identity, sk_X509_NAME_value(names, i));
    }
}

static bool key_can_make(const SSL *ssl, EVP_PKEY *key, uint16_t code)
{
    const bool tls13 = SSL_version(ssl) >= TLS1_3_VERSION;
    char group[32] = "";
    if (EVP_PKEY_is_a(key, "EC") == 1) {
        EVP_PKEY_get_group_name(key, group, sizeof group, NULL);
    }
    for (size_t i = 0; i < sizeof SCHEMES / sizeof *SCHEMES; i++) {
        const scheme_row *row = &SCHEMES[i];
        if (row->code != code || EVP_PKEY_is_a(key, row->key_type) != 1) {
            continue;
        }
        if (!tls13) {
            return true;
        }
        return row->in_tls13 && (row->group == NULL || strcmp(row->group, group) == 0);
    }
    return false;
}

bool tls_peer_accepts_key(SSL *ssl, const tls_identity *identity)
{
    const int count = SSL_get_shared_sigalgs(ssl, 0, NULL, NULL, NULL, NULL, NULL);
    for (int i = 0; i < count; i++) {
        unsigned char low = 0;
        unsigned char high = 0;
        SSL_get_shared_sigalgs(ssl, i, NULL, NULL, NULL, &low, &high);
        if (key_can_make(ssl, tls_identity_key(identity), (uint16_t)(high << 8 | low))) {
            return true;
        }
    }
    return false;
}

static bool is_address(const char *host)
{
    unsigned char bytes[16];
    return host[0] == '[' || inet_pton(AF_INET, host, bytes) == 1 ||
           inet_pton(AF_INET6, host, bytes) == 1;
}

/* Names of DNS: case does not matter, nor does the dot of the root. */
static bool same_name(const char *a, const char *b)
{
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    a_len -= a_len > 0 && a[a_len - 1] == '.' ? 1 : 0;
    b_len -= b_len > 0 && b[b_len - 1] == '.' ? 1 : 0;
    return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}

bool tls_peer_is_host(const SSL *ssl, const char *host)
{
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (host == NULL || is_address(host)) {
        return name == NULL;
    }
    return name != NULL && same_name(name, host);
}
