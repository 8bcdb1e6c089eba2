/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that runs on while things happen to its token: one client a thread, and a request of
 * each for every line of standard input.
 *
 *   steady_client SERVICE-KEY CHAIN CA MODULE PIN-SOURCE TOKEN-TIMEOUT THREADS KEY-URI...
 *
 * More than one URI: the same key on several tokens. Prints a line of exit codes for each round, "0
 * 0 5 0"; messages go to stderr. Ends with 0 at the end of its input; by _exit if a call of the
 * token has not returned.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cihsm/cihsm.h"

enum { THREADS_MAX = 16 };

typedef struct user {
    cihsm_client *client;
    int code;
} user;

static void *make_request(void *context)
{
    user *of = context;
    cihsm_error err = {0};
    cihsm_result *result = NULL;
    const cihsm_status status =
        cihsm_client_get(of->client, "IntegrationPackages", NULL, &result, &err);
    if (status != CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
    }
    of->code = cihsm_status_exit_code(status);
    cihsm_result_free(&result);
    return NULL;
}

static void make_round(user *users, size_t count)
{
    pthread_t threads[THREADS_MAX];
    for (size_t i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, make_request, &users[i]) != 0) {
            abort();
        }
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        printf("%s%d", i == 0 ? "" : " ", users[i].code);
    }
    printf("\n");
    fflush(stdout);
}

static int run(const cihsm_client_config *config, size_t count)
{
    user users[THREADS_MAX] = {{NULL, 0}};
    cihsm_error err = {0};
    for (size_t i = 0; i < count; i++) {
        if (cihsm_client_open(config, &users[i].client, &err) != CIHSM_OK) {
            fprintf(stderr, "%s\n", err.message);
            return cihsm_status_exit_code(err.status);
        }
    }
    for (int c = getchar(); c != EOF; c = getchar()) {
        if (c == '\n') {
            make_round(users, count);
        }
    }
    for (size_t i = 0; i < count; i++) {
        cihsm_client_free(&users[i].client);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 9) {
        fputs("usage: see the source\n", stderr);
        return 2;
    }
    const size_t count = strtoul(argv[7], NULL, 10);
    const cihsm_client_config config = {
        .service_key = argv[1],
        .chain = argv[2],
        .ca = argv[3],
        .key = argv[8],
        .clones = (const char *const *)&argv[9],
        .clone_count = (size_t)argc - 9,
        .retry_time_ms = -1,
        .token = {.module = argv[4],
                  .uri = argv[8],
                  .pin = cihsm_pin_from_source,
                  .pin_user = argv[5],
                  .timeout_ms = strtol(argv[6], NULL, 10) * 1000},
    };
    const int code = run(&config, count < THREADS_MAX ? count : THREADS_MAX);
    if (cihsm_token_is_stuck()) {
        fflush(stdout);
        _exit(code);
    }
    return code;
}
