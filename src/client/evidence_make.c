/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm_evidence_make: what a token tells about a key, signed by that key.
 */
#include <time.h>

#include <openssl/pem.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/cihsm.h"
#include "client/evidence.h"
#include "client/signing.h"
#include "pkcs11/identity.h"
#include "pkcs11/key.h"
#include "pkcs11/key_list.h"
#include "provider/provider_key.h"

enum { SIGNATURE_TEXT_MAX = 4 * ((CIHSM_SIGNATURE_MAX + 2) / 3) + 1 };

/* A key to make evidence of. Owns all. */
typedef struct witness {
    cihsm_key_list *described;
    EVP_PKEY *public_key;
    provider_key *key;
} witness;

static void witness_free(witness *of)
{
    provider_key_free(&of->key);
    pkey_cleanup(&of->public_key);
    cihsm_key_list_free(&of->described);
}

static cihsm_status describe_token(const cihsm_token *token, cihsm_value *to, cihsm_error *err)
{
    pkcs11_identity identity;
    pkcs11_identity_read(token, &identity);
    CIHSM_TRY(cihsm_value_set_string(to, "uri", cihsm_token_uri(token), err));
    CIHSM_TRY(cihsm_value_set_string(to, "label", identity.label, err));
    CIHSM_TRY(cihsm_value_set_string(to, "serial", identity.serial, err));
    CIHSM_TRY(cihsm_value_set_string(to, "manufacturer", identity.manufacturer, err));
    CIHSM_TRY(cihsm_value_set_string(to, "model", identity.model, err));
    CIHSM_TRY(cihsm_value_set_string(to, "hardwareVersion", identity.hardware, err));
    return cihsm_value_set_string(to, "firmwareVersion", identity.firmware, err);
}

static cihsm_status set_tristate(cihsm_value *to, const char *name, cihsm_tristate state,
                                 cihsm_error *err)
{
    if (state == CIHSM_UNKNOWN) {
        return cihsm_value_set_string(to, name, NULL, err);
    }
    return cihsm_value_set_bool(to, name, state == CIHSM_YES, err);
}

static cihsm_status describe_attributes(const cihsm_key_info *info, cihsm_value *to,
                                        cihsm_error *err)
{
    const char *name = NULL;
    cihsm_tristate state = CIHSM_UNKNOWN;
    for (size_t i = 0; pkcs11_key_attribute(info, i, &name, &state); i++) {
        CIHSM_TRY(set_tristate(to, name, state, err));
    }
    return CIHSM_OK;
}

/* Puts a new object into another one. */
static cihsm_status add_object(cihsm_value *to, const char *name, cihsm_value **out,
                               cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_object();
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    *out = made;
    return cihsm_value_set(to, name, &made, err);
}

static cihsm_status describe_key(const witness *of, cihsm_value *to, cihsm_error *err)
{
    const cihsm_key_info *info = cihsm_key_list_at(of->described, 0);
    char id[2 * CIHSM_KEY_ID_MAX + 1];
    char type[16];
    text_hex(id, info->id, info->id_len);
    evidence_key_type(of->public_key, type);
    cihsm_value *attributes = NULL;
    CIHSM_TRY(cihsm_value_set_string(to, "uri", info->uri, err));
    CIHSM_TRY(cihsm_value_set_string(to, "label", info->label, err));
    CIHSM_TRY(cihsm_value_set_string(to, "id", id, err));
    CIHSM_TRY(cihsm_value_set_string(to, "type", type, err));
    CIHSM_TRY(add_object(to, "attributes", &attributes, err));
    CIHSM_TRY(describe_attributes(info, attributes, err));
    const char *mechanism = info->mechanism[0] == '\0' ? NULL : info->mechanism;
    return cihsm_value_set_string(to, "keyGenMechanism", mechanism, err);
}

static cihsm_status describe_public(EVP_PKEY *key, cihsm_value *to, cihsm_error *err)
{
    char sha256[CERTIFICATE_SHA256_MAX];
    CIHSM_TRY(evidence_key_sha256(key, sha256, err));
    CIHSM_AUTO(bio_cleanup) BIO *text = BIO_new(BIO_s_mem());
    if (text == NULL || PEM_write_bio_PUBKEY(text, key) != 1 || BIO_write(text, "", 1) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot encode the public key");
    }
    char *pem = NULL;
    (void)BIO_get_mem_data(text, &pem);
    CIHSM_TRY(cihsm_value_set_string(to, "pem", pem, err));
    return cihsm_value_set_string(to, "sha256", sha256, err);
}

static cihsm_status state(cihsm_value *to, const char *name, const char *const *sentences,
                          cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    for (; *sentences != NULL; sentences++) {
        CIHSM_TRY(cihsm_value_append_string(list, *sentences, err));
    }
    return cihsm_value_set(to, name, &list, err);
}

static cihsm_status describe_statement(cihsm_value *to, cihsm_error *err)
{
    static const char *const PROVEN[] = {
        "whoever made this file could sign with the private key that belongs to publicKey: the "
        "signature over the whole file verifies with it",
        "nothing in this file was changed after it was signed, and the attachments are the files "
        "with these SHA-256 values",
        NULL};
    static const char *const TOKEN[] = {
        "token and key are described as the token answered through PKCS#11: its identity, the "
        "attributes (sensitive, extractable, local and so on) and keyGenMechanism; null means "
        "that the token does not tell",
        NULL};
    static const char *const NOT_PROVEN[] = {
        "that the key is inside this token and cannot leave it: that rests on the token's word, on "
        "the maker of the PKCS#11 module, or on the token's own attestation if one is attached "
        "(check it as its vendor says)",
        "the time of making, which is the clock of the computer", NULL};
    CIHSM_TRY(state(to, "proven", PROVEN, err));
    CIHSM_TRY(state(to, "wordOfTheToken", TOKEN, err));
    return state(to, "notProven", NOT_PROVEN, err);
}

static cihsm_status set_made(cihsm_value *to, cihsm_error *err)
{
    char now[sizeof "2026-01-01T00:00:00Z"] = "";
    struct tm utc;
    const time_t seconds = time(NULL);
    if (gmtime_r(&seconds, &utc) == NULL || strftime(now, sizeof now, "%FT%TZ", &utc) == 0) {
        return cihsm_fail_plain(err, CIHSM_E_INTERNAL, "the clock shows no date");
    }
    CIHSM_AUTO(text_free) char *program = NULL;
    CIHSM_TRY(text_format(&program, err, "cihsm %s", cihsm_version()));
    CIHSM_TRY(cihsm_value_set_string(to, "format", EVIDENCE_FORMAT, err));
    CIHSM_TRY(cihsm_value_set_string(to, "made", now, err));
    return cihsm_value_set_string(to, "madeBy", program, err);
}

static cihsm_status describe(const cihsm_token *token, const witness *of,
                             const cihsm_evidence_spec *spec, const evidence_algorithm *algorithm,
                             cihsm_value *to, cihsm_error *err)
{
    cihsm_value *part = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *attachments = NULL;
    CIHSM_TRY(evidence_attachments(spec->attach, spec->attach_count, &attachments, err));
    CIHSM_TRY(set_made(to, err));
    CIHSM_TRY(add_object(to, "token", &part, err));
    CIHSM_TRY(describe_token(token, part, err));
    CIHSM_TRY(add_object(to, "key", &part, err));
    CIHSM_TRY(describe_key(of, part, err));
    CIHSM_TRY(add_object(to, "publicKey", &part, err));
    CIHSM_TRY(describe_public(of->public_key, part, err));
    CIHSM_TRY(cihsm_value_set(to, "attachments", &attachments, err));
    CIHSM_TRY(add_object(to, "statement", &part, err));
    CIHSM_TRY(describe_statement(part, err));
    return cihsm_value_set_string(to, "signatureAlgorithm", algorithm->name, err);
}

/* What the token said is the cause, not what OpenSSL made of it. */
static cihsm_status fail_to_sign(const witness *of, cihsm_error *err)
{
    cihsm_error cause = {0};
    if (provider_key_last_error(of->key, &cause)) {
        return cihsm_fail(err, cause.status, cause.origin, cause.native, "%s", cause.message);
    }
    return cihsm_fail_openssl(err, CIHSM_E_TOKEN, "the key did not sign the evidence");
}

static cihsm_status sign(const witness *of, const evidence_algorithm *algorithm,
                         cihsm_value *evidence, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer bytes = buffer_new(EVIDENCE_MAX);
    CIHSM_TRY(evidence_bytes(evidence, &bytes, err));
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) {
        return cihsm_fail_memory(err);
    }
    EVP_PKEY_CTX *padding = NULL; /* the context's */
    unsigned char signature[CIHSM_SIGNATURE_MAX];
    size_t len = sizeof signature;
    if (EVP_DigestSignInit(context, &padding, EVP_sha256(), NULL, provider_key_pkey(of->key)) !=
            1 ||
        !evidence_choose_padding(algorithm, padding) ||
        EVP_DigestSign(context, signature, &len, (const unsigned char *)bytes.data, bytes.len) !=
            1) {
        return fail_to_sign(of, err);
    }
    char text[SIGNATURE_TEXT_MAX];
    (void)EVP_EncodeBlock((unsigned char *)text, signature, (int)len);
    return cihsm_value_set_string(evidence, "signature", text, err);
}

static cihsm_status open_key(cihsm_token *token, const char *key_uri, witness *out,
                             cihsm_error *err)
{
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = NULL;
    CIHSM_TRY(pkcs11_key_find(token, key_uri, &key, err));
    CIHSM_TRY(pkcs11_key_describe(key, &out->described, err));
    CIHSM_TRY(pkcs11_key_public(key, &out->public_key, err));
    const signing_record record = {.key_uri = pkcs11_key_uri(key),
                                   .serial = "",
                                   .purpose = "evidence",
                                   .log = pkcs11_key_log(key)};
    cihsm_signer signer = {0};
    CIHSM_TRY(signing_wrap(pkcs11_key_signer(&key), &record, &signer, err));
    return provider_key_new(signer, out->public_key, &out->key, err);
}

cihsm_status cihsm_evidence_make(cihsm_token *token, const char *key_uri,
                                 const cihsm_evidence_spec *spec, cihsm_value **out,
                                 cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(witness_free) witness of = {.key = NULL};
    CIHSM_TRY(open_key(token, key_uri, &of, err));
    const evidence_algorithm *algorithm = evidence_algorithm_for(of.public_key, spec->pss);
    if (algorithm == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "PSS is for RSA keys only; leave it out for an EC key");
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *evidence = cihsm_value_new_object();
    if (evidence == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(describe(token, &of, spec, algorithm, evidence, err));
    CIHSM_TRY(sign(&of, algorithm, evidence, err));
    *out = CIHSM_MOVE(evidence);
    return CIHSM_OK;
}
