/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"
#include "scene.h"

static void sends_what_was_asked_and_little_else(void **state)
{
    (void)state;
    scene of;
    scene_begin(&of, &ASKING);
    connect_as(&of, world.alice_id);
    assert_int_equal(get(&of, "/hello", NULL), CIHSM_OK);
    scene_end(&of);

    const char *text = of.server.seen[0].text;
    assert_true(text_starts(text, "GET /hello HTTP/1.1\r\n"));
    assert_non_null(strstr(text, "\r\nUser-Agent: cihsm/"));
    assert_non_null(strstr(text, "\r\nAccept: application/json\r\n"));
    assert_non_null(strstr(text, "\r\nX-Empty:\r\n"));
    assert_non_null(strstr(text, "\r\nAccept-Encoding: "));
    assert_null(strstr(text, "Content-Type"));
    assert_null(strstr(text, "Expect"));
    assert_null(strstr(text, "Authorization"));
    assert_null(strstr(text, "Cookie"));
}

static const struct {
    const char *method;
    const char *body; /* NULL: none */
    const char *sent; /* part of the request */
} BODIES[] = {
    {"GET", NULL, "GET /hello HTTP/1.1\r\n"},
    {"HEAD", NULL, "HEAD /hello HTTP/1.1\r\n"},
    {"DELETE", NULL, "DELETE /hello HTTP/1.1\r\n"},
    {"POST", "{\"a\":1}", "\r\nContent-Length: 7\r\n\r\n{\"a\":1}"},
    {"PUT", "x", "\r\nContent-Length: 1\r\n\r\nx"},
    {"POST", NULL, "\r\nContent-Length: 0\r\n"},
    {"PATCH", "", "\r\nContent-Length: 0\r\n"},
    {"DELETE", NULL, "DELETE /hello HTTP/1.1\r\n"}, /* again: nothing of the last one is left */
    {"HEAD", NULL, "HEAD /hello HTTP/1.1\r\n"},
    {"GET", NULL, "GET /hello HTTP/1.1\r\n"},
};

static void sends_bodies_by_any_method(void **state)
{
    (void)state;
    scene of;
    scene_begin(&of, &ASKING);
    connect_as(&of, NULL);
    char url[128];
    snprintf(url, sizeof url, "%s/hello", of.origin);
    const http_transport transport = http_client_transport(of.client);
    const http_header type = {"content-type", "application/json"};
    for (size_t i = 0; i < COUNT(BODIES); i++) {
        const http_request request = {.method = BODIES[i].method,
                                      .url = url,
                                      .headers = &type,
                                      .header_count = BODIES[i].body == NULL ? 0 : 1,
                                      .body = BODIES[i].body,
                                      .body_len =
                                          BODIES[i].body == NULL ? 0 : strlen(BODIES[i].body)};
        assert_int_equal(transport.send(transport.context, &request, &of.response, NULL), CIHSM_OK);
    }
    scene_end(&of);
    for (size_t i = 0; i < COUNT(BODIES); i++) {
        const char *text = of.server.seen[i].text;
        assert_true(text_starts(text, BODIES[i].method));
        assert_non_null(strstr(text, BODIES[i].sent));
        assert_int_equal(strstr(text, "\r\ncontent-type: application/json\r\n") != NULL,
                         BODIES[i].body != NULL);
        assert_null(strstr(text, "form-urlencoded"));
        if (BODIES[i].sent[0] != '\r') {
            assert_null(strstr(text, "Content-Length"));
        }
    }
}

static void takes_the_fields_of_the_final_answer_and_keeps_cookies(void **state)
{
    (void)state;
    scene of;
    scene_begin(&of, &ASKING);
    connect_as(&of, NULL);
    assert_int_equal(get(&of, "/fields", NULL), CIHSM_OK);
    assert_int_equal(of.response.status, 429);
    assert_string_equal(of.response.content_type, "application/json;charset=utf-8");
    assert_string_equal(of.response.csrf_token, "abc");
    assert_int_equal(of.response.retry_after_s, 17);

    assert_int_equal(get(&of, "/hello", NULL), CIHSM_OK);
    assert_null(of.response.csrf_token); /* nothing is left over */
    assert_int_equal(of.response.retry_after_s, 0);
    assert_int_equal(of.response.body.len, 5);
    scene_end(&of);
    assert_null(strstr(of.server.seen[0].text, "Cookie:"));
    assert_non_null(strstr(of.server.seen[1].text, "\r\nCookie: JSESSIONID=1\r\n"));
}

static void leaves_nothing_of_the_last_answer_after_a_failure(void **state)
{
    (void)state;
    scene of;
    scene_begin(&of, &ASKING);
    connect_as(&of, NULL);
    assert_int_equal(get(&of, "/fields", NULL), CIHSM_OK);
    assert_int_equal(get(&of, "/garbage", NULL), CIHSM_E_PROTOCOL);
    assert_int_equal(of.response.status, 0);
    assert_int_equal(of.response.retry_after_s, 0);
    assert_int_equal(of.response.body.len, 0);
    assert_null(of.response.content_type);
    assert_null(of.response.csrf_token);
    scene_end(&of);
}

static void sends_a_large_body_without_asking_first(void **state)
{
    (void)state;
    static char body[3 << 20];
    memset(body, 'x', sizeof body);
    scene of;
    scene_begin(&of, &ASKING);
    connect_as(&of, world.alice_id);
    const http_transport transport = http_client_transport(of.client);
    char url[128];
    snprintf(url, sizeof url, "%s/hello", of.origin);
    const http_request request = {
        .method = "POST", .url = url, .body = body, .body_len = sizeof body};
    assert_int_equal(transport.send(transport.context, &request, &of.response, NULL), CIHSM_OK);
    assert_int_equal(of.response.status, 200);
    scene_end(&of);
    assert_int_equal(of.server.seen_count, 1);
    assert_non_null(strstr(of.server.seen[0].text, "\r\nContent-Length: 3145728\r\n"));
    assert_null(strstr(of.server.seen[0].text, "Expect"));
}

static void does_not_follow_redirects(void **state)
{
    (void)state;
    scene of;
    scene_begin(&of, &ASKING);
    connect_as(&of, NULL);
    assert_int_equal(get(&of, "/redirect", NULL), CIHSM_OK);
    assert_int_equal(of.response.status, 302);
    assert_string_equal(of.response.location, "https://elsewhere.example/login");
    scene_end(&of);
    assert_int_equal(of.server.seen_count, 1);
}

/* Answers that are none. */

static const struct {
    const char *path;
    cihsm_status status;
    const char *says;
} BROKEN[] = {
    {"/size/100001", CIHSM_E_LIMIT, "larger than 100000 bytes"},
    {"/size/5000000", CIHSM_E_LIMIT, "larger than 100000 bytes"},
    {"/many-headers", CIHSM_E_LIMIT, "bytes of headers"},
    {"/short", CIHSM_E_NETWORK, "was lost before the answer was complete"},
    {"/garbage", CIHSM_E_PROTOCOL, "does not answer in HTTP"},
    {"/close", CIHSM_E_NETWORK, "lost before the answer"},
};

static void refuses_answers_that_are_too_large_or_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(BROKEN); i++) {
        scene of;
        scene_begin(&of, &ASKING);
        http_client_config config = config_of(&of);
        config.response_max = 100000;
        assert_int_equal(http_client_new(&config, &of.client, NULL), CIHSM_OK);
        cihsm_error err = {0};
        assert_int_equal(get(&of, BROKEN[i].path, &err), BROKEN[i].status);
        assert_says(&err, BROKEN[i].says);
        assert_int_equal(get(&of, "/size/100000", NULL), CIHSM_OK); /* it goes on working */
        assert_int_equal(of.response.body.len, 100000);
        scene_end(&of);
    }
}

/* libcurl 8 takes 5000 lines; the one of Debian 12 does not count them. */
static void says_what_libcurl_does_not_take(void **state)
{
    (void)state;
    scene of;
    scene_begin(&of, &ASKING);
    connect_as(&of, NULL);
    cihsm_error err = {0};
    const cihsm_status status = get(&of, "/countless-headers", &err);
    if (status != CIHSM_OK) {
        assert_int_equal(status, CIHSM_E_LIMIT);
        assert_says(&err, "larger than libcurl takes");
    }
    assert_int_equal(get(&of, "/size/1000", NULL), CIHSM_OK);
    scene_end(&of);
}

static void counts_bytes_after_decompression(void **state)
{
    (void)state;
    scene of;
    scene_begin(&of, &ASKING);
    connect_as(&of, NULL);
    assert_int_equal(get(&of, "/packed", NULL), CIHSM_OK);
    assert_int_equal(of.response.body.len, 65536);

    http_response_free(&of.response);
    http_response_init(&of.response, 65535); /* a response's own maximum counts as well */
    cihsm_error err = {0};
    assert_int_equal(get(&of, "/packed", &err), CIHSM_E_LIMIT);
    assert_true(of.response.body.len <= 65535);
    scene_end(&of);
}

static void refuses_an_unusable_configuration(void **state)
{
    (void)state;
    const struct {
        http_client_config config;
        cihsm_status status;
    } rows[] = {
        {{.origin = "http://localhost"}, CIHSM_E_USAGE},
        {{.origin = "localhost"}, CIHSM_E_USAGE},
        {{.origin = "https://user@localhost"}, CIHSM_E_USAGE},
        {{.origin = "https://localhost", .ca_file = "/nonexistent.pem"}, CIHSM_E_CONFIG},
        {{.origin = "https://localhost", .ca_file = world.folder}, CIHSM_E_CONFIG},
        {{.origin = "https://localhost", .ca_file = "/dev/null"}, CIHSM_E_CONFIG},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        http_client *client = NULL;
        cihsm_error err = {0};
        assert_int_equal(http_client_new(&rows[i].config, &client, &err), rows[i].status);
        assert_null(client);
        assert_true(err.message[0] != '\0');
    }
}

static void talks_to_its_own_origin_only(void **state)
{
    (void)state;
    scene of;
    scene_begin(&of, &ASKING);
    connect_as(&of, world.alice_id);
    char other_port[64];
    char as_http[64];
    char as_user[64];
    snprintf(other_port, sizeof other_port, "https://localhost:%d/hello", of.server.port + 1);
    snprintf(as_http, sizeof as_http, "http://localhost:%d/hello", of.server.port);
    snprintf(as_user, sizeof as_user, "https://u:canary@localhost:%d/hello", of.server.port);
    const char *const urls[] = {other_port,           as_http,  as_user, "https://127.0.0.1/",
                                "https://localhost/", "/hello", "",      "file:///etc/passwd"};
    const http_transport transport = http_client_transport(of.client);
    for (size_t i = 0; i < COUNT(urls); i++) {
        const http_request request = {.method = "GET", .url = urls[i]};
        cihsm_error err = {0};
        assert_int_equal(transport.send(transport.context, &request, &of.response, &err),
                         CIHSM_E_ARGUMENT);
        assert_null(strstr(err.message, "canary"));
    }
    scene_end(&of);
    assert_int_equal(of.server.connections, 0);
}

static void refuses_headers_and_methods_that_break_the_request_apart(void **state)
{
    (void)state;
    const struct {
        const char *method;
        http_header header;
    } rows[] = {
        {"GET", {"X-A", "b\r\nX-Evil: 1"}},
        {"GET", {"X-A", "b\nc"}},
        {"GET", {"X-A: b\r\nX-Evil", "1"}},
        {"GET", {"", "1"}},
        {"GET", {"X A", "1"}},
        {"GET / HTTP/1.1\r\nX-Evil:", {"A", "b"}},
        {"", {"A", "b"}},
    };
    scene of;
    scene_begin(&of, &ASKING);
    connect_as(&of, NULL);
    const http_transport transport = http_client_transport(of.client);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const http_request request = {.method = rows[i].method,
                                      .url = of.origin,
                                      .headers = &rows[i].header,
                                      .header_count = 1};
        assert_int_equal(transport.send(transport.context, &request, &of.response, NULL),
                         CIHSM_E_ARGUMENT);
    }
    scene_end(&of);
    assert_int_equal(of.server.connections, 0);
}

static void tells_a_refused_port_from_silence(void **state)
{
    (void)state;
    scene of;
    const test_server_config silent = {.own = &world.server, .silent = true};
    scene_begin(&of, &silent);
    http_client_config config = config_of(&of);
    config.connect_timeout_ms = 300;
    const time_t begun = time(NULL);
    assert_int_equal(http_client_new(&config, &of.client, NULL), CIHSM_OK);
    cihsm_error err = {0};
    assert_int_equal(get(&of, "/hello", &err), CIHSM_E_TIMEOUT);
    assert_says(&err, "the TLS handshake did not end within 300 ms");
    assert_true(time(NULL) - begun < 5); /* not the time for the whole request */
    http_client_free(&of.client);

    snprintf(of.origin, sizeof of.origin, "https://localhost:%d", test_free_port());
    connect_as(&of, NULL);
    err = (cihsm_error){0};
    assert_int_equal(get(&of, "/hello", &err), CIHSM_E_NETWORK);
    assert_says(&err, "Connection refused");
    scene_end(&of);
}

static void stops_waiting_when_the_time_is_over(void **state)
{
    (void)state;
    scene of;
    scene_begin(&of, &ASKING);
    http_client_config config = config_of(&of);
    config.timeout_ms = 500;
    assert_int_equal(http_client_new(&config, &of.client, NULL), CIHSM_OK);
    cihsm_error err = {0};
    assert_int_equal(get(&of, "/hang", &err), CIHSM_E_TIMEOUT);
    assert_says(&err, "did not answer completely within 500 ms");
    scene_end(&of);
}

static void repeats_only_what_does_no_harm_twice(void **state)
{
    (void)state;
    const struct {
        const char *method;
        size_t arrived;
    } rows[] = {{"GET", 3}, {"PUT", 3}, {"DELETE", 3}, {"POST", 2}, {"PATCH", 2}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        scene of;
        scene_begin(&of, &ASKING);
        connect_as(&of, world.alice_id);
        assert_int_equal(get(&of, "/hello", NULL), CIHSM_OK);
        cihsm_error err = {0};
        /* The server takes it on the old connection and closes without an answer. */
        assert_int_equal(ask(&of, of.client, rows[i].method, "/close", &err), CIHSM_E_NETWORK);
        assert_says(&err, i == 0 ? "was lost" : "the write was done is unknown");
        scene_end(&of);
        assert_int_equal(of.server.seen_count, rows[i].arrived);
    }
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    http_client *none = NULL;
    http_client_free(&none);
    http_client_free(NULL);
    http_response response;
    http_response_init(&response, 10);
    http_response_free(&response);
    assert_int_equal(response.body.max, 10);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* the server writes to clients that have gone */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_what_was_asked_and_little_else),
        cmocka_unit_test(sends_bodies_by_any_method),
        cmocka_unit_test(takes_the_fields_of_the_final_answer_and_keeps_cookies),
        cmocka_unit_test(leaves_nothing_of_the_last_answer_after_a_failure),
        cmocka_unit_test(sends_a_large_body_without_asking_first),
        cmocka_unit_test(does_not_follow_redirects),
        cmocka_unit_test(refuses_answers_that_are_too_large_or_broken),
        cmocka_unit_test(says_what_libcurl_does_not_take),
        cmocka_unit_test(counts_bytes_after_decompression),
        cmocka_unit_test(refuses_an_unusable_configuration),
        cmocka_unit_test(talks_to_its_own_origin_only),
        cmocka_unit_test(refuses_headers_and_methods_that_break_the_request_apart),
        cmocka_unit_test(tells_a_refused_port_from_silence),
        cmocka_unit_test(stops_waiting_when_the_time_is_over),
        cmocka_unit_test(repeats_only_what_does_no_harm_twice),
        cmocka_unit_test(freeing_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, make_world, end_world);
}
