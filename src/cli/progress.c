/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread draws the line, so that it moves while the server lets us wait.
 */
#include "cli/progress.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/screen.h"

enum { FIRST_MS = 2000, EVERY_MS = 250, LINE_MAX_BYTES = 160, NUMBER_MAX = 32 };

static atomic_size_t counted;
static atomic_size_t counted_bytes;
static atomic_size_t parts_done;
static atomic_size_t parts_total; /* 0: there are none */
static _Atomic(const char *) parts_name;

/* All below is guarded by the lock; only the main thread begins and ends. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static pthread_t drawer;
static const char *unit_name;
static struct timespec started;
static bool is_running;
static bool is_drawn;

static struct timespec now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time;
}

static struct timespec later(struct timespec from, long ms)
{
    from.tv_sec += ms / 1000;
    from.tv_nsec += ms % 1000 * 1000000;
    if (from.tv_nsec >= 1000000000) {
        from.tv_sec++;
        from.tv_nsec -= 1000000000;
    }
    return from;
}

/* 1234567 as "1,234,567". */
static const char *grouped(size_t number, char out[NUMBER_MAX])
{
    char digits[NUMBER_MAX];
    const size_t len = (size_t)snprintf(digits, sizeof digits, "%zu", number);
    size_t at = 0;
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

static const char *size_of(size_t bytes, char out[NUMBER_MAX])
{
    if (bytes < 10000000) {
        snprintf(out, NUMBER_MAX, "%zu kB", bytes / 1000);
    } else if (bytes < 10000000000) {
        snprintf(out, NUMBER_MAX, "%zu MB", bytes / 1000000);
    } else {
        snprintf(out, NUMBER_MAX, "%.1f GB", (double)bytes / 1e9);
    }
    return out;
}

static void erase(void)
{
    if (is_drawn) {
        fputs("\r\033[K", stderr);
        is_drawn = false;
    }
}

static size_t per_second(size_t total)
{
    const struct timespec time = now();
    const double seconds =
        (double)(time.tv_sec - started.tv_sec) + (double)(time.tv_nsec - started.tv_nsec) / 1e9;
    return seconds > 0 ? (size_t)((double)total / seconds) : 0;
}

/* "12/48 slices, " */
static const char *parts_of(char out[NUMBER_MAX * 2])
{
    const size_t total = atomic_load(&parts_total);
    *out = '\0';
    if (total > 0) {
        snprintf(out, (size_t)NUMBER_MAX * 2, "%zu/%zu %s, ", atomic_load(&parts_done), total,
                 atomic_load(&parts_name));
    }
    return out;
}

static void describe(char line[LINE_MAX_BYTES])
{
    char count[NUMBER_MAX];
    char size[NUMBER_MAX];
    char rate[NUMBER_MAX];
    char parts[NUMBER_MAX * 2];
    const size_t bytes = atomic_load(&counted_bytes);
    const size_t units = atomic_load(&counted);
    if (unit_name == NULL) {
        snprintf(line, LINE_MAX_BYTES, "%s, %s/s", size_of(bytes, size),
                 size_of(per_second(bytes), rate));
        return;
    }
    snprintf(line, LINE_MAX_BYTES, "%s%s %s, %s, %s/s", parts_of(parts), grouped(units, count),
             unit_name, size_of(bytes, size), grouped(per_second(units), rate));
}

static void draw(void)
{
    char line[LINE_MAX_BYTES];
    char cut[LINE_MAX_BYTES];
    describe(line);
    screen_copy(cut, sizeof cut, line, screen_width(STDERR_FILENO) - 1);
    erase();
    fputs(cut, stderr);
    is_drawn = true;
}

static void *run(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    struct timespec next = later(started, FIRST_MS);
    while (is_running) {
        if (pthread_cond_clockwait(&ended, &lock, CLOCK_MONOTONIC, &next) != 0 && is_running) {
            draw();
            next = later(now(), EVERY_MS);
        }
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* Signals stay with the main thread. */
static bool start_thread(void)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int failed = pthread_create(&drawer, NULL, run, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0; /* without a thread there is no line, which harms nobody */
}

void cli_progress_begin(const char *unit)
{
    if (is_running || !isatty(STDERR_FILENO)) {
        return;
    }
    atomic_store(&counted, 0);
    atomic_store(&counted_bytes, 0);
    atomic_store(&parts_total, 0);
    pthread_mutex_lock(&lock);
    unit_name = unit;
    started = now();
    is_running = start_thread();
    pthread_mutex_unlock(&lock);
}

void cli_progress_add(size_t count, size_t bytes)
{
    atomic_fetch_add_explicit(&counted, count, memory_order_relaxed);
    atomic_fetch_add_explicit(&counted_bytes, bytes, memory_order_relaxed);
}

void cli_progress_share(const char *parts, size_t done, size_t total)
{
    atomic_store(&parts_name, parts);
    atomic_store(&parts_done, done);
    atomic_store(&parts_total, total);
}

void cli_progress_end(void)
{
    pthread_mutex_lock(&lock);
    const bool was_running = is_running;
    is_running = false;
    erase();
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
    if (was_running) {
        pthread_join(drawer, NULL);
    }
}

void cli_progress_hide(void)
{
    pthread_mutex_lock(&lock);
    erase();
}

void cli_progress_show(void)
{
    pthread_mutex_unlock(&lock);
}
