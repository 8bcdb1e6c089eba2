/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "http/client.h"
#include "server.h"
#include "tls/identity.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* Made once: keys take time. */
static struct {
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
    test_pair alice;    /* RSA client */
    test_pair bob;      /* EC client */
    test_pair stranger; /* client of the other authority */
    tls_identity *alice_id;
    tls_identity *bob_id;
    tls_identity *stranger_id;
} world;

static const test_server_config ASKING = {.own = &world.server, .client_ca = &world.ca};

/* A server, a client for it, and the last answer. */
typedef struct scene {
    test_server server;
    char origin[64];
    http_client *client;
    http_response response;
    char log[2048];
    cihsm_log sink;
} scene;

static void remember(void *user, cihsm_log_level level, const char *component, const char *message)
{
    scene *of = user;
    (void)level;
    const size_t len = strlen(of->log);
    snprintf(of->log + len, sizeof of->log - len, "%s: %s\n", component, message);
}

static http_client_config config_of(const scene *of)
{
    return (http_client_config){.origin = of->origin,
                                .ca_file = world.ca_path,
                                .connect_timeout_ms = 5000,
                                .timeout_ms = 10000,
                                .log = &of->sink};
}

static void connect_as(scene *of, const tls_identity *identity)
{
    http_client_config config = config_of(of);
    config.identity = identity;
    assert_int_equal(http_client_new(&config, &of->client, NULL), CIHSM_OK);
}

static void scene_begin(scene *of, const test_server_config *config)
{
    memset(of, 0, sizeof *of);
    of->sink = (cihsm_log){.write = remember, .user = of, .level = CIHSM_LOG_DEBUG};
    test_server_start(&of->server, config);
    snprintf(of->origin, sizeof of->origin, "https://localhost:%d", of->server.port);
    http_response_init(&of->response, 1 << 20);
}

/* The server's notes may be read from here on. */
static void scene_end(scene *of)
{
    http_client_free(&of->client);
    http_response_free(&of->response);
    test_server_stop(&of->server);
}

static cihsm_status ask(scene *of, http_client *client, const char *method, const char *path,
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

static cihsm_status get(scene *of, const char *path, cihsm_error *err)
{
    return ask(of, of->client, "GET", path, err);
}

static void assert_says(const cihsm_error *err, const char *part)
{
    if (strstr(err->message, part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", err->message, part);
    }
}

static void proves_its_identity_and_keeps_the_connection(void **state)
{
    (void)state;
    scene of;
    scene_begin(&of, &ASKING);
    connect_as(&of, world.alice_id);
    for (int i = 0; i < 3; i++) {
        cihsm_error err = {0};
        assert_int_equal(get(&of, "/hello?$top=1", &err), CIHSM_OK);
        assert_int_equal(of.response.status, 200);
        assert_string_equal(buffer_text(&of.response.body), "hello");
        assert_string_equal(of.response.content_type, "text/plain");
        assert_null(of.response.csrf_token);
        assert_true(of.response.total_us > 0);
        assert_true(http_client_watch(of.client)->proved_possession);
    }
    assert_non_null(strstr(of.log, "http: GET /hello?$top=1: status 200, 5 bytes"));
    assert_non_null(strstr(of.log, "HTTP/1.1, new connection"));
    assert_non_null(strstr(of.log, "HTTP/1.1, reused connection"));
    scene_end(&of);
    assert_int_equal(of.server.seen_count, 3);
    assert_int_equal(of.server.connections, 1);
    assert_string_equal(of.server.seen[0].client, "alice");
}

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
    {"/short", CIHSM_E_NETWORK, "cut short"},
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

/* Servers that must not be believed. */
static void refuses_a_server_it_cannot_believe_and_says_why(void **state)
{
    (void)state;
    const struct {
        const test_pair *own;
        const char *says;
    } rows[] = {
        {&world.foreign, "its issuer \"CN=Other Root\" is not in"},
        {&world.misnamed, "the server's certificate is not for localhost:"},
        {&world.expired, "certificate has expired"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const test_server_config config = {.own = rows[i].own, .client_ca = &world.ca};
        scene of;
        scene_begin(&of, &config);
        connect_as(&of, world.alice_id);
        for (int again = 0; again < 2; again++) {
            cihsm_error err = {0};
            assert_int_equal(get(&of, "/hello", &err), CIHSM_E_TLS);
            assert_says(&err, rows[i].says);
            assert_int_equal(of.response.body.len, 0);
        }
        scene_end(&of);
        assert_int_equal(of.server.seen_count, 0);
    }
}

static void believes_the_given_roots_only(void **state)
{
    (void)state;
    scene of;
    scene_begin(&of, &ASKING);
    http_client_config config = config_of(&of);
    config.ca_file = NULL; /* the system's roots do not hold ours */
    assert_int_equal(http_client_new(&config, &of.client, NULL), CIHSM_OK);
    cihsm_error err = {0};
    assert_int_equal(get(&of, "/hello", &err), CIHSM_E_TLS);
    assert_says(&err, "\"CN=Test Root\" is not in the system's roots");
    http_client_free(&of.client);

    config.ca_file = world.other_ca_path;
    assert_int_equal(http_client_new(&config, &of.client, NULL), CIHSM_OK);
    err = (cihsm_error){0};
    assert_int_equal(get(&of, "/hello", &err), CIHSM_E_TLS);
    assert_says(&err, world.other_ca_path);
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
    assert_int_equal(http_client_new(&config, &of.client, NULL), CIHSM_OK);
    cihsm_error err = {0};
    assert_int_equal(get(&of, "/hello", &err), CIHSM_E_TIMEOUT);
    assert_says(&err, "the TLS handshake did not end within 300 ms");
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

static void names_a_server_without_tls_and_one_with_old_tls(void **state)
{
    (void)state;
    const test_server_config plain = {.own = NULL};
    const test_server_config old = {
        .own = &world.server, .min_version = TLS1_1_VERSION, .max_version = TLS1_1_VERSION};
    scene of;
    scene_begin(&of, &plain);
    connect_as(&of, NULL);
    cihsm_error err = {0};
    assert_int_equal(get(&of, "/hello", &err), CIHSM_E_TLS);
    assert_says(&err, "does not speak TLS");
    scene_end(&of);

    scene_begin(&of, &old);
    connect_as(&of, NULL);
    err = (cihsm_error){0};
    assert_int_equal(get(&of, "/hello", &err), CIHSM_E_TLS);
    assert_says(&err, "1.2 is the least accepted");
    scene_end(&of);
}

/* Both versions: TLS 1.3 tells it after the handshake, with the request under way. */
static void explains_the_alert_that_refuses_a_client(void **state)
{
    (void)state;
    const struct {
        int version;
        const tls_identity *identity;
        const char *says;
    } rows[] = {
        {TLS1_2_VERSION, NULL, "alert 40: handshake failure: it wants a client certificate"},
        {TLS1_3_VERSION, NULL, "alert 116: it requires a client certificate and got none"},
        {TLS1_2_VERSION, world.stranger_id, "alert 48: it does not know the issuer"},
        {TLS1_3_VERSION, world.stranger_id, "alert 48: it does not know the issuer"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const test_server_config config = {.own = &world.server,
                                           .client_ca = &world.ca,
                                           .client_required = true,
                                           .max_version = rows[i].version};
        scene of;
        scene_begin(&of, &config);
        connect_as(&of, rows[i].identity);
        cihsm_error err = {0};
        assert_int_equal(get(&of, "/hello", &err), CIHSM_E_TLS);
        assert_says(&err, rows[i].says);
        assert_says(&err, "the server asked for a client certificate");
        scene_end(&of);
        assert_int_equal(of.server.seen_count, 0);
    }
}

static void never_mixes_two_identities(void **state)
{
    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        test_server_config config = ASKING;
        config.max_version = version;
        scene of;
        scene_begin(&of, &config);
        connect_as(&of, world.alice_id);
        http_client_config other = config_of(&of);
        other.identity = world.bob_id;
        CIHSM_AUTO(http_client_free) http_client *bob = NULL;
        assert_int_equal(http_client_new(&other, &bob, NULL), CIHSM_OK);
        other.identity = NULL;
        CIHSM_AUTO(http_client_free) http_client *nobody = NULL;
        assert_int_equal(http_client_new(&other, &nobody, NULL), CIHSM_OK);

        for (int i = 0; i < 3; i++) {
            assert_int_equal(get(&of, "/hello/alice", NULL), CIHSM_OK);
            assert_int_equal(ask(&of, bob, "GET", "/hello/bob", NULL), CIHSM_OK);
            assert_int_equal(ask(&of, nobody, "GET", "/hello/", NULL), CIHSM_OK);
        }
        http_client_free(&bob);
        http_client_free(&nobody);
        scene_end(&of);
        assert_int_equal(of.server.seen_count, 9);
        assert_int_equal(of.server.connections, 3);
        for (size_t i = 0; i < of.server.seen_count; i++) {
            char line[128];
            snprintf(line, sizeof line, "GET /hello/%s HTTP", of.server.seen[i].client);
            assert_true(text_starts(of.server.seen[i].text, line));
        }
    }
}

static void sends_no_byte_when_its_certificate_was_left_out(void **state)
{
    (void)state;
    /* An RSA key cannot sign what this server accepts, so libssl leaves the certificate out. */
    const test_server_config config = {
        .own = &world.server, .client_ca = &world.ca, .sigalgs = "ECDSA+SHA256"};
    scene of;
    scene_begin(&of, &config);
    connect_as(&of, world.alice_id);
    for (unsigned i = 0; i < 2; i++) { /* the second time as well: nothing is left over */
        cihsm_error err = {0};
        assert_int_equal(get(&of, "/hello", &err), CIHSM_E_TLS);
        assert_says(&err, "nothing was sent to localhost:");
        assert_says(&err, "no signature algorithm of this key");
    }
    assert_non_null(strstr(of.log, "GET to localhost:"));
    scene_end(&of);
    assert_int_equal(of.server.connections, 2);
    assert_int_equal(of.server.seen_count, 0);
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
        assert_says(&err, "is unknown");
        scene_end(&of);
        assert_int_equal(of.server.seen_count, rows[i].arrived);
    }
}

static void writes_no_session_keys_to_a_file(void **state)
{
    (void)state;
    scene of;
    scene_begin(&of, &ASKING); /* SSLKEYLOGFILE was set before libcurl started */
    connect_as(&of, world.alice_id);
    assert_int_equal(get(&of, "/hello", NULL), CIHSM_OK);
    scene_end(&of);
    struct stat status = {0};
    if (stat(world.keylog_path, &status) == 0) {
        assert_int_equal(status.st_size, 0);
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

static tls_identity *identity_of(const test_pair *pair)
{
    tls_identity *made = NULL;
    assert_int_equal(tls_identity_new(pair->cert, NULL, pair->key, &made, NULL), CIHSM_OK);
    return made;
}

static int make_world(void **state)
{
    (void)state;
    snprintf(world.folder, sizeof world.folder, "/tmp/cihsm-http-XXXXXX");
    assert_non_null(mkdtemp(world.folder));
    snprintf(world.ca_path, sizeof world.ca_path, "%s/ca.pem", world.folder);
    snprintf(world.other_ca_path, sizeof world.other_ca_path, "%s/other.pem", world.folder);
    snprintf(world.keylog_path, sizeof world.keylog_path, "%s/keylog", world.folder);
    setenv("SSLKEYLOGFILE", world.keylog_path, 1);

    static const char here[] = "DNS:localhost,IP:127.0.0.1";
    world.ca = test_pair_new(&(test_wish){"Test Root", NULL, "EC", 0}, NULL);
    world.other_ca = test_pair_new(&(test_wish){"Other Root", NULL, "EC", 0}, NULL);
    world.server = test_pair_new(&(test_wish){"server", here, "EC", 0}, &world.ca);
    world.foreign = test_pair_new(&(test_wish){"server", here, "EC", 0}, &world.other_ca);
    world.misnamed =
        test_pair_new(&(test_wish){"server", "DNS:elsewhere.example", "EC", 0}, &world.ca);
    world.expired = test_pair_new(&(test_wish){"server", here, "EC", -3600}, &world.ca);
    world.alice = test_pair_new(&(test_wish){"alice", NULL, "RSA", 0}, &world.ca);
    world.bob = test_pair_new(&(test_wish){"bob", NULL, "EC", 0}, &world.ca);
    world.stranger = test_pair_new(&(test_wish){"stranger", NULL, "EC", 0}, &world.other_ca);
    test_write_pem(world.ca_path, world.ca.cert);
    test_write_pem(world.other_ca_path, world.other_ca.cert);
    world.alice_id = identity_of(&world.alice);
    world.bob_id = identity_of(&world.bob);
    world.stranger_id = identity_of(&world.stranger);
    return 0;
}

static int end_world(void **state)
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

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* the server writes to clients that have gone */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proves_its_identity_and_keeps_the_connection),
        cmocka_unit_test(sends_what_was_asked_and_little_else),
        cmocka_unit_test(sends_bodies_by_any_method),
        cmocka_unit_test(takes_the_fields_of_the_final_answer_and_keeps_cookies),
        cmocka_unit_test(does_not_follow_redirects),
        cmocka_unit_test(refuses_answers_that_are_too_large_or_broken),
        cmocka_unit_test(counts_bytes_after_decompression),
        cmocka_unit_test(refuses_a_server_it_cannot_believe_and_says_why),
        cmocka_unit_test(believes_the_given_roots_only),
        cmocka_unit_test(refuses_an_unusable_configuration),
        cmocka_unit_test(talks_to_its_own_origin_only),
        cmocka_unit_test(refuses_headers_and_methods_that_break_the_request_apart),
        cmocka_unit_test(tells_a_refused_port_from_silence),
        cmocka_unit_test(stops_waiting_when_the_time_is_over),
        cmocka_unit_test(names_a_server_without_tls_and_one_with_old_tls),
        cmocka_unit_test(explains_the_alert_that_refuses_a_client),
        cmocka_unit_test(never_mixes_two_identities),
        cmocka_unit_test(sends_no_byte_when_its_certificate_was_left_out),
        cmocka_unit_test(repeats_only_what_does_no_harm_twice),
        cmocka_unit_test(writes_no_session_keys_to_a_file),
        cmocka_unit_test(freeing_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, make_world, end_world);
}
