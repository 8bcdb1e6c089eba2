/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cihsm/scope.h"
#include "http/client.h"
#include "nginx.h"

/* A server that accepts P-256 signatures only, and two clients. */
typedef struct scene {
    test_pair ca;
    test_pair server;
    test_pair alice; /* P-384: libssl leaves her certificate out */
    test_pair bob;   /* P-256 */
    test_nginx nginx;
    http_response response;
    char log[1024]; /* the last line */
    unsigned signatures;
} scene;

static void remember(void *user, cihsm_log_level level, const char *component, const char *message)
{
    scene *of = user;
    (void)level;
    snprintf(of->log, sizeof of->log, "%s: %s", component, message);
    of->signatures += strstr(message, "the key signed") != NULL;
}

static tls_identity *identity_of(const test_pair *pair)
{
    tls_identity *made = NULL;
    assert_int_equal(tls_identity_new(pair->cert, NULL, pair->key, &made, NULL), CIHSM_OK);
    return made;
}

static cihsm_status get(scene *of, http_client *client, cihsm_error *err)
{
    char url[64];
    snprintf(url, sizeof url, "https://localhost:%d/", of->nginx.port);
    const http_request request = {.method = "GET", .url = url};
    const http_transport transport = http_client_transport(client);
    return transport.send(transport.context, &request, &of->response, err);
}

static void connect_as(scene *of, const tls_identity *identity, const cihsm_log *log,
                       http_client **out)
{
    char origin[64];
    snprintf(origin, sizeof origin, "https://localhost:%d", of->nginx.port);
    const http_client_config config = {
        .identity = identity, .origin = origin, .ca_file = of->nginx.ca_path, .log = log};
    assert_int_equal(http_client_new(&config, out, NULL), CIHSM_OK);
}

static int begin(void **state)
{
    static scene of;
    of = (scene){0};
    of.ca = test_pair_new(&(test_wish){"Test Root", NULL, "P-256", 0}, NULL);
    of.server = test_pair_new(&(test_wish){"server", "DNS:localhost", "P-256", 0}, &of.ca);
    of.alice = test_pair_new(&(test_wish){"alice", NULL, "P-384", 0}, &of.ca);
    of.bob = test_pair_new(&(test_wish){"bob", NULL, "P-256", 0}, &of.ca);
    http_response_init(&of.response, 4096);
    test_nginx_start(&of.nginx, &of.server, &of.ca, "ECDSA+SHA256");
    *state = &of;
    return 0;
}

static int end(void **state)
{
    scene *of = *state;
    if (of->nginx.pid != 0) { /* the test failed half-way */
        test_nginx_stop(&of->nginx);
    }
    http_response_free(&of->response);
    test_pair_free(&of->ca);
    test_pair_free(&of->server);
    test_pair_free(&of->alice);
    test_pair_free(&of->bob);
    return 0;
}

static void carries_many_requests_on_one_connection(void **state)
{
    scene *of = *state;
    const cihsm_log log = {.write = remember, .user = of, .level = CIHSM_LOG_INFO};
    CIHSM_AUTO(tls_identity_free) tls_identity *bob = identity_of(&of->bob);
    CIHSM_AUTO(http_client_free) http_client *client = NULL;
    connect_as(of, bob, &log, &client);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(get(of, client, NULL), CIHSM_OK);
        assert_string_equal(buffer_text(&of->response.body), "CN=bob");
        assert_non_null(strstr(of->log, i == 0 ? "HTTP/2, new" : "HTTP/2, reused"));
    }
    assert_int_equal(test_nginx_stop(&of->nginx), 3);
}

/* libcurl keeps an HTTP/2 connection whose first request was called off: it must not be used. */
static void never_uses_a_connection_on_which_nothing_was_proved(void **state)
{
    scene *of = *state;
    CIHSM_AUTO(tls_identity_free) tls_identity *alice = identity_of(&of->alice);
    CIHSM_AUTO(http_client_free) http_client *client = NULL;
    connect_as(of, alice, NULL, &client);
    for (int i = 0; i < 3; i++) {
        cihsm_error err = {0};
        assert_int_equal(get(of, client, &err), CIHSM_E_TLS);
        assert_non_null(strstr(err.message, "nothing was sent"));
        assert_int_equal(of->response.body.len, 0);
    }
    assert_int_equal(test_nginx_stop(&of->nginx), 0);
}

static void never_mixes_two_identities(void **state)
{
    scene *of = *state;
    CIHSM_AUTO(tls_identity_free) tls_identity *bob = identity_of(&of->bob);
    CIHSM_AUTO(http_client_free) http_client *as_bob = NULL;
    CIHSM_AUTO(http_client_free) http_client *as_nobody = NULL;
    connect_as(of, bob, NULL, &as_bob);
    connect_as(of, NULL, NULL, &as_nobody);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(get(of, as_bob, NULL), CIHSM_OK);
        assert_string_equal(buffer_text(&of->response.body), "CN=bob");
        assert_int_equal(get(of, as_nobody, NULL), CIHSM_OK);
        assert_string_equal(buffer_text(&of->response.body), "");
    }
    assert_int_equal(test_nginx_stop(&of->nginx), 6);
}

/* --- several at once --------------------------------------------------------------------- */

#define AT_ONCE 8
#define BODY_BYTES ((size_t)200 << 10)
#define LONG_MS 30000 /* never waited out */

static http_transport transport_as(scene *of, const tls_identity *identity, http_client **client)
{
    static cihsm_log log;
    log = (cihsm_log){.write = remember, .user = of, .level = CIHSM_LOG_DEBUG};
    connect_as(of, identity, &log, client);
    return http_client_transport(*client);
}

static void start(scene *of, const http_transport *by, const char *path, http_exchange *exchange)
{
    char url[128];
    snprintf(url, sizeof url, "https://localhost:%d%s", of->nginx.port, path);
    const http_request request = {.method = "GET", .url = url};
    assert_int_equal(by->start(by->context, &request, exchange, NULL), CIHSM_OK);
}

static void wait_once(const http_transport *by)
{
    assert_int_equal(by->wait(by->context, LONG_MS, NULL), CIHSM_OK);
}

/* Takes what arrived and compares it with what the file has there. */
static void take(http_exchange *exchange, size_t *taken)
{
    const buffer *body = &exchange->response.body;
    for (size_t i = 0; i < body->len; i++) {
        if (body->data[i] != (char)test_body_byte(*taken + i)) {
            fail_msg("wrong byte at %zu", *taken + i);
        }
    }
    *taken += body->len;
    buffer_clear(&exchange->response.body);
}

static size_t finish(const http_transport *by, http_exchange *exchange)
{
    size_t taken = 0;
    take(exchange, &taken);
    while (!exchange->is_done) {
        wait_once(by);
        take(exchange, &taken);
    }
    return taken;
}

static void carries_eight_at_once_by_one_signature(void **state)
{
    scene *of = *state;
    test_nginx_write_body(&of->nginx, "big", BODY_BYTES);
    CIHSM_AUTO(tls_identity_free) tls_identity *bob = identity_of(&of->bob);
    CIHSM_AUTO(http_client_free) http_client *client = NULL;
    const http_transport by = transport_as(of, bob, &client);
    http_exchange exchanges[AT_ONCE];
    size_t taken[AT_ONCE] = {0};
    for (size_t i = 0; i < AT_ONCE; i++) {
        http_exchange_init(&exchanges[i], 16 << 20);
        start(of, &by, i % 2 == 0 ? "/body/big" : "/chunked/big", &exchanges[i]);
    }
    size_t done = 0;
    for (size_t turn = 0; done < AT_ONCE; turn++) { /* a different order each time */
        wait_once(&by);
        done = 0;
        for (size_t i = 0; i < AT_ONCE; i++) {
            const size_t at = (i * 3 + turn) % AT_ONCE;
            done += exchanges[at].is_done;
            if (exchanges[at].is_done || (at + turn) % 3 != 0) {
                take(&exchanges[at], &taken[at]);
            }
        }
    }
    for (size_t i = 0; i < AT_ONCE; i++) {
        assert_int_equal(exchanges[i].failure.status, CIHSM_OK);
        assert_int_equal(exchanges[i].response.status, 200);
        assert_int_equal(taken[i], BODY_BYTES);
        http_exchange_free(&exchanges[i]);
    }
    http_client_free(&client);
    assert_int_equal(test_nginx_stop(&of->nginx), AT_ONCE);
    assert_int_equal(of->nginx.connections, 1);
    assert_int_equal(of->signatures, 1);
}

static void a_cancelled_stream_leaves_the_others_and_the_connection(void **state)
{
    scene *of = *state;
    test_nginx_write_body(&of->nginx, "big", BODY_BYTES);
    CIHSM_AUTO(tls_identity_free) tls_identity *bob = identity_of(&of->bob);
    CIHSM_AUTO(http_client_free) http_client *client = NULL;
    const http_transport by = transport_as(of, bob, &client);
    CIHSM_AUTO(http_exchange_free) http_exchange slow;
    CIHSM_AUTO(http_exchange_free) http_exchange quick;
    http_exchange_init(&slow, 1 << 20);
    http_exchange_init(&quick, 1 << 20);
    start(of, &by, "/slow/big", &slow);
    while (slow.response.body.len == 0) {
        wait_once(&by);
    }
    start(of, &by, "/body/big", &quick);
    by.cancel(by.context, &slow);
    assert_null(slow.carrier);
    assert_int_equal(finish(&by, &quick), BODY_BYTES);
    start(of, &by, "/none/", &slow);
    while (!slow.is_done) {
        wait_once(&by);
    }
    assert_string_equal(buffer_text(&slow.response.body), "nothing");
    assert_int_equal(slow.response.status, 404);
    assert_int_equal(slow.failure.status, CIHSM_OK);
    assert_int_equal(get(of, client, NULL), CIHSM_OK);
    http_client_free(&client);
    assert_int_equal(test_nginx_stop(&of->nginx), 4);
    assert_int_equal(of->nginx.connections, 1);
    assert_int_equal(of->signatures, 1);
}

static void a_connection_cut_in_mid_body_is_a_failure(void **state)
{
    scene *of = *state;
    test_nginx_write_body(&of->nginx, "big", BODY_BYTES);
    CIHSM_AUTO(tls_identity_free) tls_identity *bob = identity_of(&of->bob);
    CIHSM_AUTO(http_client_free) http_client *client = NULL;
    const http_transport by = transport_as(of, bob, &client);
    http_exchange exchanges[2];
    static const char *const paths[] = {"/slow/big", "/slow-chunked/big"};
    for (size_t i = 0; i < 2; i++) {
        http_exchange_init(&exchanges[i], 1 << 20);
        start(of, &by, paths[i], &exchanges[i]);
        while (exchanges[i].response.body.len == 0) {
            wait_once(&by);
        }
    }
    test_nginx_kill(&of->nginx);
    for (size_t i = 0; i < 2; i++) {
        assert_true(finish(&by, &exchanges[i]) < BODY_BYTES);
        assert_true(exchanges[i].has_head);
        assert_int_equal(exchanges[i].failure.status, CIHSM_E_NETWORK);
        http_exchange_free(&exchanges[i]);
    }
    test_nginx_stop(&of->nginx);
}

static void starts_nothing_on_a_connection_on_which_nothing_was_proved(void **state)
{
    scene *of = *state;
    CIHSM_AUTO(tls_identity_free) tls_identity *alice = identity_of(&of->alice);
    CIHSM_AUTO(http_client_free) http_client *client = NULL;
    const http_transport by = transport_as(of, alice, &client);
    http_exchange exchanges[AT_ONCE];
    for (size_t i = 0; i < AT_ONCE; i++) {
        http_exchange_init(&exchanges[i], 4096);
        start(of, &by, "/", &exchanges[i]);
    }
    for (size_t i = 0; i < AT_ONCE; i++) {
        finish(&by, &exchanges[i]);
        assert_int_equal(exchanges[i].failure.status, CIHSM_E_TLS);
        assert_non_null(strstr(exchanges[i].failure.message, "nothing was sent"));
        assert_false(exchanges[i].has_head);
        http_exchange_free(&exchanges[i]);
    }
    assert_int_equal(get(of, client, NULL), CIHSM_E_TLS);
    http_client_free(&client);
    assert_int_equal(test_nginx_stop(&of->nginx), 0);
    assert_int_equal(of->signatures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(carries_many_requests_on_one_connection, begin, end),
        cmocka_unit_test_setup_teardown(never_uses_a_connection_on_which_nothing_was_proved, begin,
                                        end),
        cmocka_unit_test_setup_teardown(never_mixes_two_identities, begin, end),
        cmocka_unit_test_setup_teardown(carries_eight_at_once_by_one_signature, begin, end),
        cmocka_unit_test_setup_teardown(a_cancelled_stream_leaves_the_others_and_the_connection,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_connection_cut_in_mid_body_is_a_failure, begin, end),
        cmocka_unit_test_setup_teardown(starts_nothing_on_a_connection_on_which_nothing_was_proved,
                                        begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
