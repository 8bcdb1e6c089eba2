/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/csr_extensions.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/text.h"
#include "identity/cleanup.h"
#include "identity/csr_like.h"
#include "identity/subject_types.h"

#define SAN_VALUE_MAX 2048 /* bytes */
#define DNS_NAME_MAX 253   /* bytes, RFC 1035 section 2.3.4 without the trailing dot */

static const char *const KEY_USAGES[] = {
    "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
    "keyCertSign",      "cRLSign",        "encipherOnly",    "decipherOnly",
};

static const char *const EXTENDED_KEY_USAGES[] = {
    "clientAuth",   "serverAuth",  "emailProtection", "codeSigning",
    "timeStamping", "OCSPSigning", "ipsecIKE",        "anyExtendedKeyUsage",
};

typedef struct san_kind {
    const char *prefix; /* with its colon */
    int type;
    const char *form; /* for messages */
} san_kind;

static const san_kind SAN_KINDS[] = {
    {"DNS:", GEN_DNS, "a host name such as DNS:host.example.com"},
    {"IP:", GEN_IPADD, "an address such as IP:192.0.2.1 or IP:2001:db8::1"},
    {"email:", GEN_EMAIL, "an address such as email:name@example.com"},
    {"URI:", GEN_URI, "a URI such as URI:https://example.com/x"},
};

static bool has_only(const char *text, const char *extra)
{
    for (const char *c = text; *c != '\0'; c++) {
        const bool alphanumeric =
            (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z');
        if (!alphanumeric && strchr(extra, *c) == NULL) {
            return false;
        }
    }
    return *text != '\0';
}

static bool is_dns_name(const char *name)
{
    if (text_starts(name, "*.")) {
        name += 2;
    }
    return strlen(name) <= DNS_NAME_MAX && has_only(name, "-._") && name[0] != '.' &&
           name[0] != '-' && strstr(name, "..") == NULL;
}

static bool is_email(const char *address)
{
    const char *at = strchr(address, '@');
    return at != NULL && at != address && is_dns_name(at + 1) && at[1] != '*' &&
           has_only(address, "!#$%&'*+-/=?^_`{|}~.@");
}

/* RFC 3986 section 3.1: a scheme, a colon, and only characters a URI may have. */
static bool is_uri(const char *uri)
{
    const char *colon = strchr(uri, ':');
    const bool letter = ((uri[0] | 0x20) >= 'a') && ((uri[0] | 0x20) <= 'z');
    return colon != NULL && letter && colon[1] != '\0' && has_only(uri, "-._~:/?#[]@!$&'()*+,;=%");
}

static bool is_well_formed(int type, const char *value)
{
    if (strlen(value) > SAN_VALUE_MAX) {
        return false;
    }
    switch (type) {
    case GEN_DNS:
        return is_dns_name(value);
    case GEN_EMAIL:
        return is_email(value);
    case GEN_URI:
        return is_uri(value);
    default:
        return has_only(value, ".:");
    }
}

/* @return the value as GENERAL_NAME wants it; NULL if it is no address or memory is short. */
static ASN1_STRING *san_value(int type, const char *value)
{
    if (type == GEN_IPADD) {
        ERR_set_mark();
        ASN1_STRING *address = a2i_IPADDRESS(value);
        ERR_pop_to_mark();
        return address;
    }
    CIHSM_AUTO(asn1_string_cleanup) ASN1_STRING *text = ASN1_IA5STRING_new();
    if (text == NULL || ASN1_STRING_set(text, value, (int)strlen(value)) != 1) {
        return NULL;
    }
    return CIHSM_MOVE(text);
}

static cihsm_status add_san(GENERAL_NAMES *to, const san_kind *kind, const char *value,
                            cihsm_error *err)
{
    CIHSM_AUTO(asn1_string_cleanup)
    ASN1_STRING *encoded = is_well_formed(kind->type, value) ? san_value(kind->type, value) : NULL;
    if (encoded == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "SAN \"%s%.100s\" is not %s in plain ASCII",
                                kind->prefix, value, kind->form);
    }
    CIHSM_AUTO(general_name_cleanup) GENERAL_NAME *name = GENERAL_NAME_new();
    if (name == NULL) {
        return cihsm_fail_memory(err);
    }
    GENERAL_NAME_set0_value(name, kind->type, encoded);
    encoded = NULL; /* the name's now */
    if (sk_GENERAL_NAME_push(to, name) == 0) {
        return cihsm_fail_memory(err);
    }
    name = NULL; /* the list's now */
    return CIHSM_OK;
}

static cihsm_status parse_san(GENERAL_NAMES *to, const char *text, cihsm_error *err)
{
    for (size_t i = 0; text != NULL && i < sizeof SAN_KINDS / sizeof *SAN_KINDS; i++) {
        const size_t prefix = strlen(SAN_KINDS[i].prefix);
        if (strncasecmp(text, SAN_KINDS[i].prefix, prefix) == 0) {
            return add_san(to, &SAN_KINDS[i], text + prefix, err);
        }
    }
    return cihsm_fail_plain(
        err, CIHSM_E_USAGE,
        "SAN \"%.100s\" must start with DNS:, IP:, email: or URI:", text == NULL ? "" : text);
}

static cihsm_status add_extension(STACK_OF(X509_EXTENSION) * *to, int nid, void *value,
                                  bool critical, cihsm_error *err)
{
    if (X509V3_add1_i2d(to, nid, value, critical, X509V3_ADD_DEFAULT) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot encode the extension %s",
                                  OBJ_nid2sn(nid));
    }
    return CIHSM_OK;
}

static cihsm_status add_sans(const cihsm_csr_spec *spec, const X509 *like,
                             STACK_OF(X509_EXTENSION) * *to, cihsm_error *err)
{
    bool copied = false;
    if (spec->san == NULL) {
        return csr_like_extension(like, NID_subject_alt_name, *to, &copied, err);
    }
    if (spec->san_count == 0) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(general_names_cleanup) GENERAL_NAMES *names = GENERAL_NAMES_new();
    if (names == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < spec->san_count; i++) {
        CIHSM_TRY(parse_san(names, spec->san[i], err));
    }
    return add_extension(to, NID_subject_alt_name, names, false, err);
}

/* Takes one item off a comma list, without the blanks around it; false at the end. */
static bool next_item(const char **list, char *out, size_t size)
{
    if (*list == NULL) {
        return false;
    }
    const char *start = *list + strspn(*list, " \t");
    size_t len = strcspn(start, ",");
    *list = start[len] == ',' ? start + len + 1 : NULL;
    while (len > 0 && (start[len - 1] == ' ' || start[len - 1] == '\t')) {
        len--;
    }
    if (len >= size) {
        len = size - 1; /* no known name is that long: refused with its beginning */
    }
    memcpy(out, start, len);
    out[len] = '\0';
    return true;
}

static cihsm_status find_extended_usage(const char *name, ASN1_OBJECT **out, cihsm_error *err)
{
    bool known = subject_type_is_dotted(name);
    for (size_t i = 0; i < sizeof EXTENDED_KEY_USAGES / sizeof *EXTENDED_KEY_USAGES; i++) {
        known = known || strcmp(name, EXTENDED_KEY_USAGES[i]) == 0;
    }
    ERR_set_mark();
    *out = known ? OBJ_txt2obj(name, 0) : NULL;
    ERR_pop_to_mark();
    if (*out == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "unknown extended key usage \"%.60s\"; use clientAuth, serverAuth, "
                                "emailProtection or a dotted OID",
                                name);
    }
    return CIHSM_OK;
}

static cihsm_status add_extended_usages(const cihsm_csr_spec *spec, const X509 *like,
                                        STACK_OF(X509_EXTENSION) * *to, cihsm_error *err)
{
    bool copied = false;
    if (spec->eku == NULL) {
        CIHSM_TRY(csr_like_extension(like, NID_ext_key_usage, *to, &copied, err));
    }
    const char *list = spec->eku == NULL ? "clientAuth" : spec->eku;
    if (copied || *list == '\0') {
        return CIHSM_OK;
    }
    CIHSM_AUTO(extended_key_usage_cleanup)
    EXTENDED_KEY_USAGE *usages = sk_ASN1_OBJECT_new_null();
    if (usages == NULL) {
        return cihsm_fail_memory(err);
    }
    char name[128];
    while (next_item(&list, name, sizeof name)) {
        CIHSM_AUTO(asn1_object_cleanup) ASN1_OBJECT *usage = NULL;
        CIHSM_TRY(find_extended_usage(name, &usage, err));
        if (sk_ASN1_OBJECT_push(usages, usage) == 0) {
            return cihsm_fail_memory(err);
        }
        usage = NULL; /* the list's now */
    }
    return add_extension(to, NID_ext_key_usage, usages, false, err);
}

const char *csr_key_usage_name(int bit)
{
    const size_t at = (size_t)bit;
    return bit >= 0 && at < sizeof KEY_USAGES / sizeof *KEY_USAGES ? KEY_USAGES[at] : NULL;
}

static cihsm_status set_usage(ASN1_BIT_STRING *bits, const char *name, cihsm_error *err)
{
    const char *usage = NULL;
    for (int bit = 0; (usage = csr_key_usage_name(bit)) != NULL; bit++) {
        if (strcmp(name, usage) == 0) {
            return ASN1_BIT_STRING_set_bit(bits, bit, 1) == 1 ? CIHSM_OK : cihsm_fail_memory(err);
        }
    }
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "unknown key usage \"%.60s\"; use digitalSignature, keyEncipherment or "
                            "keyAgreement",
                            name);
}

/* Critical, as RFC 5280 section 4.2.1.3 wants it. */
static cihsm_status add_usages(const cihsm_csr_spec *spec, const X509 *like,
                               STACK_OF(X509_EXTENSION) * *to, cihsm_error *err)
{
    bool copied = false;
    if (spec->key_usage == NULL) {
        CIHSM_TRY(csr_like_extension(like, NID_key_usage, *to, &copied, err));
    }
    const char *list = spec->key_usage == NULL ? "digitalSignature" : spec->key_usage;
    if (copied || *list == '\0') {
        return CIHSM_OK;
    }
    CIHSM_AUTO(bit_string_cleanup) ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    if (bits == NULL) {
        return cihsm_fail_memory(err);
    }
    char name[64];
    while (next_item(&list, name, sizeof name)) {
        CIHSM_TRY(set_usage(bits, name, err));
    }
    return add_extension(to, NID_key_usage, bits, true, err);
}

cihsm_status csr_extensions_make(const cihsm_csr_spec *spec, const X509 *like,
                                 STACK_OF(X509_EXTENSION) * *out, cihsm_error *err)
{
    CIHSM_AUTO(x509_extensions_cleanup)
    STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(add_sans(spec, like, &list, err));
    CIHSM_TRY(add_extended_usages(spec, like, &list, err));
    CIHSM_TRY(add_usages(spec, like, &list, err));
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}
