/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTPS server for tests: one thread a connection, HTTP/1.1 only, notes what it was asked.
 * The path of the request decides what it does; see HANDLERS in server.c.
 */
#ifndef TEST_HTTP_SERVER_H
#define TEST_HTTP_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

#include "certificates.h"

#define TEST_SEEN_MAX 32
#define TEST_CONNECTIONS_MAX 32

/** Borrowed for the life of the server. Start with {0}. */
typedef struct test_server_config {
    const test_pair *own;       /**< certificate shown; NULL: speaks no TLS at all */
    const test_pair *client_ca; /**< NULL: no client certificate asked for */
    bool client_required;       /**< a client without one gets an alert */
    char *sigalgs;              /**< that a client may sign with; NULL: all */
    int min_version;            /**< TLS1_VERSION, ...; 0: the library's */
    int max_version;
    bool silent; /**< takes connections and says nothing */
} test_server_config;

/** One request as it came. */
typedef struct test_seen {
    char client[64];     /**< common name of the client certificate; "" without */
    unsigned connection; /**< 0 for the first */
    char text[4096];     /**< request line, headers, body */
} test_seen;

typedef struct test_server {
    test_server_config config;
    SSL_CTX *ctx;
    int listener;
    int port;
    pthread_t acceptor;
    atomic_bool stop;
    pthread_mutex_t lock; /* of all that follows */
    unsigned connections;
    int fds[TEST_CONNECTIONS_MAX];
    pthread_t workers[TEST_CONNECTIONS_MAX];
    size_t seen_count;
    test_seen seen[TEST_SEEN_MAX];
} test_server;

void test_server_start(test_server *server, const test_server_config *config);
/** Ends all connections and waits; seen and connections may be read without the lock then. */
void test_server_stop(test_server *server);

/** @return a port of this machine that nobody listens on */
int test_free_port(void);

#endif
