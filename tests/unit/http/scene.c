/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

test_world world;

const test_server_config ASKING = {.own = &world.server, .client_ca = &world.ca};

static void remember(void *user, cihsm_log_level level, const char *component, const char *message)
{
    scene *of = user;
    (void)level;
    const size_t len = strlen(of->log);
    snprintf(of->log + len, sizeof of->log - len, "%s: %s\n", component, message);
}

http_client_config config_of(const scene *of)
{
    return (http_client_config){.origin = of->origin,
                                .ca_file = world.ca_path,
                                .connect_timeout_ms = 5000,
                                .timeout_ms = 10000,
                                .log = &of->sink};
}

void connect_as(scene *of, const tls_identity *identity)
{
    http_client_config config = config_of(of);
    config.identity = identity;
    assert_int_equal(http_client_new(&config, &of->client, NULL), CIHSM_OK);
}

void scene_begin(scene *of, const test_server_config *config)
{
    memset(of, 0, sizeof *of);
    of->sink = (cihsm_log){.write = remember, .user = of, .level = CIHSM_LOG_DEBUG};
    test_server_start(&of->server, config);
    snprintf(of->origin, sizeof of->origin, "https://localhost:%d", of->server.port);
    http_response_init(&of->response, 1 << 20);
}

void scene_end(scene *of)
{
    http_client_free(&of->client);
    http_response_free(&of->response);
    test_server_stop(&of->server);
}

cihsm_status ask(scene *of, http_client *client, const char *method, const char *path,
                 cihsm_error *err)
{
    char url[256];
    snprintf(url, sizeof url, "%s%s", of->origin, path);
    const http_header headers[] = {{"Accept", "application/json"}, {"X-Empty", ""}};
    const http_request request = {
        .method = method, .url = url, .headers = headers, .header_count = COUNT(headers)};
    const http_transport transport = http_client_transport(client);
    return transport.send(transport.context, &request, &of->response, err);
}

cihsm_status get(scene *of, const char *path, cihsm_error *err)
{
    return ask(of, of->client, "GET", path, err);
}

void begin_with(scene *of, const tls_identity *identity, long timeout_ms)
{
    scene_begin(of, &ASKING);
    http_client_config config = config_of(of);
    config.identity = identity;
    config.timeout_ms = timeout_ms;
    assert_int_equal(http_client_new(&config, &of->client, NULL), CIHSM_OK);
}

void start_get(scene *of, const char *path, http_exchange *exchange)
{
    char url[256];
    snprintf(url, sizeof url, "%s%s", of->origin, path);
    const http_header accept = {"Accept", "application/json"};
    const http_request request = {
        .method = "GET", .url = url, .headers = &accept, .header_count = 1};
    const http_transport transport = http_client_transport(of->client);
    cihsm_error err = {0};
    if (transport.start(transport.context, &request, exchange, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_non_null(exchange->carrier);
}

void wait_once(scene *of, long timeout_ms)
{
    const http_transport transport = http_client_transport(of->client);
    assert_int_equal(transport.wait(transport.context, timeout_ms, NULL), CIHSM_OK);
}

size_t finish(scene *of, http_exchange *exchange)
{
    size_t taken = 0;
    while (!exchange->is_done) {
        wait_once(of, LONG_MS);
        taken += exchange->response.body.len;
        buffer_clear(&exchange->response.body);
    }
    assert_null(exchange->carrier);
    return taken;
}

void assert_says(const cihsm_error *err, const char *part)
{
    if (strstr(err->message, part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", err->message, part);
    }
}

static tls_identity *identity_of(const test_pair *pair)
{
    tls_identity *made = NULL;
    assert_int_equal(tls_identity_new(pair->cert, NULL, pair->key, &made, NULL), CIHSM_OK);
    return made;
}

int make_world(void **state)
{
    (void)state;
    snprintf(world.folder, sizeof world.folder, "/tmp/cihsm-http-XXXXXX");
    assert_non_null(mkdtemp(world.folder));
    snprintf(world.ca_path, sizeof world.ca_path, "%s/ca.pem", world.folder);
    snprintf(world.other_ca_path, sizeof world.other_ca_path, "%s/other.pem", world.folder);
    snprintf(world.keylog_path, sizeof world.keylog_path, "%s/keylog", world.folder);
    setenv("SSLKEYLOGFILE", world.keylog_path, 1);

    static const char here[] = "DNS:localhost,IP:127.0.0.1";
    world.ca = test_pair_new(&(test_wish){"Test Root", NULL, "P-256", 0}, NULL);
    world.other_ca = test_pair_new(&(test_wish){"Other Root", NULL, "P-256", 0}, NULL);
    world.server = test_pair_new(&(test_wish){"server", here, "P-256", 0}, &world.ca);
    world.foreign = test_pair_new(&(test_wish){"server", here, "P-256", 0}, &world.other_ca);
    world.misnamed =
        test_pair_new(&(test_wish){"server", "DNS:elsewhere.example", "P-256", 0}, &world.ca);
    world.expired = test_pair_new(&(test_wish){"server", here, "P-256", -3600}, &world.ca);
    world.alice = test_pair_new(&(test_wish){"alice", NULL, "P-384", 0}, &world.ca);
    world.bob = test_pair_new(&(test_wish){"bob", NULL, "P-256", 0}, &world.ca);
    world.stranger = test_pair_new(&(test_wish){"stranger", NULL, "P-256", 0}, &world.other_ca);
    test_write_pem(world.ca_path, world.ca.cert);
    test_write_pem(world.other_ca_path, world.other_ca.cert);
    world.alice_id = identity_of(&world.alice);
    world.bob_id = identity_of(&world.bob);
    world.stranger_id = identity_of(&world.stranger);
    return 0;
}

int end_world(void **state)
{
    (void)state;
    tls_identity_free(&world.alice_id);
    tls_identity_free(&world.bob_id);
    tls_identity_free(&world.stranger_id);
    test_pair *const pairs[] = {&world.ca,      &world.other_ca, &world.server,
                                &world.foreign, &world.misnamed, &world.expired,
                                &world.alice,   &world.bob,      &world.stranger};
    for (size_t i = 0; i < COUNT(pairs); i++) {
        test_pair_free(pairs[i]);
    }
    unlink(world.ca_path);
    unlink(world.other_ca_path);
    unlink(world.keylog_path);
    return rmdir(world.folder);
}
