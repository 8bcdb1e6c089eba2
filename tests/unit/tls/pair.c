/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/tls/pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <openssl/err.h>

static void set_version(SSL_CTX *ctx, int version)
{
    if (version != 0) {
        assert_int_equal(SSL_CTX_set_min_proto_version(ctx, version), 1);
        assert_int_equal(SSL_CTX_set_max_proto_version(ctx, version), 1);
    }
}

static void trust_root(SSL_CTX *ctx, const pki *of)
{
    assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), of->root), 1);
}

SSL_CTX *pair_server_ctx(const pki *of, int version, bool ask, bool require)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    assert_non_null(ctx);
    set_version(ctx, version);
    trust_root(ctx, of);
    STACK_OF(X509) *chain = pki_chain(of);
    assert_int_equal(SSL_CTX_use_cert_and_key(ctx, of->server, of->server_key, chain, 1), 1);
    sk_X509_pop_free(chain, X509_free);
    const int ask_mode = ask ? SSL_VERIFY_PEER : SSL_VERIFY_NONE;
    SSL_CTX_set_verify(ctx, ask_mode | (require ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
    static const unsigned char ID[] = "test";
    assert_int_equal(SSL_CTX_set_session_id_context(ctx, ID, sizeof ID), 1);
    return ctx;
}

SSL_CTX *pair_client_ctx(const pki *of, int version)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    assert_non_null(ctx);
    set_version(ctx, version);
    trust_root(ctx, of);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return ctx;
}

void pair_limit_sigalgs(SSL_CTX *server, const char *list)
{
    char copy[64]; /* OpenSSL's macro takes no const text */
    snprintf(copy, sizeof copy, "%s", list);
    assert_int_equal(SSL_CTX_set1_client_sigalgs_list(server, copy), 1);
}

pair pair_new(SSL_CTX *client, SSL_CTX *server, const char *server_name, SSL_SESSION *session)
{
    pair made = {.client = SSL_new(client), .server = SSL_new(server)};
    BIO *one = NULL;
    BIO *other = NULL;
    assert_non_null(made.client);
    assert_non_null(made.server);
    assert_int_equal(BIO_new_bio_pair(&one, 65536, &other, 65536), 1);
    SSL_set_bio(made.client, one, one);
    SSL_set_bio(made.server, other, other);
    SSL_set_connect_state(made.client);
    SSL_set_accept_state(made.server);
    if (server_name != NULL) {
        char name[64]; /* OpenSSL's macro takes no const text */
        snprintf(name, sizeof name, "%s", server_name);
        assert_int_equal(SSL_set_tlsext_host_name(made.client, name), 1);
    }
    if (session != NULL) {
        assert_int_equal(SSL_set_session(made.client, session), 1);
    }
    return made;
}

void pair_free(pair *of)
{
    SSL_free(of->client);
    SSL_free(of->server);
    *of = (pair){0};
}

void pair_close(pair *of)
{
    assert_int_not_equal(SSL_shutdown(of->client), -1);
    assert_int_not_equal(SSL_shutdown(of->server), -1);
}

/* One step of one side. @return false: it failed for good */
static bool step(SSL *ssl, bool *done)
{
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl);
    const int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, result);
    *done = result == 1;
    return error == SSL_ERROR_NONE || error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static bool send_byte(SSL *from, SSL *to)
{
    char byte = 'x';
    return SSL_write(from, &byte, 1) == 1 && SSL_read(to, &byte, 1) == 1;
}

bool pair_connect(pair *of)
{
    bool client_done = false;
    bool server_done = false;
    for (int round = 0; round < 20 && !(client_done && server_done); round++) {
        if (!step(of->client, &client_done)) {
            return false;
        }
        if (!step(of->server, &server_done)) {
            char byte = 0;
            SSL_read(of->client, &byte, 1); /* lets the client see the alert */
            return false;
        }
    }
    return client_done && server_done && send_byte(of->client, of->server) &&
           send_byte(of->server, of->client);
}
