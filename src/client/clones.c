/* SPDX-License-Identifier: Apache-2.0 */
#include "client/clones.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "cihsm/scope.h"
#include "client/clone_keys.h"

enum { REASONS_MAX = 8192 };

struct clones {
    clone_keys keys;
    pthread_rwlock_t lock;        /* read: signing; write: changing what follows */
    open_clone now;               /* the key in use; if none works, that of the last signature */
    unsigned long lookups_before; /* of the keys before it */
    unsigned long failed_rounds;  /* over the keys, without one that works */
    cihsm_error last;             /* how the latest of those ended */
};

void clones_free(clones **pointer)
{
    if (pointer == NULL || *pointer == NULL) {
        return;
    }
    clones *of = *pointer;
    clone_release(&of->now);
    clone_keys_clear(&of->keys);
    pthread_rwlock_destroy(&of->lock);
    free(of);
    *pointer = NULL;
}

cihsm_status clones_open(const cihsm_client_config *config, clones **out, cihsm_error *err)
{
    clones *made = calloc(1, sizeof *made);
    if (made == NULL || pthread_rwlock_init(&made->lock, NULL) != 0) {
        free(made);
        return cihsm_fail_memory(err);
    }
    CIHSM_AUTO(clones_free) clones *of = made;
    CIHSM_AUTO(buffer_free) buffer reasons = buffer_new(REASONS_MAX);
    CIHSM_TRY(clone_keys_copy(config, &of->keys, err));
    const clone_stretch all = {0, of->keys.count};
    CIHSM_TRY(clone_open_first(&of->keys, all, &reasons, &of->now, err));
    *out = CIHSM_MOVE(of);
    return CIHSM_OK;
}

cihsm_token *clones_token(clones *of)
{
    return of->now.token;
}

/* What one signature has tried: each key once at most. */
typedef struct attempts {
    size_t first;                /* the key it began with */
    size_t tries;                /* that failed for the token's sake */
    size_t used;                 /* by the latest one */
    unsigned long failed_rounds; /* before the latest one */
    cihsm_error failure;         /* of the latest one */
    buffer reasons;
} attempts;

static void attempts_release(attempts *of)
{
    buffer_free(&of->reasons);
}

static cihsm_status fail_again(const cihsm_error *with, cihsm_error *err)
{
    return cihsm_fail(err, with->status, with->origin, with->native, "%s", with->message);
}

/* Takes the next key that works. The one that failed is closed after that: closing it may take its
 * time, and the module stays initialised. If there is none, it stays open, which is how a token
 * finds its way back best, and the next signature begins with it. */
static cihsm_status open_next(clones *of, attempts *made, cihsm_error *err)
{
    const size_t count = of->keys.count;
    const size_t next = (made->used + 1) % count;
    const clone_stretch left = {next, (made->first + count - next) % count};
    clone_log_reason(&of->keys, made->used, &made->failure);
    if (left.count == 0) {
        return clone_fail_all(&of->keys, &made->reasons, &made->failure, err);
    }
    open_clone other = {.at = 0};
    CIHSM_TRY(clone_open_first(&of->keys, left, &made->reasons, &other, err));
    CIHSM_AUTO(clone_release) open_clone failed = of->now;
    of->lookups_before += signing_lookups(&failed.signer);
    of->now = other;
    return CIHSM_OK;
}

/* Goes on to the next key, unless another thread did that already, or found none meanwhile. */
static cihsm_status succeed(clones *of, attempts *made, cihsm_error *err)
{
    cihsm_status status = CIHSM_OK;
    pthread_rwlock_wrlock(&of->lock);
    const bool is_first = of->failed_rounds == made->failed_rounds;
    if (of->now.at == made->used && is_first) {
        of->last = (cihsm_error){0};
        status = open_next(of, made, &of->last);
        of->failed_rounds += status == CIHSM_OK ? 0 : 1;
    }
    if (of->now.at == made->used) { /* still */
        status = fail_again(&of->last, err);
    }
    pthread_rwlock_unlock(&of->lock);
    return status;
}

static cihsm_status note_failure(const clones *of, attempts *made, cihsm_error *err)
{
    made->first = made->tries == 0 ? made->used : made->first;
    made->tries++;
    CIHSM_TRY(
        clone_keep_reason(&of->keys, made->used, of->now.uri, &made->failure, &made->reasons, err));
    return CIHSM_E_TOKEN;
}

static cihsm_status try_now(clones *of, const cihsm_sign_request *request, uint8_t *sig,
                            size_t *sig_len, attempts *made, cihsm_error *err)
{
    const cihsm_signer *signer = &of->now.signer;
    made->failure = (cihsm_error){0};
    const cihsm_status status =
        signer->sign(signer->context, request, sig, sig_len, &made->failure);
    if (status == CIHSM_E_TOKEN && of->keys.count > 1) {
        return note_failure(of, made, err);
    }
    return status == CIHSM_OK ? CIHSM_OK : fail_again(&made->failure, err);
}

/* @retval CIHSM_E_TOKEN  and another key may do */
static cihsm_status sign_once(clones *of, const cihsm_sign_request *request, uint8_t *sig,
                              size_t *sig_len, attempts *made, cihsm_error *err)
{
    pthread_rwlock_rdlock(&of->lock);
    made->used = of->now.at;
    made->failed_rounds = of->failed_rounds;
    const cihsm_status status = try_now(of, request, sig, sig_len, made, err);
    pthread_rwlock_unlock(&of->lock);
    return status;
}

static cihsm_status sign(void *context, const cihsm_sign_request *request, uint8_t *sig,
                         size_t *sig_len, cihsm_error *err)
{
    clones *of = context;
    const size_t count = of->keys.count;
    CIHSM_AUTO(attempts_release) attempts made = {.reasons = buffer_new(REASONS_MAX)};
    for (;;) {
        const cihsm_status status = sign_once(of, request, sig, sig_len, &made, err);
        if (status != CIHSM_E_TOKEN || count == 1) {
            return status;
        }
        if (made.tries == count) {
            return clone_fail_all(&of->keys, &made.reasons, &made.failure, err);
        }
        CIHSM_TRY(succeed(of, &made, err));
    }
}

static unsigned long lookups(void *context)
{
    clones *of = context;
    pthread_rwlock_rdlock(&of->lock);
    const unsigned long count = of->lookups_before + signing_lookups(&of->now.signer);
    pthread_rwlock_unlock(&of->lock);
    return count;
}

cihsm_status clones_signer(clones *of, EVP_PKEY *public_key, const signing_record *record,
                           cihsm_signer *out, cihsm_error *err)
{
    CIHSM_TRY(clone_keys_certify(&of->keys, public_key, record, err));
    CIHSM_TRY(clone_make_signer(&of->keys, &of->now, err));
    *out = (cihsm_signer){.sign = sign, .context = of, .lookups = lookups};
    return CIHSM_OK;
}
