/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/worker.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/clock.h"
#include "pkcs11/call.h"
#include "pkcs11/deadline.h"

/* One call. Who waits for it and the thread that makes it both use it, under the crew's lock except
 * for the arguments, which are the thread's until the call is done. */
typedef struct task {
    pkcs11_job job; /* args is the copy below */
    CK_RV rv;
    bool is_done;
    bool is_left;
    max_align_t copy[];
} task;

struct pkcs11_worker {
    pkcs11_crew *crew;
    pkcs11_worker *next; /* of the idle ones */
    pthread_t thread;
    pthread_cond_t wake; /* the thread waits for it */
    pthread_cond_t done; /* who gave it a task does */
    task *task;
    bool is_dismissed;
};

/* Calls that were left, below the number of the process whose calls they are: one that was forked
 * has left none. */
static _Atomic uint64_t left_in_process;
enum { PROCESS_SHIFT = 32 };

static uint64_t left_of(uint64_t counted, uint64_t process)
{
    return counted >> PROCESS_SHIFT == process ? (uint32_t)counted : 0;
}

static void count_left(int change)
{
    const uint64_t process = (uint64_t)getpid();
    uint64_t before = atomic_load(&left_in_process);
    uint64_t after = 0;
    do {
        after = process << PROCESS_SHIFT | (left_of(before, process) + (uint64_t)change);
    } while (!atomic_compare_exchange_weak(&left_in_process, &before, after));
}

bool pkcs11_worker_any_left(void)
{
    return left_of(atomic_load(&left_in_process), (uint64_t)getpid()) > 0;
}

void pkcs11_crew_init(pkcs11_crew *crew)
{
    *crew = (pkcs11_crew){.left = 0};
    pthread_mutex_init(&crew->lock, NULL); /* cannot fail without attributes */
}

static task *task_new(const pkcs11_job *job)
{
    task *made = malloc(sizeof *made + job->size);
    if (made == NULL) {
        return NULL;
    }
    *made = (task){.job = *job};
    made->job.args = made->copy;
    if (job->size > 0) {
        memcpy(made->copy, job->args, job->size);
    }
    return made;
}

/* A PIN may have been among the arguments. */
static void task_free(task *of)
{
    OPENSSL_cleanse(of->copy, of->job.size);
    free(of);
}

static void worker_free(pkcs11_worker *of)
{
    pthread_cond_destroy(&of->wake);
    pthread_cond_destroy(&of->done);
    free(of);
}

static CK_RV run(const task *of)
{
    const CK_RV rv = of->job.run(of->job.functions, of->job.args);
    ERR_clear_error(); /* SoftHSM for one leaves entries there; the queue is this thread's own */
    return rv;
}

/* Called with the lock held. @return NULL: there will be none */
static task *wait_for_task(pkcs11_worker *self)
{
    while (self->task == NULL && !self->is_dismissed) {
        pthread_cond_wait(&self->wake, &self->crew->lock);
    }
    return self->task;
}

/* A call that was left has returned: nobody waits for it or for this thread. */
static void end_left(pkcs11_worker *self, task *of)
{
    pkcs11_crew *crew = self->crew;
    if (of->job.late != NULL) {
        of->job.late(of->job.user, of->copy, of->rv);
    }
    task_free(of);
    worker_free(self);
    pthread_mutex_lock(&crew->lock);
    crew->left--;
    pthread_mutex_unlock(&crew->lock);
    count_left(-1);
}

static void *work(void *context)
{
    pkcs11_worker *self = context;
    pkcs11_crew *crew = self->crew;
    pthread_mutex_lock(&crew->lock);
    for (task *now = wait_for_task(self); now != NULL; now = wait_for_task(self)) {
        pthread_mutex_unlock(&crew->lock);
        const CK_RV rv = run(now);
        pthread_mutex_lock(&crew->lock);
        now->rv = rv >= PKCS11_R_FIRST ? CKR_GENERAL_ERROR : rv; /* ours are not the module's */
        now->is_done = true;
        self->task = NULL;
        if (now->is_left) {
            pthread_mutex_unlock(&crew->lock);
            end_left(self, now);
            return NULL;
        }
        pthread_cond_signal(&self->done);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

static bool start_thread(pkcs11_worker *of)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* a new thread has the mask of its maker */
    const int rc = pthread_create(&of->thread, NULL, work, of);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc == 0;
}

static pkcs11_worker *worker_new(pkcs11_crew *crew)
{
    pkcs11_worker *made = calloc(1, sizeof *made);
    if (made == NULL || !pkcs11_condition_init(&made->wake)) {
        free(made);
        return NULL;
    }
    if (!pkcs11_condition_init(&made->done)) {
        pthread_cond_destroy(&made->wake);
        free(made);
        return NULL;
    }
    made->crew = crew;
    if (!start_thread(made)) {
        worker_free(made);
        return NULL;
    }
    return made;
}

/* From here to leave: called with the lock held. */
static pkcs11_worker *take_worker(pkcs11_crew *crew)
{
    pkcs11_worker *found = crew->idle;
    if (found != NULL) {
        crew->idle = found->next;
        return found;
    }
    return worker_new(crew); /* waits for the lock before it does anything */
}

static void leave(pkcs11_worker *worker, task *of)
{
    const clock_source clock = clock_system(NULL);
    pkcs11_crew *crew = worker->crew;
    of->is_left = true;
    if (crew->left++ == 0) {
        crew->left_since_ms = clock_wall_ms(&clock);
    }
    count_left(1);
    pthread_detach(worker->thread);
}

/* @return PKCS11_R_NO_ANSWER: the task is the thread's from now on */
static CK_RV give_and_wait(pkcs11_crew *crew, task *of, long long until_us)
{
    pkcs11_worker *worker = take_worker(crew);
    if (worker == NULL) {
        return PKCS11_R_NO_MEMORY;
    }
    worker->task = of;
    pthread_cond_signal(&worker->wake);
    bool in_time = true;
    while (!of->is_done && in_time) {
        in_time = pkcs11_wait(&worker->done, &crew->lock, until_us);
    }
    if (!of->is_done) {
        leave(worker, of);
        return PKCS11_R_NO_ANSWER;
    }
    worker->next = crew->idle;
    crew->idle = worker;
    return of->rv;
}

CK_RV pkcs11_crew_call(pkcs11_crew *crew, const pkcs11_job *job, long long until_us)
{
    task *made = task_new(job);
    if (made == NULL) {
        return PKCS11_R_NO_MEMORY;
    }
    pthread_mutex_lock(&crew->lock);
    const CK_RV rv = crew->left > 0 ? PKCS11_R_STUCK : give_and_wait(crew, made, until_us);
    pthread_mutex_unlock(&crew->lock);
    if (rv == PKCS11_R_NO_ANSWER) {
        return rv;
    }
    if (job->size > 0) {
        memcpy(job->args, made->copy, job->size);
    }
    task_free(made);
    return rv;
}

unsigned pkcs11_crew_left(pkcs11_crew *crew, int64_t *since_ms)
{
    pthread_mutex_lock(&crew->lock);
    const unsigned left = crew->left;
    *since_ms = crew->left_since_ms;
    pthread_mutex_unlock(&crew->lock);
    return left;
}

void pkcs11_crew_dismiss(pkcs11_crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    pkcs11_worker *gone = crew->idle;
    crew->idle = NULL;
    for (pkcs11_worker *at = gone; at != NULL; at = at->next) {
        at->is_dismissed = true;
        pthread_cond_signal(&at->wake);
    }
    pthread_mutex_unlock(&crew->lock);
    while (gone != NULL) {
        pkcs11_worker *next = gone->next;
        pthread_join(gone->thread, NULL);
        worker_free(gone);
        gone = next;
    }
}
