/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/refusal.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/buffer.h"
#include "cihsm/scope.h"
#include "pkcs11/code.h"
#include "pkcs11/module.h"

enum { DIGEST_BYTES = 32, MESSAGE_MAX = 65536 };

typedef struct refusal {
    struct refusal *next;
    const pkcs11_module *awaited; /* its C_Login has not returned; NULL: refused */
    uint8_t digest[DIGEST_BYTES];
} refusal;

static pthread_mutex_t login_lock = PTHREAD_MUTEX_INITIALIZER;
/* Guarded by login_lock. */
static refusal *refusals;
static bool refuse_all;
static bool keyed;
static uint8_t key[DIGEST_BYTES];

void refusal_begin(void)
{
    pthread_mutex_lock(&login_lock);
}

void refusal_end(void)
{
    pthread_mutex_unlock(&login_lock);
}

static bool make_key(void)
{
    if (!keyed) {
        keyed = RAND_bytes(key, sizeof key) == 1;
    }
    return keyed;
}

static bool append_subject(buffer *to, const refusal_subject *subject)
{
    const CK_TOKEN_INFO *token = subject->token;
    return buffer_append(to, subject->module->path, strlen(subject->module->path) + 1, NULL) ==
               CIHSM_OK &&
           buffer_append(to, &subject->kind, sizeof subject->kind, NULL) == CIHSM_OK &&
           buffer_append(to, token->serialNumber, sizeof token->serialNumber, NULL) == CIHSM_OK &&
           buffer_append(to, token->label, sizeof token->label, NULL) == CIHSM_OK &&
           buffer_append(to, cihsm_secret_bytes(subject->pin), cihsm_secret_len(subject->pin),
                         NULL) == CIHSM_OK;
}

static bool digest_of(const refusal_subject *subject, uint8_t digest[DIGEST_BYTES])
{
    CIHSM_AUTO(buffer_free) buffer message = buffer_new(MESSAGE_MAX);
    if (!make_key() || !append_subject(&message, subject)) {
        return false;
    }
    size_t len = 0;
    ERR_set_mark();
    const unsigned char *made =
        EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, sizeof key,
                  (const unsigned char *)message.data, message.len, digest, DIGEST_BYTES, &len);
    ERR_pop_to_mark();
    return made != NULL && len == DIGEST_BYTES;
}

bool refusal_is_known(const refusal_subject *subject)
{
    if (refusals == NULL || refuse_all) {
        return refuse_all;
    }
    uint8_t digest[DIGEST_BYTES];
    if (!digest_of(subject, digest)) {
        return true;
    }
    const refusal *at = refusals;
    while (at != NULL && CRYPTO_memcmp(at->digest, digest, sizeof digest) != 0) {
        at = at->next;
    }
    return at != NULL;
}

static void remember(const refusal_subject *subject, const pkcs11_module *awaited)
{
    refusal *made = calloc(1, sizeof *made);
    if (made == NULL || !digest_of(subject, made->digest)) {
        free(made);
        refuse_all = true;
        return;
    }
    made->awaited = awaited;
    made->next = refusals;
    refusals = made;
}

void refusal_remember(const refusal_subject *subject)
{
    remember(subject, NULL);
}

void refusal_await(const refusal_subject *subject)
{
    remember(subject, subject->module);
}

/* Where there is no such user, no PIN was looked at: a key that wants none for each signature. */
bool refusal_is_meant_by(CK_RV rv)
{
    return (pkcs11_code_status(rv) == CIHSM_E_PIN && rv != CKR_USER_TYPE_INVALID) ||
           rv == CKR_GENERAL_ERROR;
}

void refusal_settle(const pkcs11_module *module, CK_RV rv)
{
    refusal_begin();
    refusal **at = &refusals;
    while (*at != NULL) {
        refusal *found = *at;
        const bool is_clear = found->awaited == module && !refusal_is_meant_by(rv);
        found->awaited = found->awaited == module ? NULL : found->awaited;
        if (is_clear) {
            *at = found->next;
            free(found);
        } else {
            at = &found->next;
        }
    }
    refusal_end();
}
