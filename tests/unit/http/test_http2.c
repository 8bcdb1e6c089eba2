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
} scene;

static void remember(void *user, cihsm_log_level level, const char *component, const char *message)
{
    scene *of = user;
    (void)level;
    snprintf(of->log, sizeof of->log, "%s: %s", component, message);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(carries_many_requests_on_one_connection, begin, end),
        cmocka_unit_test_setup_teardown(never_uses_a_connection_on_which_nothing_was_proved, begin,
                                        end),
        cmocka_unit_test_setup_teardown(never_mixes_two_identities, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
