/* SPDX-License-Identifier: Apache-2.0 */
#include "client/clones.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/foreign.h"
#include "base/log.h"
#include "base/text.h"
#include "pkcs11/key.h"
#include "pkcs11/proof.h"

enum { REASON_MAX = 160, REASONS_MAX = 8192 };

struct clones {
    char **keys; /* URIs; keys[0] is NULL if none was given */
    size_t count;
    cihsm_token_config config; /* its strings are those below */
    char *module, *init_string, *token_uri;
    pthread_rwlock_t lock; /* read: signing; write: changing what follows */
    size_t at;             /* the key in use */
    cihsm_token *token;
    pkcs11_key *key;              /* until the signer takes it */
    cihsm_signer signer;          /* of that key */
    unsigned long lookups_before; /* of the keys before it */
    char *uri;        /* canonical, as messages of the key name it; NULL before there is one */
    buffer reasons;   /* why those before it cannot be used */
    cihsm_error dead; /* what ended it all; there is no further try */
    /* of the signer; set once, before it signs */
    EVP_PKEY *public_key;
    char *serial, *purpose;
    signing_record record;
};

static void release_key(clones *of)
{
    signing_release(&of->signer);
    pkcs11_key_free(&of->key);
    cihsm_token_free(&of->token);
}

void clones_free(clones **pointer)
{
    if (pointer == NULL || *pointer == NULL) {
        return;
    }
    clones *of = *pointer;
    release_key(of);
    text_free(&of->uri);
    for (size_t i = 0; i < of->count; i++) {
        text_free(&of->keys[i]);
    }
    free(of->keys);
    text_free(&of->module);
    text_free(&of->init_string);
    text_free(&of->token_uri);
    text_free(&of->serial);
    text_free(&of->purpose);
    pkey_cleanup(&of->public_key);
    buffer_free(&of->reasons);
    pthread_rwlock_destroy(&of->lock);
    free(of);
    *pointer = NULL;
}

/* Another try opens a token long after the configuration was given: everything is copied. */
static cihsm_status copy_config(clones *to, const cihsm_client_config *from, cihsm_error *err)
{
    to->config = from->token;
    CIHSM_TRY(text_set(&to->module, from->token.module, err));
    CIHSM_TRY(text_set(&to->init_string, from->token.init_string, err));
    CIHSM_TRY(text_set(&to->token_uri, from->token.uri, err));
    to->config.module = to->module;
    to->config.init_string = to->init_string;
    to->keys = calloc(from->clone_count + 1, sizeof *to->keys);
    if (to->keys == NULL) {
        return cihsm_fail_memory(err);
    }
    to->count = from->clone_count + 1;
    CIHSM_TRY(text_set(&to->keys[0], from->key, err));
    for (size_t i = 0; i < from->clone_count; i++) {
        CIHSM_TRY(text_set(&to->keys[i + 1], from->clones[i], err));
    }
    return CIHSM_OK;
}

/* One of several keys says itself which token it is on. */
static cihsm_status token_uri_of(const clones *of, const char **out, cihsm_error *err)
{
    const char *key = of->keys[of->at];
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

static cihsm_status open_key(clones *of, cihsm_error *err)
{
    CIHSM_TRY(token_uri_of(of, &of->config.uri, err));
    CIHSM_TRY(cihsm_token_open(&of->config, &of->token, err));
    CIHSM_TRY(pkcs11_key_find(of->token, of->keys[of->at], &of->key, err));
    return text_set(&of->uri, pkcs11_key_uri(of->key), err);
}

/* The list of reasons names each key as it was given: its canonical URI again would fill it. */
static cihsm_status shorten(const clones *of, const char *message, char **out, cihsm_error *err)
{
    const char *at = of->uri == NULL ? NULL : strstr(message, of->uri);
    if (at == NULL) {
        return text_set(out, message, err);
    }
    return text_format(out, err, "%.*sit%s", (int)(at - message), message, at + strlen(of->uri));
}

/* Keeps why the present key cannot be used, and says so. */
static cihsm_status note_reason(clones *of, const cihsm_error *reason, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *line = NULL;
    CIHSM_AUTO(text_free) char *why = NULL;
    const char *key = of->keys[of->at] == NULL ? "" : of->keys[of->at];
    log_line(of->config.log, CIHSM_LOG_WARN, "client", "key %zu of %zu (%s) cannot be used: %s",
             of->at + 1, of->count, key, reason->message);
    CIHSM_TRY(shorten(of, reason->message, &why, err));
    CIHSM_TRY(text_format(&line, err, "%s%zu (%.*s): %.*s", of->reasons.len == 0 ? "" : "; ",
                          of->at + 1, REASON_MAX, key, REASON_MAX, why));
    return buffer_append_text(&of->reasons, line, err);
}

static cihsm_status fail_all(const clones *of, const cihsm_error *last, cihsm_error *err)
{
    return cihsm_fail(err, CIHSM_E_TOKEN, last->origin, last->native,
                      "none of the %zu keys can be used: %s", of->count, buffer_text(&of->reasons));
}

/* Goes on from the present key, which may fail only because of its token, to one that works. */
static cihsm_status open_first_usable(clones *of, cihsm_status (*open)(clones *, cihsm_error *),
                                      cihsm_error *err)
{
    for (;; of->at++) {
        cihsm_error reason = {0};
        const cihsm_status status = open(of, &reason);
        if (status == CIHSM_OK) {
            log_line(of->config.log, of->count > 1 ? CIHSM_LOG_INFO : CIHSM_LOG_DEBUG, "client",
                     "using key %zu of %zu, %s", of->at + 1, of->count, cihsm_token_uri(of->token));
            return CIHSM_OK;
        }
        release_key(of);
        if (status != CIHSM_E_TOKEN || of->count == 1) {
            return cihsm_fail(err, status, reason.origin, reason.native, "%s", reason.message);
        }
        CIHSM_TRY(note_reason(of, &reason, err));
        if (of->at + 1 == of->count) {
            return fail_all(of, &reason, err);
        }
    }
}

cihsm_status clones_open(const cihsm_client_config *config, clones **out, cihsm_error *err)
{
    clones *made = calloc(1, sizeof *made);
    if (made == NULL || pthread_rwlock_init(&made->lock, NULL) != 0) {
        free(made);
        return cihsm_fail_memory(err);
    }
    CIHSM_AUTO(clones_free) clones *of = made;
    of->reasons = buffer_new(REASONS_MAX);
    CIHSM_TRY(copy_config(of, config, err));
    CIHSM_TRY(open_first_usable(of, open_key, err));
    *out = CIHSM_MOVE(of);
    return CIHSM_OK;
}

cihsm_token *clones_token(clones *of)
{
    return of->token;
}

/* The signer of the key in use, which writes the record of its signatures. */
static cihsm_status make_signer(clones *of, cihsm_error *err)
{
    signing_record record = of->record;
    record.key_uri = of->uri;
    return signing_wrap(pkcs11_key_signer(&of->key), &record, &of->signer, err);
}

/* The first signature of the first key is verified by the provider; a key that takes over shows
 * that it is the same one before its signature goes out. */
static cihsm_status open_successor(clones *of, cihsm_error *err)
{
    CIHSM_TRY(open_key(of, err));
    pkcs11_proof proof;
    CIHSM_TRY(pkcs11_proof_make(of->key, &proof, err));
    if (!pkcs11_proof_fits(&proof, of->public_key)) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "it is another key than that of the certificate; clones hold the "
                                "same key pair");
    }
    return make_signer(of, err);
}

/* The token that failed is closed after the next one is open: closing it may take its time, and the
 * module stays initialised. */
static cihsm_status open_next(clones *of, const cihsm_error *failure, cihsm_error *err)
{
    CIHSM_TRY(note_reason(of, failure, err));
    if (of->at + 1 == of->count) {
        return fail_all(of, failure, err);
    }
    CIHSM_AUTO(cihsm_token_free) cihsm_token *failed_token = CIHSM_MOVE(of->token);
    CIHSM_AUTO(signing_release) cihsm_signer failed_signer = of->signer;
    of->lookups_before += signing_lookups(&failed_signer);
    of->signer = (cihsm_signer){0};
    of->at++;
    return open_first_usable(of, open_successor, err);
}

static cihsm_status fail_again(const cihsm_error *with, cihsm_error *err)
{
    return cihsm_fail(err, with->status, with->origin, with->native, "%s", with->message);
}

/* Goes on to the next key, unless another thread did that already. */
static void succeed(clones *of, size_t failed, const cihsm_error *failure)
{
    pthread_rwlock_wrlock(&of->lock);
    if (of->dead.status == CIHSM_OK && of->at == failed) {
        (void)open_next(of, failure, &of->dead); /* looked at by the next try */
    }
    pthread_rwlock_unlock(&of->lock);
}

/* Tries the key in use. */
static cihsm_status sign_once(clones *of, const cihsm_sign_request *request, uint8_t *sig,
                              size_t *sig_len, size_t *used, cihsm_error *failure)
{
    pthread_rwlock_rdlock(&of->lock);
    *used = of->at;
    const cihsm_status status =
        of->dead.status != CIHSM_OK
            ? fail_again(&of->dead, failure)
            : of->signer.sign(of->signer.context, request, sig, sig_len, failure);
    pthread_rwlock_unlock(&of->lock);
    return status;
}

static bool has_next(clones *of)
{
    pthread_rwlock_rdlock(&of->lock);
    const bool has = of->count > 1 && of->dead.status == CIHSM_OK;
    pthread_rwlock_unlock(&of->lock);
    return has;
}

static cihsm_status sign(void *context, const cihsm_sign_request *request, uint8_t *sig,
                         size_t *sig_len, cihsm_error *err)
{
    clones *of = context;
    for (;;) {
        cihsm_error failure = {0};
        size_t used = 0;
        const cihsm_status status = sign_once(of, request, sig, sig_len, &used, &failure);
        if (status == CIHSM_OK) {
            return CIHSM_OK;
        }
        if (status != CIHSM_E_TOKEN || !has_next(of)) {
            return fail_again(&failure, err);
        }
        succeed(of, used, &failure);
    }
}

static unsigned long lookups(void *context)
{
    clones *of = context;
    pthread_rwlock_rdlock(&of->lock);
    const unsigned long count = of->lookups_before + signing_lookups(&of->signer);
    pthread_rwlock_unlock(&of->lock);
    return count;
}

cihsm_status clones_signer(clones *of, EVP_PKEY *public_key, const signing_record *record,
                           cihsm_signer *out, cihsm_error *err)
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
    CIHSM_TRY(make_signer(of, err));
    *out = (cihsm_signer){.sign = sign, .context = of, .lookups = lookups};
    return CIHSM_OK;
}
