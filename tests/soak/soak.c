/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that runs on for as long as it is told: four threads that make requests, while soak.py
 * lets things happen to its token and its network. Two of them keep their client, two open a new
 * one after some requests; one of each kind repeats a request for some seconds.
 *
 *   soak SERVICE-KEY.json CHAIN.pem CA.pem MODULE KEY-URI PIN-SOURCE
 *
 * Each line of standard input begins a phase, "fault NAME" or "calm NAME", and is answered by a
 * line of JSON about the one that it ends: requests by status, and the most that was seen of the
 * program's memory, descriptors and threads. The end of the input ends it. What fails is told on
 * standard error, once for each status of a phase.
 *
 *     CIHSM_SOAK_LEAK=WHAT  leaks with each request, to see that it is found: memory, descriptors,
 *                           threads or sessions
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cihsm/cihsm.h"
#include "meter.h"

enum {
    THREADS = 4,
    REQUESTS_OF_CLIENT = 3, /* of one that is not kept */
    PAUSE_MS = 100,
    SAMPLE_MS = 200,
    CONNECT_MS = 2000,
    REQUEST_MS = 4000,
    TOKEN_MS = 3000,
    RETRY_MS = 3000,
    STATUSES = CIHSM_E_INTERNAL + 1,
    NAME_MAX_BYTES = 64,
    LEAK_BYTES = 65536,
    LEAK_EACH = 4 /* requests, of what is not memory */
};

/* What is counted from one line of the input to the next. */
typedef struct phase {
    char name[NAME_MAX_BYTES];
    bool is_calm;
    unsigned long number;
    unsigned long statuses[STATUSES];
    unsigned long carried[STATUSES]; /* of requests that began before the phase before */
    unsigned long failed_in_calm;    /* begun and ended while nothing happened */
    unsigned long unclear;           /* failures without a sentence */
    long longest_ms;
    meter_reading most;
} phase;

typedef struct worker {
    pthread_t thread;
    cihsm_client_config config;
    bool keeps_client;
    cihsm_client *client;
    unsigned long requests;
} worker;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of now */
static phase now = {.name = "start", .is_calm = true};
static atomic_bool ended;
static const char *leak; /* NULL: nothing leaks */

static long long clock_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (long long)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static unsigned long phase_number(void)
{
    pthread_mutex_lock(&lock);
    const unsigned long number = now.number;
    pthread_mutex_unlock(&lock);
    return number;
}

/* @param began  the number of the phase in which the request began */
static void count_request(unsigned long began, const cihsm_error *err, long ms)
{
    const cihsm_status status = err->status;
    pthread_mutex_lock(&lock);
    unsigned long *counts = began + 1 < now.number ? now.carried : now.statuses;
    const bool is_first = counts[status]++ == 0;
    now.longest_ms = ms > now.longest_ms ? ms : now.longest_ms;
    const bool failed_in_calm = status != CIHSM_OK && now.is_calm && began == now.number;
    now.failed_in_calm += failed_in_calm ? 1 : 0;
    now.unclear += status != CIHSM_OK && err->message[0] == '\0' ? 1 : 0;
    if (status != CIHSM_OK && (is_first || failed_in_calm)) {
        fprintf(stderr, "%s %s: %s after %ld ms: %s\n", now.is_calm ? "calm" : "fault", now.name,
                cihsm_status_name(status), ms, err->message);
    }
    pthread_mutex_unlock(&lock);
}

/* --- requests ---------------------------------------------------------------------------- */

static cihsm_status read_page(cihsm_client *client, cihsm_error *err)
{
    cihsm_query query = CIHSM_QUERY_INIT;
    query.top = 20;
    cihsm_result *result = NULL;
    const cihsm_status status =
        cihsm_client_get(client, "MessageProcessingLogs", &query, &result, err);
    cihsm_result_free(&result);
    return status;
}

static cihsm_status read_count(cihsm_client *client, cihsm_error *err)
{
    int64_t count = 0;
    return cihsm_client_count(client, "MessageProcessingLogs", NULL, &count, err);
}

static cihsm_status read_stream(cihsm_client *client, cihsm_error *err)
{
    cihsm_query query = CIHSM_QUERY_INIT;
    query.top = 50;
    cihsm_result *result = NULL;
    cihsm_status status =
        cihsm_client_stream(client, "MessageProcessingLogs", &query, NULL, &result, err);
    const cihsm_value *entry = NULL;
    do {
        status = status == CIHSM_OK ? cihsm_result_next_entry(result, &entry, err) : status;
    } while (status == CIHSM_OK && entry != NULL);
    cihsm_result_free(&result);
    return status;
}

static cihsm_status make_request(worker *of, cihsm_error *err)
{
    static cihsm_status (*const KINDS[])(cihsm_client *, cihsm_error *) = {read_page, read_count,
                                                                           read_stream};
    if (of->client == NULL) {
        const cihsm_status status = cihsm_client_open(&of->config, &of->client, err);
        if (status != CIHSM_OK) {
            return status;
        }
    }
    return KINDS[of->requests % 3](of->client, err);
}

/* --- leaks ------------------------------------------------------------------------------- */

static void *sleep_on(void *context)
{
    pause();
    return context;
}

/* What is leaked is reachable from here, so that only this program itself can find it. */
static void leak_something(const worker *of)
{
    static _Thread_local void *last;
    if (strcmp(leak, "memory") == 0) {
        void **more = malloc(LEAK_BYTES);
        if (more != NULL) {
            memset(more, 1, LEAK_BYTES);
            *more = last;
            last = more;
        }
    } else if (of->requests % LEAK_EACH != 0) {
        return;
    } else if (strcmp(leak, "descriptors") == 0) {
        (void)dup(STDIN_FILENO);
    } else if (strcmp(leak, "threads") == 0) {
        pthread_t thread;
        (void)pthread_create(&thread, NULL, sleep_on, NULL);
    } else if (strcmp(leak, "sessions") == 0) {
        cihsm_token *token = NULL;
        cihsm_error err = {0};
        if (cihsm_token_open(&of->config.token, &token, &err) != CIHSM_OK) {
            fprintf(stderr, "nothing leaked: %s\n", err.message);
        }
    }
}

/* --- threads ----------------------------------------------------------------------------- */

static void *work(void *context)
{
    worker *of = context;
    const struct timespec rest = {.tv_nsec = PAUSE_MS * 1000000L};
    while (!atomic_load(&ended)) {
        cihsm_error err = {0};
        const unsigned long began = phase_number();
        const long long start = clock_ms();
        (void)make_request(of, &err);
        count_request(began, &err, (long)(clock_ms() - start));
        of->requests++;
        if (!of->keeps_client && of->requests % REQUESTS_OF_CLIENT == 0) {
            cihsm_client_free(&of->client);
        }
        if (leak != NULL) {
            leak_something(of);
        }
        nanosleep(&rest, NULL);
    }
    cihsm_client_free(&of->client);
    return NULL;
}

static void start(worker *workers, const cihsm_client_config *config)
{
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){.config = *config, .keeps_client = i < THREADS / 2};
        workers[i].config.retry_time_ms = i % 2 == 0 ? -1 : RETRY_MS;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
            abort();
        }
    }
}

/* --- phases ------------------------------------------------------------------------------ */

static void take_sample(void)
{
    const meter_reading reading = meter_read();
    pthread_mutex_lock(&lock);
    meter_keep_most(&now.most, &reading);
    pthread_mutex_unlock(&lock);
}

static void print_counts(const char *name, const unsigned long *counts)
{
    const char *comma = "";
    printf("\"%s\": {", name);
    for (size_t i = 0; i < STATUSES; i++) {
        if (counts[i] > 0) {
            printf("%s\"%s\": %lu", comma, cihsm_status_name((cihsm_status)i), counts[i]);
            comma = ", ";
        }
    }
    printf("}");
}

static void print_phase(const phase *of)
{
    printf("{\"phase\": \"%s\", \"calm\": %s, \"failed_in_calm\": %lu, \"unclear\": %lu, "
           "\"longest_ms\": %ld, \"rss_kib\": %ld, \"heap_kib\": %ld, \"descriptors\": %ld, "
           "\"threads\": %ld, ",
           of->name, of->is_calm ? "true" : "false", of->failed_in_calm, of->unclear,
           of->longest_ms, of->most.rss_kib, of->most.heap_kib, of->most.descriptors,
           of->most.threads);
    print_counts("statuses", of->statuses);
    printf(", ");
    print_counts("carried", of->carried);
    puts("}");
    fflush(stdout);
}

static void end_phase(const phase *next)
{
    take_sample();
    pthread_mutex_lock(&lock);
    const phase last = now;
    now = *next;
    now.number = last.number + 1;
    pthread_mutex_unlock(&lock);
    print_phase(&last);
}

/* Samples until there is a line. @return false at the end of the input */
static bool next_phase(phase *out)
{
    char kind[8];
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    while (poll(&input, 1, SAMPLE_MS) == 0) {
        take_sample();
    }
    *out = (phase){.is_calm = false};
    if (scanf("%7s %63s", kind, out->name) != 2) {
        return false;
    }
    (void)getchar();
    out->is_calm = strcmp(kind, "calm") == 0;
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fputs("usage: see the source\n", stderr);
        return 2;
    }
    leak = getenv("CIHSM_SOAK_LEAK");
    leak = leak != NULL && *leak != '\0' ? leak : NULL;
    const cihsm_client_config config = {
        .service_key = argv[1],
        .chain = argv[2],
        .ca = argv[3],
        .key = argv[5],
        .connect_timeout_ms = CONNECT_MS,
        .timeout_ms = REQUEST_MS,
        .token = {.module = argv[4],
                  .uri = argv[5],
                  .pin = cihsm_pin_from_source,
                  .pin_user = argv[6],
                  .timeout_ms = TOKEN_MS},
    };
    worker workers[THREADS];
    start(workers, &config);
    phase next;
    while (next_phase(&next)) {
        end_phase(&next);
    }
    atomic_store(&ended, true);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    end_phase(&next);
    if (cihsm_token_is_stuck()) {
        _exit(0);
    }
    return 0;
}
