/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the client share: certificates made once, a server and a client for it.
 */
#ifndef TEST_HTTP_SCENE_H
#define TEST_HTTP_SCENE_H

#include "certificates.h"
#include "http/client.h"
#include "server.h"
#include "tls/identity.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* Made once: keys take time. */
typedef struct test_world {
    char folder[64];
    char ca_path[80];
    char other_ca_path[80];
    char keylog_path[80];
    test_pair ca;
    test_pair other_ca;
    test_pair server;
    test_pair foreign;  /* of the other authority */
    test_pair misnamed; /* for another host */
    test_pair expired;
    test_pair alice;    /* client with a P-384 key */
    test_pair bob;      /* client with a P-256 key */
    test_pair stranger; /* client of the other authority */
    tls_identity *alice_id;
    tls_identity *bob_id;
    tls_identity *stranger_id;
} test_world;

extern test_world world;

/** For cmocka_run_group_tests. */
int make_world(void **state);
int end_world(void **state);

/** A server that asks for a client certificate and does without. */
extern const test_server_config ASKING;

/* A server, a client for it, and the last answer. */
typedef struct scene {
    test_server server;
    char origin[64];
    http_client *client;
    http_response response;
    char log[2048];
    cihsm_log sink;
} scene;

void scene_begin(scene *of, const test_server_config *config);
/** The server's notes may be read from here on. */
void scene_end(scene *of);

/** @return a configuration for the scene's server, without identity. */
http_client_config config_of(const scene *of);
/** Makes the scene's client. */
void connect_as(scene *of, const tls_identity *identity);

cihsm_status ask(scene *of, http_client *client, const char *method, const char *path,
                 cihsm_error *err);
/** A GET by the scene's client. */
cihsm_status get(scene *of, const char *path, cihsm_error *err);

#define LONG_MS 30000 /**< never waited out */

/** scene_begin with ASKING and connect_as, with a timeout. */
void begin_with(scene *of, const tls_identity *identity, long timeout_ms);
/** Starts a GET by the scene's client. */
void start_get(scene *of, const char *path, http_exchange *exchange);
void wait_once(scene *of, long timeout_ms);
/** Waits for the end. @return bytes of the body, which are taken as they come */
size_t finish(scene *of, http_exchange *exchange);

void assert_says(const cihsm_error *err, const char *part);

#endif
