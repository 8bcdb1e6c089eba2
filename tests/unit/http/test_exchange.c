/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "provider/provider_key.h"
#include "scene.h"

static void reads_an_answer_while_it_arrives(void **state)
{
    (void)state;
    scene of;
    begin_with(&of, world.alice_id, 10000);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    http_exchange_init(&exchange, 8 << 20); /* less than the body has */
    for (int i = 0; i < 2; i++) {           /* one exchange serves many times */
        start_get(&of, "/size/20000000", &exchange);
        assert_false(exchange.has_head);
        assert_int_equal(finish(&of, &exchange), 20000000);
        assert_int_equal(exchange.failure.status, CIHSM_OK);
        assert_true(exchange.has_head);
        assert_int_equal(exchange.response.status, 200);
        assert_true(exchange.response.total_us > 0);
        assert_true(exchange.response.was_sent);
    }
    assert_non_null(strstr(of.log, "http: GET /size/20000000: status 200, 20000000 bytes"));
    scene_end(&of);
    assert_int_equal(of.server.connections, 1);
}

static void the_head_comes_before_the_body_and_without_interim_ones(void **state)
{
    (void)state;
    scene of;
    begin_with(&of, NULL, 10000);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    http_exchange_init(&exchange, 1000);
    start_get(&of, "/stall", &exchange);
    while (exchange.response.body.len < 5) {
        wait_once(&of, LONG_MS);
    }
    assert_true(exchange.has_head);
    assert_false(exchange.is_done);
    assert_int_equal(exchange.response.status, 200);
    const http_transport transport = http_client_transport(of.client);
    transport.cancel(transport.context, &exchange);

    start_get(&of, "/fields", &exchange); /* 103 first */
    while (!exchange.has_head) {
        wait_once(&of, LONG_MS);
    }
    assert_int_equal(exchange.response.status, 429);
    assert_string_equal(exchange.response.csrf_token, "abc");
    assert_int_equal(exchange.response.retry_after_s, 17);
    assert_int_equal(finish(&of, &exchange) + exchange.response.body.len, 2);
    scene_end(&of);
}

static void carries_several_at_once_each_with_its_own_answer(void **state)
{
    (void)state;
    static const char *const paths[] = {"/size/200000", "/none", "/short", "/hello"};
    scene of;
    begin_with(&of, world.alice_id, 10000);
    http_exchange exchanges[COUNT(paths)];
    size_t taken[COUNT(paths)] = {0};
    for (size_t i = 0; i < COUNT(paths); i++) {
        http_exchange_init(&exchanges[i], 1 << 20);
        start_get(&of, paths[i], &exchanges[i]);
    }
    for (size_t i = 0; i < COUNT(paths); i++) {
        taken[i] = exchanges[i].is_done ? 0 : finish(&of, &exchanges[i]);
        taken[i] += exchanges[i].response.body.len;
    }
    assert_int_equal(taken[0], 200000);
    assert_int_equal(exchanges[0].response.status, 200);
    assert_int_equal(exchanges[1].response.status, 404);
    assert_int_equal(exchanges[1].failure.status, CIHSM_OK);
    assert_int_equal(exchanges[2].failure.status, CIHSM_E_NETWORK);
    assert_says(&exchanges[2].failure, "was lost before the answer was complete");
    assert_int_equal(taken[3], 5);
    for (size_t i = 0; i < COUNT(paths); i++) {
        http_exchange_free(&exchanges[i]);
    }
    scene_end(&of);
    assert_int_equal(of.server.seen_count, 4);
    assert_string_equal(of.server.seen[3].client, "alice");
}

static void goes_on_where_a_send_was(void **state)
{
    (void)state;
    scene of;
    begin_with(&of, world.alice_id, 10000);
    assert_int_equal(get(&of, "/fields", NULL), CIHSM_OK); /* sets a cookie */
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    http_exchange_init(&exchange, 1000);
    start_get(&of, "/hello", &exchange);
    finish(&of, &exchange);
    assert_int_equal(get(&of, "/hello", NULL), CIHSM_OK);
    scene_end(&of);
    assert_int_equal(of.server.connections, 1);
    for (size_t i = 1; i < 3; i++) {
        assert_non_null(strstr(of.server.seen[i].text, "\r\nCookie: JSESSIONID=1\r\n"));
    }
}

static void keeps_cookies_and_connections_of_two_clients_apart(void **state)
{
    (void)state;
    scene of;
    begin_with(&of, world.alice_id, 10000);
    assert_int_equal(get(&of, "/fields", NULL), CIHSM_OK);
    http_client_config other = config_of(&of);
    other.identity = world.bob_id;
    http_client *alice = of.client;
    assert_int_equal(http_client_new(&other, &of.client, NULL), CIHSM_OK);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    http_exchange_init(&exchange, 1000);
    start_get(&of, "/hello", &exchange);
    finish(&of, &exchange);
    http_client_free(&alice);
    scene_end(&of);
    assert_int_equal(of.server.connections, 2);
    assert_string_equal(of.server.seen[0].client, "alice");
    assert_string_equal(of.server.seen[1].client, "bob");
    assert_null(strstr(of.server.seen[1].text, "Cookie:"));
}

/* Answers that are none. */

static void never_takes_a_part_for_the_whole(void **state)
{
    (void)state;
    const struct {
        const char *path;
        cihsm_status status;
        const char *says;
        bool has_head;
    } rows[] = {
        {"/short", CIHSM_E_NETWORK, "was lost before the answer was complete", true},
        {"/half-head", CIHSM_E_NETWORK, "its headers are not complete", false},
        {"/half-chunk", CIHSM_E_NETWORK, "", true},
        {"/close", CIHSM_E_NETWORK, "lost before the answer", false},
        {"/garbage", CIHSM_E_PROTOCOL, "does not answer in HTTP", false},
        {"/size/1001", CIHSM_E_LIMIT, "larger than 1000 bytes", true},
        {"/many-headers", CIHSM_E_LIMIT, "bytes of headers", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        scene of;
        begin_with(&of, world.alice_id, 10000);
        CIHSM_AUTO(http_exchange_free) http_exchange exchange;
        http_exchange_init(&exchange, 1000);
        start_get(&of, rows[i].path, &exchange);
        while (!exchange.is_done) {
            wait_once(&of, LONG_MS);
        }
        assert_int_equal(exchange.failure.status, rows[i].status);
        assert_says(&exchange.failure, rows[i].says);
        assert_int_equal(exchange.has_head, rows[i].has_head);
        assert_true(exchange.response.was_sent);
        cihsm_error err = {0};
        assert_int_equal(get(&of, rows[i].path, &err) == CIHSM_OK, i == 5); /* the same by send */
        assert_int_equal(get(&of, "/hello", NULL), CIHSM_OK);               /* it goes on working */
        scene_end(&of);
    }
}

static void refuses_all_but_a_get_of_its_origin(void **state)
{
    (void)state;
    scene of;
    begin_with(&of, NULL, 10000);
    char url[128];
    snprintf(url, sizeof url, "%s/hello", of.origin);
    const http_request rows[] = {{.method = "DELETE", .url = url},
                                 {.method = "GET", .url = "https://elsewhere.example/"}};
    const http_transport transport = http_client_transport(of.client);
    for (size_t i = 0; i < COUNT(rows); i++) {
        CIHSM_AUTO(http_exchange_free) http_exchange exchange;
        http_exchange_init(&exchange, 1000);
        assert_int_equal(transport.start(transport.context, &rows[i], &exchange, NULL),
                         CIHSM_E_ARGUMENT);
        assert_null(exchange.carrier);
    }
    scene_end(&of);
    assert_int_equal(of.server.connections, 0);
}

/* The certificate. */

static void sends_no_byte_when_its_certificate_was_left_out(void **state)
{
    (void)state;
    const test_server_config config = {
        .own = &world.server, .client_ca = &world.ca, .sigalgs = (char[]){"ECDSA+SHA256"}};
    scene of;
    scene_begin(&of, &config);
    connect_as(&of, world.alice_id); /* P-384 */
    http_exchange exchanges[3];
    for (size_t i = 0; i < COUNT(exchanges); i++) {
        http_exchange_init(&exchanges[i], 1000);
        start_get(&of, "/hello", &exchanges[i]);
    }
    for (size_t i = 0; i < COUNT(exchanges); i++) {
        if (!exchanges[i].is_done) {
            finish(&of, &exchanges[i]);
        }
        assert_int_equal(exchanges[i].failure.status, CIHSM_E_TLS);
        assert_says(&exchanges[i].failure, "nothing was sent to localhost:");
        assert_false(exchanges[i].response.was_sent);
        http_exchange_free(&exchanges[i]);
    }
    scene_end(&of);
    assert_int_equal(of.server.seen_count, 0);
}

static cihsm_status refuse_to_sign(void *context, const cihsm_sign_request *request, uint8_t *sig,
                                   size_t *sig_len, cihsm_error *err)
{
    (void)context, (void)request, (void)sig, (void)sig_len;
    return cihsm_fail(err, CIHSM_E_TOKEN, CIHSM_FROM_TOKEN, 0x32, "the token was pulled out");
}

static bool tell(void *user, cihsm_error *out)
{
    return provider_key_last_error(user, out);
}

static void tells_what_the_signer_said(void **state)
{
    (void)state;
    scene of;
    scene_begin(&of, &ASKING);
    CIHSM_AUTO(provider_key_free) provider_key *key = NULL;
    CIHSM_AUTO(tls_identity_free) tls_identity *identity = NULL;
    assert_int_equal(
        provider_key_new((cihsm_signer){.sign = refuse_to_sign}, world.bob.key, &key, NULL),
        CIHSM_OK);
    assert_int_equal(
        tls_identity_new(world.bob.cert, NULL, provider_key_pkey(key), &identity, NULL), CIHSM_OK);
    http_client_config config = config_of(&of);
    config.identity = identity;
    config.cause = (http_cause){.tell = tell, .user = key};
    assert_int_equal(http_client_new(&config, &of.client, NULL), CIHSM_OK);

    cihsm_error err = {0};
    assert_int_equal(get(&of, "/hello", &err), CIHSM_E_TOKEN);
    assert_says(&err, "the token was pulled out");
    assert_int_equal(err.native, 0x32);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    http_exchange_init(&exchange, 1000);
    start_get(&of, "/hello", &exchange);
    finish(&of, &exchange);
    assert_int_equal(exchange.failure.status, CIHSM_E_TOKEN);
    assert_int_equal(exchange.failure.origin, CIHSM_FROM_TOKEN);

    snprintf(of.origin, sizeof of.origin, "https://localhost:%d", test_free_port());
    http_client_free(&of.client);
    assert_int_equal(http_client_new(&config, &of.client, NULL), CIHSM_OK);
    assert_int_equal(get(&of, "/hello", NULL), CIHSM_E_NETWORK); /* nothing to do with the token */
    http_client_free(&of.client);
    scene_end(&of);
    assert_int_equal(of.server.seen_count, 0);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* the server writes to clients that have gone */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_an_answer_while_it_arrives),
        cmocka_unit_test(the_head_comes_before_the_body_and_without_interim_ones),
        cmocka_unit_test(carries_several_at_once_each_with_its_own_answer),
        cmocka_unit_test(goes_on_where_a_send_was),
        cmocka_unit_test(keeps_cookies_and_connections_of_two_clients_apart),
        cmocka_unit_test(never_takes_a_part_for_the_whole),
        cmocka_unit_test(refuses_all_but_a_get_of_its_origin),
        cmocka_unit_test(sends_no_byte_when_its_certificate_was_left_out),
        cmocka_unit_test(tells_what_the_signer_said),
    };
    return cmocka_run_group_tests(tests, make_world, end_world);
}
