/* SPDX-License-Identifier: Apache-2.0 */
#include "client/clone_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/log.h"
#include "base/text.h"
#include "pkcs11/proof.h"

enum { REASON_MAX = 160 };

void clone_release(open_clone *of)
{
    signing_release(&of->signer);
    pkcs11_key_free(&of->key);
    cihsm_token_free(&of->token);
    text_free(&of->uri);
}

void clone_keys_clear(clone_keys *of)
{
    for (size_t i = 0; i < of->count; i++) {
        text_free(&of->uris[i]);
    }
    free(of->uris);
    text_free(&of->module);
    text_free(&of->init_string);
    text_free(&of->token_uri);
    text_free(&of->serial);
    text_free(&of->purpose);
    pkey_cleanup(&of->public_key);
    *of = (clone_keys){.count = 0};
}

cihsm_status clone_keys_copy(const cihsm_client_config *from, clone_keys *to, cihsm_error *err)
{
    to->config = from->token;
    CIHSM_TRY(text_set(&to->module, from->token.module, err));
    CIHSM_TRY(text_set(&to->init_string, from->token.init_string, err));
    CIHSM_TRY(text_set(&to->token_uri, from->token.uri, err));
    to->config.module = to->module;
    to->config.init_string = to->init_string;
    to->uris = calloc(from->clone_count + 1, sizeof *to->uris);
    if (to->uris == NULL) {
        return cihsm_fail_memory(err);
    }
    to->count = from->clone_count + 1;
    CIHSM_TRY(text_set(&to->uris[0], from->key, err));
    for (size_t i = 0; i < from->clone_count; i++) {
        CIHSM_TRY(text_set(&to->uris[i + 1], from->clones[i], err));
    }
    return CIHSM_OK;
}

cihsm_status clone_keys_certify(clone_keys *of, EVP_PKEY *public_key, const signing_record *record,
                                cihsm_error *err)
{
    CIHSM_TRY(text_set(&of->serial, record->serial, err));
    CIHSM_TRY(text_set(&of->purpose, record->purpose, err));
    of->record = *record;
    of->record.serial = of->serial;
    of->record.purpose = of->purpose;
    if (EVP_PKEY_up_ref(public_key) != 1) {
        return cihsm_fail_memory(err);
    }
    of->public_key = public_key;
    return CIHSM_OK;
}

/* One of several keys says itself which token it is on. */
static cihsm_status token_uri_of(const clone_keys *of, size_t at, const char **out,
                                 cihsm_error *err)
{
    const char *key = of->uris[at];
    bool is_full = false;
    *out = of->token_uri;
    if (of->count > 1 && key != NULL) {
        CIHSM_TRY(pkcs11_key_names_token(key, &is_full, err));
    }
    if (is_full) {
        *out = key;
    }
    return CIHSM_OK;
}

static cihsm_status open_key(const clone_keys *of, open_clone *made, cihsm_error *err)
{
    cihsm_token_config config = of->config;
    CIHSM_TRY(token_uri_of(of, made->at, &config.uri, err));
    CIHSM_TRY(cihsm_token_open(&config, &made->token, err));
    CIHSM_TRY(pkcs11_key_find(made->token, of->uris[made->at], &made->key, err));
    return text_set(&made->uri, pkcs11_key_uri(made->key), err);
}

cihsm_status clone_make_signer(const clone_keys *of, open_clone *key, cihsm_error *err)
{
    signing_record record = of->record;
    record.key_uri = key->uri;
    return signing_wrap(pkcs11_key_signer(&key->key), &record, &key->signer, err);
}

/* The first signature of the first key is verified by the provider; a key that takes over shows
 * that it is the same one before its signature goes out. */
static cihsm_status open_fitting(const clone_keys *of, open_clone *made, cihsm_error *err)
{
    CIHSM_TRY(open_key(of, made, err));
    if (of->public_key == NULL) {
        return CIHSM_OK;
    }
    pkcs11_proof proof;
    CIHSM_TRY(pkcs11_proof_make(made->key, &proof, err));
    if (!pkcs11_proof_fits(&proof, of->public_key)) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "it is another key than that of the certificate; clones hold the "
                                "same key pair");
    }
    return clone_make_signer(of, made, err);
}

/* The list of reasons names each key as it was given: its canonical URI again would fill it. */
static cihsm_status shorten(const char *message, const char *uri, char **out, cihsm_error *err)
{
    const char *at = uri == NULL ? NULL : strstr(message, uri);
    if (at == NULL) {
        return text_set(out, message, err);
    }
    return text_format(out, err, "%.*sit%s", (int)(at - message), message, at + strlen(uri));
}

static const char *name_of(const clone_keys *of, size_t at)
{
    return of->uris[at] == NULL ? "" : of->uris[at];
}

void clone_log_reason(const clone_keys *of, size_t at, const cihsm_error *reason)
{
    log_line(of->config.log, CIHSM_LOG_WARN, "client", "key %zu of %zu (%s) cannot be used: %s",
             at + 1, of->count, name_of(of, at), reason->message);
}

cihsm_status clone_keep_reason(const clone_keys *of, size_t at, const char *uri,
                               const cihsm_error *reason, buffer *reasons, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *line = NULL;
    CIHSM_AUTO(text_free) char *why = NULL;
    CIHSM_TRY(shorten(reason->message, uri, &why, err));
    CIHSM_TRY(text_format(&line, err, "%s%zu (%.*s): %.*s", reasons->len == 0 ? "" : "; ", at + 1,
                          REASON_MAX, name_of(of, at), REASON_MAX, why));
    return buffer_append_text(reasons, line, err);
}

cihsm_status clone_fail_all(const clone_keys *of, const buffer *reasons, const cihsm_error *last,
                            cihsm_error *err)
{
    return cihsm_fail(err, CIHSM_E_TOKEN, last->origin, last->native,
                      "none of the %zu keys can be used: %s", of->count, buffer_text(reasons));
}

cihsm_status clone_open_first(const clone_keys *of, clone_stretch keys, buffer *reasons,
                              open_clone *out, cihsm_error *err)
{
    cihsm_error reason = {0};
    for (size_t i = 0; i < keys.count; i++) {
        CIHSM_AUTO(clone_release) open_clone made = {.at = (keys.from + i) % of->count};
        reason = (cihsm_error){0};
        const cihsm_status status = open_fitting(of, &made, &reason);
        if (status == CIHSM_OK) {
            log_line(of->config.log, of->count > 1 ? CIHSM_LOG_INFO : CIHSM_LOG_DEBUG, "client",
                     "using key %zu of %zu, %s", made.at + 1, of->count,
                     cihsm_token_uri(made.token));
            *out = made;
            made = (open_clone){.at = 0};
            return CIHSM_OK;
        }
        if (status != CIHSM_E_TOKEN || of->count == 1) {
            return cihsm_fail(err, status, reason.origin, reason.native, "%s", reason.message);
        }
        clone_log_reason(of, made.at, &reason);
        CIHSM_TRY(clone_keep_reason(of, made.at, made.uri, &reason, reasons, err));
    }
    return clone_fail_all(of, reasons, &reason, err);
}
