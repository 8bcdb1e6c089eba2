/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/csr_summary.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "base/error.h"
#include "base/text.h"
#include "identity/certificate.h"
#include "identity/cleanup.h"
#include "identity/csr_extensions.h"

static cihsm_status san_address(const ASN1_STRING *octets, char **out, cihsm_error *err)
{
    char text[INET6_ADDRSTRLEN] = "";
    const int family = ASN1_STRING_length(octets) == 4 ? AF_INET : AF_INET6;
    if ((family == AF_INET6 && ASN1_STRING_length(octets) != 16) ||
        inet_ntop(family, ASN1_STRING_get0_data(octets), text, sizeof text) == NULL) {
        return text_set(out, "IP:(no address)", err);
    }
    return text_format(out, err, "IP:%s", text);
}

static cihsm_status san_string(const char *prefix, const ASN1_STRING *text, char **out,
                               cihsm_error *err)
{
    char plain[2100];
    text_escape(plain, sizeof plain, (const char *)ASN1_STRING_get0_data(text),
                (size_t)ASN1_STRING_length(text));
    return text_format(out, err, "%s:%s", prefix, plain);
}

static cihsm_status san_object(const char *prefix, const ASN1_OBJECT *object, char **out,
                               cihsm_error *err)
{
    char name[128] = "";
    OBJ_obj2txt(name, sizeof name, object, 1);
    return text_format(out, err, "%s:%s", prefix, name);
}

static cihsm_status san_directory(const X509_NAME *directory, char **out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *name = NULL;
    CIHSM_TRY(certificate_name(directory, &name, err));
    return text_format(out, err, "dirName:%s", name);
}

static cihsm_status san_text(const GENERAL_NAME *name, char **out, cihsm_error *err)
{
    int type = 0;
    const void *value = GENERAL_NAME_get0_value(name, &type);
    switch (type) {
    case GEN_DNS:
        return san_string("DNS", value, out, err);
    case GEN_EMAIL:
        return san_string("email", value, out, err);
    case GEN_URI:
        return san_string("URI", value, out, err);
    case GEN_IPADD:
        return san_address(value, out, err);
    case GEN_DIRNAME:
        return san_directory(value, out, err);
    case GEN_RID:
        return san_object("RID", value, out, err);
    case GEN_OTHERNAME:
        return san_object("otherName", ((const OTHERNAME *)value)->type_id, out, err);
    default:
        return text_format(out, err, "other:%d", type);
    }
}

static cihsm_status put_sans(const STACK_OF(X509_EXTENSION) * extensions, cihsm_value *to,
                             cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    CIHSM_AUTO(general_names_cleanup)
    GENERAL_NAMES *names = X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; list != NULL && i < sk_GENERAL_NAME_num(names); i++) {
        CIHSM_AUTO(text_free) char *text = NULL;
        CIHSM_TRY(san_text(sk_GENERAL_NAME_value(names, i), &text, err));
        CIHSM_TRY(cihsm_value_append_string(list, text, err));
    }
    return cihsm_value_set(to, "san", &list, err);
}

static void usage_name(const ASN1_OBJECT *usage, char *out, size_t size)
{
    const int nid = OBJ_obj2nid(usage);
    if (nid == NID_undef) {
        OBJ_obj2txt(out, (int)size, usage, 1);
        return;
    }
    snprintf(out, size, "%s", OBJ_nid2sn(nid));
}

static cihsm_status put_extended_usages(const STACK_OF(X509_EXTENSION) * extensions,
                                        cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    CIHSM_AUTO(extended_key_usage_cleanup)
    EXTENDED_KEY_USAGE *usages = X509V3_get_d2i(extensions, NID_ext_key_usage, NULL, NULL);
    for (int i = 0; list != NULL && i < sk_ASN1_OBJECT_num(usages); i++) {
        char name[128];
        usage_name(sk_ASN1_OBJECT_value(usages, i), name, sizeof name);
        CIHSM_TRY(cihsm_value_append_string(list, name, err));
    }
    return cihsm_value_set(to, "extendedKeyUsage", &list, err);
}

static cihsm_status put_usages(const STACK_OF(X509_EXTENSION) * extensions, cihsm_value *to,
                               cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    CIHSM_AUTO(bit_string_cleanup)
    ASN1_BIT_STRING *bits = X509V3_get_d2i(extensions, NID_key_usage, NULL, NULL);
    for (int bit = 0; list != NULL && bits != NULL && csr_key_usage_name(bit) != NULL; bit++) {
        if (ASN1_BIT_STRING_get_bit(bits, bit) == 1) {
            CIHSM_TRY(cihsm_value_append_string(list, csr_key_usage_name(bit), err));
        }
    }
    return cihsm_value_set(to, "keyUsage", &list, err);
}

static cihsm_status put_key(X509_REQ *request, cihsm_value *to, cihsm_error *err)
{
    const EVP_PKEY *key = X509_REQ_get0_pubkey(request);
    char name[CERTIFICATE_KEY_MAX] = "unknown";
    if (key != NULL) {
        certificate_key_name(key, name);
    }
    CIHSM_TRY(cihsm_value_set_string(to, "publicKey", name, err));
    char sha256[CERTIFICATE_SHA256_MAX];
    CIHSM_TRY(certificate_key_sha256(X509_REQ_get_X509_PUBKEY(request), sha256, err));
    return cihsm_value_set_string(to, "publicKeySha256", sha256, err);
}

/* The digest of RSASSA-PSS stands in the parameters (RFC 4055 section 3.1), SHA-1 if left out. */
static int pss_digest(const X509_ALGOR *algorithm)
{
    int type = 0;
    const void *value = NULL;
    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    CIHSM_AUTO(pss_params_cleanup)
    RSA_PSS_PARAMS *parameters =
        type == V_ASN1_SEQUENCE ? ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS)) : NULL;
    if (parameters == NULL || parameters->hashAlgorithm == NULL) {
        return NID_sha1;
    }
    const ASN1_OBJECT *digest = NULL;
    X509_ALGOR_get0(&digest, NULL, NULL, parameters->hashAlgorithm);
    return OBJ_obj2nid(digest);
}

int csr_signature_digest(const X509_REQ *request)
{
    const X509_ALGOR *algorithm = NULL;
    X509_REQ_get0_signature(request, NULL, &algorithm);
    const int nid = X509_REQ_get_signature_nid(request);
    int digest = NID_undef;
    if (nid == NID_rsassaPss) {
        return pss_digest(algorithm);
    }
    return OBJ_find_sigid_algs(nid, &digest, NULL) == 1 ? digest : NID_undef;
}

static cihsm_status put_algorithm(const X509_REQ *request, cihsm_value *to, cihsm_error *err)
{
    const int nid = X509_REQ_get_signature_nid(request);
    char name[96];
    if (nid == NID_rsassaPss) {
        snprintf(name, sizeof name, "RSASSA-PSS %s", OBJ_nid2sn(csr_signature_digest(request)));
    } else {
        snprintf(name, sizeof name, "%s", nid == NID_undef ? "unknown" : OBJ_nid2ln(nid));
    }
    return cihsm_value_set_string(to, "signatureAlgorithm", name, err);
}

static cihsm_status put_subject(X509_REQ *request, cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_TRY(certificate_name(X509_REQ_get_subject_name(request), &subject, err));
    return cihsm_value_set_string(to, "subject", subject, err);
}

static cihsm_status put_extensions(X509_REQ *request, cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(x509_extensions_cleanup)
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
    CIHSM_TRY(put_sans(extensions, to, err));
    CIHSM_TRY(put_extended_usages(extensions, to, err));
    return put_usages(extensions, to, err);
}

static cihsm_status summarize(X509_REQ *request, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *summary = cihsm_value_new_object();
    if (summary == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(put_subject(request, summary, err));
    CIHSM_TRY(put_extensions(request, summary, err));
    CIHSM_TRY(put_key(request, summary, err));
    CIHSM_TRY(put_algorithm(request, summary, err));
    *out = CIHSM_MOVE(summary);
    return CIHSM_OK;
}

cihsm_status csr_summary_make(X509_REQ *request, cihsm_value **out, cihsm_error *err)
{
    ERR_set_mark(); /* odd requests leave entries in OpenSSL's queue */
    const cihsm_status status = summarize(request, out, err);
    ERR_pop_to_mark();
    return status;
}
