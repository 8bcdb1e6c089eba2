/* SPDX-License-Identifier: Apache-2.0 */
#include "export/writers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/error.h"
#include "cihsm/scope.h"
#include "export/scribe.h"

typedef struct queue {
    export_lane *first;
    export_lane *last;
} queue;

typedef struct writer {
    export_writers *of;
    export_scribe scribe;
    pthread_t thread;
    bool runs;
} writer;

struct export_writers {
    http_transport transport;
    pthread_mutex_t lock; /* for the queues and is_over */
    pthread_cond_t given;
    queue to_do;
    queue done;
    bool is_over;
    writer writers[EXPORT_WRITERS];
};

static void put(queue *to, export_lane *lane)
{
    lane->next = NULL;
    if (to->first == NULL) {
        to->first = lane;
    } else {
        to->last->next = lane;
    }
    to->last = lane;
}

static export_lane *take(queue *from)
{
    export_lane *lane = from->first;
    if (lane != NULL) {
        from->first = lane->next;
    }
    return lane;
}

static export_lane *next_lane(export_writers *of)
{
    pthread_mutex_lock(&of->lock);
    while (of->to_do.first == NULL && !of->is_over) {
        pthread_cond_wait(&of->given, &of->lock);
    }
    export_lane *lane = of->is_over ? NULL : take(&of->to_do);
    pthread_mutex_unlock(&of->lock);
    return lane;
}

static void *write_answers(void *user)
{
    writer *self = user;
    export_writers *of = self->of;
    for (export_lane *lane = next_lane(of); lane != NULL; lane = next_lane(of)) {
        const cihsm_status status = export_slice_take(
            &lane->slice, &self->scribe, &lane->exchange.response, &lane->outcome, &lane->failure);
        lane->failure.status = status;
        pthread_mutex_lock(&of->lock);
        put(&of->done, lane);
        pthread_mutex_unlock(&of->lock);
        of->transport.wake(of->transport.context);
    }
    return NULL;
}

/* Signals go to the threads of the program, so that its own waiting is interrupted. */
static cihsm_status start(writer *self, cihsm_error *err)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int number = pthread_create(&self->thread, NULL, write_answers, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (number != 0) {
        return cihsm_fail_errno(err, CIHSM_E_NO_MEMORY, number, "cannot start a thread");
    }
    self->runs = true;
    return CIHSM_OK;
}

cihsm_status export_writers_start(export_style *style, const http_transport *transport,
                                  export_writers **out, cihsm_error *err)
{
    CIHSM_AUTO(export_writers_stop) export_writers *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    made->transport = *transport;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->given, NULL);
    for (size_t i = 0; i < EXPORT_WRITERS; i++) {
        made->writers[i].of = made;
        CIHSM_TRY(export_scribe_init(&made->writers[i].scribe, style, err));
        CIHSM_TRY(start(&made->writers[i], err));
    }
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

void export_writers_give(export_writers *of, export_lane *lane)
{
    pthread_mutex_lock(&of->lock);
    put(&of->to_do, lane);
    pthread_cond_signal(&of->given);
    pthread_mutex_unlock(&of->lock);
}

export_lane *export_writers_take(export_writers *of)
{
    pthread_mutex_lock(&of->lock);
    export_lane *lane = take(&of->done);
    pthread_mutex_unlock(&of->lock);
    return lane;
}

uint64_t export_writers_left_out(const export_writers *of)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < EXPORT_WRITERS; i++) {
        sum += of->writers[i].scribe.left_out;
    }
    return sum;
}

void export_writers_stop(export_writers **of)
{
    export_writers *old = *of;
    if (old == NULL) {
        return;
    }
    pthread_mutex_lock(&old->lock);
    old->is_over = true;
    pthread_cond_broadcast(&old->given);
    pthread_mutex_unlock(&old->lock);
    for (size_t i = 0; i < EXPORT_WRITERS; i++) {
        if (old->writers[i].runs) {
            pthread_join(old->writers[i].thread, NULL);
        }
        export_scribe_free(&old->writers[i].scribe);
    }
    pthread_cond_destroy(&old->given);
    pthread_mutex_destroy(&old->lock);
    free(old);
    *of = NULL;
}
