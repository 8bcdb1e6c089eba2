/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "scene.h"

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

/* Servers that must not be believed. */

static void refuses_a_server_it_cannot_believe_and_says_why(void **state)
{
    (void)state;
    const struct {
        const test_pair *own;
        const char *says;
        bool sees_client; /* the name is checked when the handshake is over */
    } rows[] = {
        {&world.foreign, "its issuer \"CN=Other Root\" is not in", false},
        {&world.misnamed, "the server's certificate is not for localhost:", true},
        {&world.expired, "certificate has expired", false},
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
            assert_int_equal(http_client_watch(of.client)->sent_certificate, rows[i].sees_client);
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
    /* A P-384 key cannot sign what this server accepts, so libssl leaves the certificate out. */
    const test_server_config config = {
        .own = &world.server, .client_ca = &world.ca, .sigalgs = (char[]){"ECDSA+SHA256"}};
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

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* the server writes to clients that have gone */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proves_its_identity_and_keeps_the_connection),
        cmocka_unit_test(refuses_a_server_it_cannot_believe_and_says_why),
        cmocka_unit_test(believes_the_given_roots_only),
        cmocka_unit_test(names_a_server_without_tls_and_one_with_old_tls),
        cmocka_unit_test(explains_the_alert_that_refuses_a_client),
        cmocka_unit_test(never_mixes_two_identities),
        cmocka_unit_test(sends_no_byte_when_its_certificate_was_left_out),
        cmocka_unit_test(writes_no_session_keys_to_a_file),
    };
    return cmocka_run_group_tests(tests, make_world, end_world);
}
