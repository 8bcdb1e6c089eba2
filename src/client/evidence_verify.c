/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm_evidence_verify: needs the file only.
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/error.h"
#include "base/file.h"
#include "base/foreign.h"
#include "base/json.h"
#include "base/text.h"
#include "client/evidence.h"

enum { SIGNATURE_TEXT_MAX = 4096 };

static cihsm_status fail_member(const char *member, const char *what, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_CHECK, "the evidence does not hold: %s %s", member, what);
}

static cihsm_status read_evidence(const char *path, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(EVIDENCE_MAX);
    CIHSM_TRY(file_read(path, "evidence", &text, err));
    cihsm_error reason = {0};
    const cihsm_status status = cihsm_value_parse(buffer_text(&text), text.len, out, &reason);
    if (status == CIHSM_E_NO_MEMORY) {
        return cihsm_fail_memory(err);
    }
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, CIHSM_E_CHECK, "%s is no evidence: %s", path, reason.message);
    }
    if (!text_equal(cihsm_value_get_string(*out, "format"), EVIDENCE_FORMAT)) {
        return fail_member("format", "is not " EVIDENCE_FORMAT, err);
    }
    return CIHSM_OK;
}

static cihsm_status read_public(const cihsm_value *evidence, EVP_PKEY **out, cihsm_error *err)
{
    const char *pem = cihsm_value_get_string(cihsm_value_get(evidence, "publicKey"), "pem");
    if (pem == NULL) {
        return fail_member("publicKey.pem", "is missing", err);
    }
    CIHSM_AUTO(bio_cleanup) BIO *from = BIO_new_mem_buf(pem, -1);
    if (from == NULL) {
        return cihsm_fail_memory(err);
    }
    ERR_set_mark();
    *out = PEM_read_bio_PUBKEY(from, NULL, NULL, NULL);
    ERR_pop_to_mark();
    return *out == NULL ? fail_member("publicKey.pem", "is no public key", err) : CIHSM_OK;
}

/* What is said twice must be said the same. */
static cihsm_status check_public(const cihsm_value *evidence, EVP_PKEY *key, cihsm_error *err)
{
    char sha256[CERTIFICATE_SHA256_MAX];
    char type[16];
    CIHSM_TRY(evidence_key_sha256(key, sha256, err));
    evidence_key_type(key, type);
    const cihsm_value *public_key = cihsm_value_get(evidence, "publicKey");
    if (!text_equal(cihsm_value_get_string(public_key, "sha256"), sha256)) {
        return fail_member("publicKey.sha256", "is not that of publicKey.pem", err);
    }
    if (!text_equal(cihsm_value_get_string(cihsm_value_get(evidence, "key"), "type"), type)) {
        return fail_member("key.type", "is not that of publicKey.pem", err);
    }
    return CIHSM_OK;
}

/* EVP_DecodeBlock counts the padding as zero bytes. */
static bool decode(const char *text, unsigned char *out, size_t *len)
{
    const size_t text_len = text == NULL ? 0 : strlen(text);
    if (text_len == 0 || text_len > SIGNATURE_TEXT_MAX) {
        return false;
    }
    const int got = EVP_DecodeBlock(out, (const unsigned char *)text, (int)text_len);
    const size_t padding =
        (size_t)(text[text_len - 1] == '=') + (size_t)(text_len > 1 && text[text_len - 2] == '=');
    *len = got < 0 ? 0 : (size_t)got - padding;
    return got > 0;
}

static bool verifies(EVP_PKEY *key, const evidence_algorithm *algorithm, const buffer *bytes,
                     const unsigned char *signature, size_t len)
{
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding = NULL; /* the context's */
    ERR_set_mark();               /* "does not verify" is an answer, not an error of OpenSSL */
    const bool good =
        context != NULL && EVP_DigestVerifyInit(context, &padding, EVP_sha256(), NULL, key) == 1 &&
        evidence_choose_padding(algorithm, padding) &&
        EVP_DigestVerify(context, signature, len, (const unsigned char *)bytes->data, bytes->len) ==
            1;
    ERR_pop_to_mark();
    return good;
}

/* Takes the signature out of the object, which is then what was signed. */
static cihsm_status check_signature(cihsm_value *evidence, EVP_PKEY *key, cihsm_error *err)
{
    const evidence_algorithm *algorithm =
        evidence_algorithm_named(cihsm_value_get_string(evidence, "signatureAlgorithm"));
    if (algorithm == NULL || EVP_PKEY_is_a(key, algorithm->key) != 1) {
        return fail_member("signatureAlgorithm", "is none for this key", err);
    }
    cihsm_value *member = json_get(evidence, "signature");
    unsigned char signature[SIGNATURE_TEXT_MAX];
    size_t len = 0;
    if (!decode(cihsm_value_string(member), signature, &len)) {
        return fail_member("signature", "is missing or no base64", err);
    }
    json_remove(evidence, member);
    CIHSM_AUTO(buffer_free) buffer bytes = buffer_new(EVIDENCE_MAX * 2);
    CIHSM_TRY(evidence_bytes(evidence, &bytes, err));
    if (!verifies(key, algorithm, &bytes, signature, len)) {
        return fail_member("signature",
                           "does not verify; the file was changed, or another key signed it", err);
    }
    return CIHSM_OK;
}

static const cihsm_value *attachment_named(const cihsm_value *list, const char *name)
{
    const cihsm_value *entry = cihsm_value_first(list);
    while (entry != NULL && !text_equal(cihsm_value_get_string(entry, "name"), name)) {
        entry = cihsm_value_next(entry);
    }
    return entry;
}

static cihsm_status check_attachment(const cihsm_value *list, const char *path, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *file = NULL;
    CIHSM_TRY(evidence_attachment(path, &file, err));
    const cihsm_value *entry = attachment_named(list, evidence_file_name(path));
    if (entry == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CHECK,
                                "the evidence does not hold: attachments has no file named %s",
                                evidence_file_name(path));
    }
    if (!text_equal(cihsm_value_get_string(entry, "sha256"),
                    cihsm_value_get_string(file, "sha256"))) {
        return cihsm_fail_plain(err, CIHSM_E_CHECK,
                                "the evidence does not hold: attachments: %s is not the file that "
                                "was attached",
                                path);
    }
    return CIHSM_OK;
}

static bool is_given(const char *name, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(evidence_file_name(paths[i]), name)) {
            return true;
        }
    }
    return false;
}

static cihsm_status copy(const cihsm_value *from, const char *name, cihsm_value *to, const char *as,
                         cihsm_error *err)
{
    const char *text = cihsm_value_get_string(from, name);
    return cihsm_value_set_string(to, as, text == NULL ? "" : text, err);
}

static cihsm_status report_attachments(const cihsm_value *list, const char *const *paths,
                                       size_t count, cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *states = cihsm_value_new_object();
    if (states == NULL) {
        return cihsm_fail_memory(err);
    }
    for (const cihsm_value *at = cihsm_value_first(list); at != NULL; at = cihsm_value_next(at)) {
        const char *name = cihsm_value_get_string(at, "name");
        if (name == NULL) {
            return fail_member("attachments", "holds a file without a name", err);
        }
        CIHSM_TRY(cihsm_value_set_string(states, name,
                                         is_given(name, paths, count)
                                             ? "the file that was attached"
                                             : "not checked: give the file with --attach",
                                         err));
    }
    return cihsm_value_set(to, "Attachments", &states, err);
}

static cihsm_status copy_attributes(const cihsm_value *key, cihsm_value *to, cihsm_error *err)
{
    const cihsm_value *attributes = cihsm_value_get(key, "attributes");
    CIHSM_AUTO(cihsm_value_free) cihsm_value *words = cihsm_value_new_object();
    if (words == NULL) {
        return cihsm_fail_memory(err);
    }
    for (const cihsm_value *at = cihsm_value_first(attributes); at != NULL;
         at = cihsm_value_next(at)) {
        const char *word = cihsm_value_kind(at) != CIHSM_VALUE_BOOL ? "unknown"
                           : cihsm_value_is_true(at)                ? "yes"
                                                                    : "no";
        CIHSM_TRY(cihsm_value_set_string(words, cihsm_value_name(at), word, err));
    }
    return cihsm_value_set(to, "WordOfTheToken", &words, err);
}

static cihsm_status report(const cihsm_value *evidence, const char *const *paths, size_t count,
                           cihsm_value *to, cihsm_error *err)
{
    const cihsm_value *key = cihsm_value_get(evidence, "key");
    CIHSM_TRY(copy(key, "uri", to, "Key", err));
    CIHSM_TRY(copy(key, "type", to, "Type", err));
    CIHSM_TRY(copy(cihsm_value_get(evidence, "publicKey"), "sha256", to, "PublicKeySha256", err));
    CIHSM_TRY(copy(evidence, "made", to, "Made", err));
    CIHSM_TRY(copy(evidence, "madeBy", to, "MadeBy", err));
    CIHSM_TRY(cihsm_value_set_string(to, "Signature", "verified", err));
    CIHSM_TRY(copy(evidence, "signatureAlgorithm", to, "SignatureAlgorithm", err));
    CIHSM_TRY(copy_attributes(key, to, err));
    return report_attachments(cihsm_value_get(evidence, "attachments"), paths, count, to, err);
}

cihsm_status cihsm_evidence_verify(const char *path, const char *const *attach, size_t attach_count,
                                   cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *evidence = NULL;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = NULL;
    CIHSM_TRY(read_evidence(path, &evidence, err));
    CIHSM_TRY(read_public(evidence, &key, err));
    CIHSM_TRY(check_public(evidence, key, err));
    CIHSM_TRY(check_signature(evidence, key, err));
    for (size_t i = 0; i < attach_count; i++) {
        CIHSM_TRY(check_attachment(cihsm_value_get(evidence, "attachments"), attach[i], err));
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = cihsm_value_new_object();
    if (found == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(report(evidence, attach, attach_count, found, err));
    *out = CIHSM_MOVE(found);
    return CIHSM_OK;
}
