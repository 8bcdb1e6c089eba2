/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "base/foreign.h"
#include "tls/policy.h"
#include "unit/tls/pair.h"

/* Made once: RSA keys are slow to make under a sanitizer. */
typedef struct world {
    pki *of;
    tls_identity *rsa, *ec;
} world;

static tls_identity *identity_of(const pki *of, const char *kind)
{
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = pki_key(kind);
    CIHSM_AUTO(x509_cleanup) X509 *leaf = pki_leaf(of, "client", key);
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *chain = pki_chain(of);
    tls_identity *made = NULL;
    assert_int_equal(tls_identity_new(leaf, chain, key, &made, NULL), CIHSM_OK);
    return made;
}

static int setup(void **state)
{
    world *made = calloc(1, sizeof *made);
    made->of = pki_new();
    made->rsa = identity_of(made->of, "RSA");
    made->ec = identity_of(made->of, "P-256");
    *state = made;
    return 0;
}

static int teardown(void **state)
{
    world *gone = *state;
    pki_free(&gone->of);
    tls_identity_free(&gone->rsa);
    tls_identity_free(&gone->ec);
    free(gone);
    return 0;
}

/* One connection and what is left of it. */
typedef struct scene {
    SSL_CTX *client, *server;
    tls_watch watch;
    pair ends;
} scene;

static scene scene_new(const world *in, int version, bool ask)
{
    scene made = {.client = pair_client_ctx(in->of, version),
                  .server = pair_server_ctx(in->of, version, ask, false)};
    return made;
}

/* @p to must stay where it is: the SSL_CTX borrows its watch. */
static void apply(scene *to, const tls_identity *identity, const char *host)
{
    cihsm_error err = {0};
    assert_int_equal(tls_policy_apply(to->client, identity, host, &to->watch, &err), CIHSM_OK);
}

static bool connect_to(scene *in, const char *server_name)
{
    in->ends = pair_new(in->client, in->server, server_name, NULL);
    return pair_connect(&in->ends);
}

static void scene_free(scene *gone)
{
    pair_free(&gone->ends);
    SSL_CTX_free(gone->client);
    SSL_CTX_free(gone->server);
    ERR_clear_error();
}

static bool server_has_certificate(const scene *in)
{
    return SSL_get0_peer_certificate(in->ends.server) != NULL;
}

static void a_handshake_proves_possession_in_every_version(void **state)
{
    const world *in = *state;
    static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    const tls_identity *const identities[] = {in->rsa, in->ec};
    for (size_t i = 0; i < 4; i++) {
        scene now = scene_new(in, VERSIONS[i / 2], true);
        apply(&now, identities[i % 2], PKI_HOST);
        assert_true(connect_to(&now, PKI_HOST));
        assert_true(server_has_certificate(&now));
        assert_int_equal(SSL_get_verify_result(now.ends.server), X509_V_OK);
        assert_true(now.watch.is_new && now.watch.is_done && now.watch.asked_for_certificate);
        assert_true(now.watch.sent_certificate && now.watch.proved_possession);
        assert_false(now.watch.resumed);
        assert_false(now.watch.no_shared_signature_algorithm);
        assert_int_equal(now.watch.version, VERSIONS[i / 2]);
        assert_int_equal(now.watch.alert_received, 0);
        assert_false(tls_watch_must_abort(&now.watch));
        scene_free(&now);
    }
}

static void a_certificate_that_libssl_leaves_out_aborts(void **state) /* P8 */
{
    const world *in = *state;
    static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < 2; i++) {
        scene now = scene_new(in, VERSIONS[i], true);
        pair_limit_sigalgs(now.server, "ECDSA+SHA256");
        apply(&now, in->rsa, PKI_HOST);
        assert_true(connect_to(&now, PKI_HOST)); /* and nobody noticed */
        assert_false(server_has_certificate(&now));
        assert_true(now.watch.asked_for_certificate);
        assert_false(now.watch.sent_certificate);
        assert_false(now.watch.proved_possession);
        assert_true(now.watch.no_shared_signature_algorithm);
        assert_true(tls_watch_must_abort(&now.watch));
        scene_free(&now);
    }
}

static void a_curve_without_its_scheme_counts_as_no_shared_algorithm_in_tls13(void **state)
{
    const world *in = *state;
    scene now = scene_new(in, TLS1_3_VERSION, true);
    pair_limit_sigalgs(now.server, "ECDSA+SHA384");
    apply(&now, in->ec, PKI_HOST); /* P-256 */
    assert_true(connect_to(&now, PKI_HOST));
    assert_true(now.watch.no_shared_signature_algorithm);
    assert_true(tls_watch_must_abort(&now.watch));
    scene_free(&now);
}

static void nothing_is_aborted_when_the_server_does_not_ask(void **state)
{
    const world *in = *state;
    scene now = scene_new(in, 0, false);
    apply(&now, in->rsa, PKI_HOST);
    assert_true(connect_to(&now, PKI_HOST));
    assert_false(now.watch.asked_for_certificate);
    assert_false(tls_watch_must_abort(&now.watch));
    scene_free(&now);
}

static void without_an_identity_the_question_is_seen_and_nothing_aborted(void **state)
{
    const world *in = *state;
    scene now = scene_new(in, 0, true);
    apply(&now, NULL, PKI_HOST);
    assert_true(connect_to(&now, PKI_HOST));
    assert_true(now.watch.asked_for_certificate);
    assert_false(now.watch.has_identity);
    assert_false(now.watch.withheld);
    assert_false(now.watch.sent_certificate);
    assert_false(tls_watch_must_abort(&now.watch));
    scene_free(&now);
}

/* A server that requires one refuses: at once in TLS 1.2, at the first read in TLS 1.3. */
static void the_alert_of_a_refusing_server_is_kept(void **state)
{
    const world *in = *state;
    static const struct {
        int version, alert;
    } CASES[] = {{TLS1_2_VERSION, SSL_AD_HANDSHAKE_FAILURE},
                 {TLS1_3_VERSION, SSL_AD_CERTIFICATE_REQUIRED}};
    for (size_t i = 0; i < 2; i++) {
        scene now = scene_new(in, CASES[i].version, true);
        SSL_CTX_set_verify(now.server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        apply(&now, NULL, PKI_HOST);
        assert_false(connect_to(&now, PKI_HOST));
        assert_int_equal(now.watch.alert_received, CASES[i].alert);
        assert_int_equal(now.watch.alert_sent, 0);
        scene_free(&now);
    }
}

static void an_untrusted_server_gets_an_alert_and_no_certificate(void **state)
{
    const world *in = *state;
    scene now = scene_new(in, TLS1_3_VERSION, true);
    SSL_CTX_set_cert_store(now.client, X509_STORE_new());
    apply(&now, in->ec, PKI_HOST);
    assert_false(connect_to(&now, PKI_HOST));
    assert_int_equal(now.watch.alert_sent, SSL_AD_UNKNOWN_CA);
    assert_false(now.watch.sent_certificate);
    scene_free(&now);
}

static SSL_SESSION *kept_session; /* the newest one the client was given */

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(kept_session);
    kept_session = session;
    return 1;
}

static void a_resumed_session_signs_nothing_and_is_not_aborted(void **state)
{
    const world *in = *state;
    static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < 2; i++) {
        scene now = scene_new(in, VERSIONS[i], true);
        SSL_CTX_set_session_cache_mode(now.client, SSL_SESS_CACHE_CLIENT);
        SSL_CTX_sess_set_new_cb(now.client, keep_session);
        apply(&now, in->ec, PKI_HOST);
        assert_true(connect_to(&now, PKI_HOST));
        pair_close(&now.ends);
        pair_free(&now.ends);
        assert_non_null(kept_session);

        /* libcurl makes an SSL_CTX for every connection */
        SSL_CTX *again = pair_client_ctx(in->of, VERSIONS[i]);
        assert_int_equal(tls_policy_apply(again, in->ec, PKI_HOST, &now.watch, NULL), CIHSM_OK);
        now.ends = pair_new(again, now.server, PKI_HOST, kept_session);
        assert_true(pair_connect(&now.ends));
        assert_true(now.watch.is_new && now.watch.resumed);
        assert_false(now.watch.proved_possession);
        assert_false(tls_watch_must_abort(&now.watch));
        pair_free(&now.ends);
        SSL_CTX_free(again);
        SSL_SESSION_free(kept_session);
        kept_session = NULL;
        scene_free(&now);
    }
}

static void the_server_says_which_issuers_it_accepts(void **state)
{
    const world *in = *state;
    static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < 4; i++) {
        const bool listed = i % 2 == 0;
        scene now = scene_new(in, VERSIONS[i / 2], true);
        /* the load balancer knows roots only: ours is the issuer of the intermediate */
        assert_int_equal(SSL_CTX_add_client_CA(now.server, listed ? in->of->root : in->of->server),
                         1);
        apply(&now, in->ec, PKI_HOST);
        assert_true(connect_to(&now, PKI_HOST));
        assert_int_equal(now.watch.ca_name_count, 1);
        assert_int_equal(now.watch.issuer_is_listed, listed);
        assert_string_equal(now.watch.ca_names, listed ? "Test Root" : PKI_HOST);
        assert_true(now.watch.proved_possession); /* OpenSSL sends it all the same */
        scene_free(&now);
    }
}

static void an_empty_list_of_issuers_means_any(void **state)
{
    const world *in = *state;
    scene now = scene_new(in, 0, true);
    apply(&now, in->ec, PKI_HOST);
    assert_true(connect_to(&now, PKI_HOST));
    assert_int_equal(now.watch.ca_name_count, 0);
    assert_false(now.watch.issuer_is_listed);
    assert_string_equal(now.watch.ca_names, "");
    scene_free(&now);
}

static void a_long_list_of_hostile_names_stays_short_and_printable(void **state)
{
    const world *in = *state;
    scene now = scene_new(in, TLS1_2_VERSION, true);
    char name[65];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    name[1] = '\x1b'; /* a terminal would obey it */
    for (int i = 0; i < 9; i++) {
        name[0] = (char)('a' + i);
        X509 *ca = pki_leaf(in->of, name, in->of->root_key);
        assert_int_equal(SSL_CTX_add_client_CA(now.server, ca), 1);
        X509_free(ca);
    }
    apply(&now, in->ec, PKI_HOST);
    assert_true(connect_to(&now, PKI_HOST));
    assert_int_equal(now.watch.ca_name_count, 9);
    assert_null(strchr(now.watch.ca_names, '\x1b'));
    assert_non_null(strstr(now.watch.ca_names, "a\\x1bxxx"));
    assert_non_null(strstr(now.watch.ca_names, "and 6 more"));
    scene_free(&now);
}

static void a_peer_with_another_name_gets_no_certificate(void **state)
{
    const world *in = *state;
    static const struct {
        const char *host, *server_name;
        bool sent;
    } CASES[] = {
        {PKI_HOST, PKI_HOST, true},
        {"Tenant.Example.", PKI_HOST, true},
        {PKI_HOST, "proxy.example", false},
        {PKI_HOST, "tenant.example.evil", false},
        {PKI_HOST, NULL, false},
        {NULL, NULL, true},
        {NULL, "proxy.example", false},
        {"192.0.2.1", NULL, true},
        {"192.0.2.1", "proxy.example", false},
        {"2001:db8::1", NULL, true},
        {"[2001:db8::1]", NULL, true},
    };
    static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < 2 * sizeof CASES / sizeof *CASES; i++) {
        scene now = scene_new(in, VERSIONS[i % 2], true);
        apply(&now, in->ec, CASES[i / 2].host);
        assert_true(connect_to(&now, CASES[i / 2].server_name));
        assert_int_equal(server_has_certificate(&now), CASES[i / 2].sent);
        assert_int_equal(now.watch.withheld, !CASES[i / 2].sent);
        assert_int_equal(tls_watch_must_abort(&now.watch), !CASES[i / 2].sent);
        scene_free(&now);
    }
}

/* A TLS proxy's connection stays open below the tenant's. */
static void events_of_an_older_connection_do_not_reach_the_watch(void **state)
{
    const world *in = *state;
    scene proxy = scene_new(in, TLS1_2_VERSION, true);
    apply(&proxy, in->ec, PKI_HOST);
    SSL_CTX *tenant = pair_client_ctx(in->of, TLS1_3_VERSION);
    assert_int_equal(tls_policy_apply(tenant, in->ec, PKI_HOST, &proxy.watch, NULL), CIHSM_OK);

    assert_true(connect_to(&proxy, "proxy.example"));
    assert_false(server_has_certificate(&proxy));
    assert_true(proxy.watch.is_new);
    assert_false(proxy.watch.asked_for_certificate);
    assert_false(proxy.watch.is_done);
    assert_int_equal(proxy.watch.version, 0);
    SSL_CTX_free(tenant);
    scene_free(&proxy);
}

static void write_key_line(const SSL *ssl, const char *line)
{
    (void)ssl;
    fail_msg("session keys were logged: %.16s", line);
}

static void session_keys_are_not_logged(void **state) /* SSLKEYLOGFILE */
{
    const world *in = *state;
    scene now = scene_new(in, 0, true);
    SSL_CTX_set_keylog_callback(now.client, write_key_line);
    apply(&now, in->ec, PKI_HOST);
    assert_null(SSL_CTX_get_keylog_callback(now.client));
    assert_true(connect_to(&now, PKI_HOST));
    scene_free(&now);
}

static void tls12_is_the_least_and_a_higher_demand_is_kept(void **state)
{
    const world *in = *state;
    static const int DEMANDED[] = {0, TLS1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
    static const int EXPECTED[] = {TLS1_2_VERSION, TLS1_2_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < sizeof DEMANDED / sizeof *DEMANDED; i++) {
        scene now = scene_new(in, 0, true);
        assert_int_equal(SSL_CTX_set_min_proto_version(now.client, DEMANDED[i]), 1);
        apply(&now, in->ec, PKI_HOST);
        assert_int_equal(SSL_CTX_get_min_proto_version(now.client), EXPECTED[i]);
        assert_true((SSL_CTX_get_options(now.client) & SSL_OP_NO_RENEGOTIATION) != 0);
        assert_int_equal(SSL_CTX_get_verify_mode(now.client), SSL_VERIFY_PEER);
        scene_free(&now);
    }
}

static void a_policy_is_applied_once(void **state)
{
    const world *in = *state;
    scene now = scene_new(in, 0, true);
    apply(&now, in->ec, PKI_HOST);
    cihsm_error err = {0};
    assert_int_equal(tls_policy_apply(now.client, in->ec, PKI_HOST, &now.watch, &err),
                     CIHSM_E_STATE);
    scene_free(&now);
}

static void a_certificate_that_is_too_weak_is_refused_with_the_reason(void **state)
{
    const world *in = *state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    CIHSM_AUTO(x509_cleanup) X509 *leaf = pki_leaf(in->of, "weak", key);
    CIHSM_AUTO(tls_identity_free) tls_identity *weak = NULL;
    assert_int_equal(tls_identity_new(leaf, NULL, key, &weak, NULL), CIHSM_OK);
    scene now = scene_new(in, 0, true);
    cihsm_error err = {0};
    assert_int_equal(tls_policy_apply(now.client, weak, PKI_HOST, &now.watch, &err),
                     CIHSM_E_CONFIG);
    assert_non_null(strstr(err.message, "key too small"));
    assert_int_equal(ERR_peek_error(), 0);
    scene_free(&now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_proves_possession_in_every_version),
        cmocka_unit_test(a_certificate_that_libssl_leaves_out_aborts),
        cmocka_unit_test(a_curve_without_its_scheme_counts_as_no_shared_algorithm_in_tls13),
        cmocka_unit_test(nothing_is_aborted_when_the_server_does_not_ask),
        cmocka_unit_test(without_an_identity_the_question_is_seen_and_nothing_aborted),
        cmocka_unit_test(the_alert_of_a_refusing_server_is_kept),
        cmocka_unit_test(an_untrusted_server_gets_an_alert_and_no_certificate),
        cmocka_unit_test(a_resumed_session_signs_nothing_and_is_not_aborted),
        cmocka_unit_test(the_server_says_which_issuers_it_accepts),
        cmocka_unit_test(an_empty_list_of_issuers_means_any),
        cmocka_unit_test(a_long_list_of_hostile_names_stays_short_and_printable),
        cmocka_unit_test(a_peer_with_another_name_gets_no_certificate),
        cmocka_unit_test(events_of_an_older_connection_do_not_reach_the_watch),
        cmocka_unit_test(session_keys_are_not_logged),
        cmocka_unit_test(tls12_is_the_least_and_a_higher_demand_is_kept),
        cmocka_unit_test(a_policy_is_applied_once),
        cmocka_unit_test(a_certificate_that_is_too_weak_is_refused_with_the_reason),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
