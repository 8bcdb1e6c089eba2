/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/foreign.h"

/* One connection; lives on the stack of its thread. */
typedef struct peer {
    test_server *server;
    unsigned number;
    int fd;
    SSL *ssl;
    bool is_head; /* the request in work wants no body */
} peer;

static int listen_somewhere(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

int test_free_port(void)
{
    int port = 0;
    close(listen_somewhere(&port));
    return port;
}

static bool put(peer *to, const void *bytes, size_t len)
{
    return len == 0 || SSL_write(to->ssl, bytes, (int)len) == (int)len;
}

static bool answer(peer *to, const char *head, const void *body, size_t len)
{
    char text[1024];
    const int head_len =
        snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n", head, len);
    return put(to, text, (size_t)head_len) && (to->is_head || put(to, body, len));
}

static bool say_hello(peer *to, const char *rest)
{
    (void)rest;
    return answer(to, "200 OK\r\nContent-Type: text/plain", "hello", 5);
}

static bool say_fields(peer *to, const char *rest)
{
    (void)rest;
    static const char hints[] = "HTTP/1.1 103 Early Hints\r\nX-CSRF-Token: early\r\n\r\n";
    return put(to, hints, sizeof hints - 1) &&
           answer(to,
                  "429 Too Many Requests\r\ncontent-type: application/json;charset=utf-8\r\n"
                  "x-csrf-token: abc\r\nRetry-After: 17\r\nSet-Cookie: JSESSIONID=1; Secure",
                  "{}", 2);
}

static bool say_redirect(peer *to, const char *rest)
{
    (void)rest;
    return answer(to, "302 Found\r\nLocation: https://elsewhere.example/login", "", 0);
}

static bool say_much(peer *to, const char *rest)
{
    const size_t len = strtoul(rest, NULL, 10);
    void *body = calloc(1, len + 1);
    const bool done = body != NULL && answer(to, "200 OK", body, len);
    free(body);
    return done;
}

/* 64 KiB of zeros */
static const unsigned char PACKED[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xed, 0xc1, 0x01, 0x01, 0x00, 0x00,
    0x00, 0x80, 0x90, 0xfe, 0xaf, 0xee, 0x08, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x6a, 0xeb, 0x8e, 0x97, 0xd7, 0x00, 0x00, 0x01, 0x00};

static bool say_packed(peer *to, const char *rest)
{
    (void)rest;
    return answer(to, "200 OK\r\nContent-Encoding: gzip", PACKED, sizeof PACKED);
}

static bool repeat_header(peer *to, const char *line, size_t times)
{
    static const char first[] = "HTTP/1.1 200 OK\r\n";
    bool done = put(to, first, sizeof first - 1);
    for (size_t i = 0; done && i < times; i++) {
        done = put(to, line, strlen(line));
    }
    return done;
}

/* Together 400 KB, in less lines than the 5000 that libcurl 8 takes. */
static bool say_many_headers(peer *to, const char *rest)
{
    (void)rest;
    (void)repeat_header(to,
                        "X-Filler: 0123456789012345678901234567890123456789012345678901234567890"
                        "1234567890123456789\r\n",
                        4000);
    return false;
}

/* Together 36 KB, in more lines than that. */
static bool say_countless_headers(peer *to, const char *rest)
{
    (void)rest;
    static const char end[] = "Content-Length: 0\r\n\r\n";
    return repeat_header(to, "X: 1\r\n", 6000) && put(to, end, sizeof end - 1);
}

static bool say_too_little(peer *to, const char *rest)
{
    (void)rest;
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort";
    (void)put(to, text, sizeof text - 1);
    return false;
}

static bool say_half_a_head(peer *to, const char *rest)
{
    (void)rest;
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Ty";
    (void)put(to, text, sizeof text - 1);
    return false;
}

static bool say_half_a_chunk(peer *to, const char *rest)
{
    (void)rest;
    static const char text[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "3\r\nabc\r\n9\r\nab";
    (void)put(to, text, sizeof text - 1);
    return false;
}

static bool say_garbage(peer *to, const char *rest)
{
    (void)rest;
    static const char text[] = "220 mail server ready\r\n";
    (void)put(to, text, sizeof text - 1);
    return false;
}

static bool say_nothing(peer *to, const char *rest)
{
    (void)to;
    (void)rest;
    return false;
}

static bool hang(peer *to, const char *rest)
{
    (void)rest;
    while (!atomic_load(&to->server->stop)) {
        usleep(10000);
    }
    return false;
}

/* A body that stops coming. */
static bool stall(peer *to, const char *rest)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort";
    return put(to, text, sizeof text - 1) && hang(to, rest);
}

/* As many pieces, one in 100 ms. */
static bool put_slowly(peer *to, const char *rest, size_t piece)
{
    static const char bytes[1024];
    char text[64];
    const unsigned long count = strtoul(rest, NULL, 10);
    const int len = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                             count * piece);
    bool done = put(to, text, (size_t)len);
    for (unsigned long i = 0; done && i < count; i++) {
        usleep(100000);
        done = put(to, bytes, piece);
    }
    return done;
}

static bool trickle(peer *to, const char *rest)
{
    return put_slowly(to, rest, 1024);
}

static bool drip(peer *to, const char *rest)
{
    return put_slowly(to, rest, 1);
}

/* false closes the connection */
static const struct {
    const char *path;
    bool (*handle)(peer *to, const char *rest);
} HANDLERS[] = {
    {"/hello", say_hello},
    {"/fields", say_fields},
    {"/redirect", say_redirect},
    {"/size/", say_much},
    {"/packed", say_packed},
    {"/many-headers", say_many_headers},
    {"/countless-headers", say_countless_headers},
    {"/half-head", say_half_a_head},
    {"/half-chunk", say_half_a_chunk},
    {"/stall", stall},
    {"/trickle/", trickle},
    {"/drip/", drip},
    {"/short", say_too_little},
    {"/garbage", say_garbage},
    {"/close", say_nothing},
    {"/hang", hang},
};

static bool handle(peer *to, const char *request)
{
    const char *path = strchr(request, ' ');
    to->is_head = strncmp(request, "HEAD ", 5) == 0;
    for (size_t i = 0; path != NULL && i < sizeof HANDLERS / sizeof *HANDLERS; i++) {
        const size_t len = strlen(HANDLERS[i].path);
        if (strncmp(path + 1, HANDLERS[i].path, len) == 0) {
            return HANDLERS[i].handle(to, path + 1 + len);
        }
    }
    return answer(to, "404 Not Found", "", 0);
}

static void note(peer *from, const char *text)
{
    test_server *server = from->server;
    pthread_mutex_lock(&server->lock);
    if (server->seen_count < TEST_SEEN_MAX) {
        test_seen *seen = &server->seen[server->seen_count++];
        const X509 *client = SSL_get0_peer_certificate(from->ssl);
        if (client != NULL) {
            X509_NAME_get_text_by_NID(X509_get_subject_name(client), NID_commonName, seen->client,
                                      sizeof seen->client);
        }
        seen->connection = from->number;
        snprintf(seen->text, sizeof seen->text, "%s", text);
    }
    pthread_mutex_unlock(&server->lock);
}

static size_t body_len_of(const char *head)
{
    static const char name[] = "\r\nContent-Length:";
    const char *field = strcasestr(head, name);
    return field == NULL ? 0 : strtoul(field + sizeof name - 1, NULL, 10);
}

/* Reads head and body of one request; keeps what fits, which is at least the head. */
static bool read_request(peer *from, char *text, size_t size)
{
    char rest[4096];
    size_t kept = 0;
    size_t len = 0;
    size_t need = 0; /* known once the head is there */
    while (need == 0 || len < need) {
        const bool fits = kept < size - 1;
        const int got = SSL_read(from->ssl, fits ? text + kept : rest,
                                 (int)(fits ? size - 1 - kept : sizeof rest));
        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        kept += fits ? (size_t)got : 0;
        text[kept] = '\0';
        const char *end = strstr(text, "\r\n\r\n");
        if (end != NULL && need == 0) {
            need = (size_t)(end + 4 - text) + body_len_of(text);
        }
    }
    return true;
}

static void serve(peer *client)
{
    char text[4096];
    bool goes_on = SSL_set_fd(client->ssl, client->fd) == 1 && SSL_accept(client->ssl) == 1;
    while (goes_on && read_request(client, text, sizeof text)) {
        note(client, text);
        goes_on = handle(client, text);
    }
    SSL_shutdown(client->ssl);
}

static void *work(void *argument)
{
    peer *client = argument;
    if (client->server->config.silent) {
        hang(client, "");
    } else if (client->server->ctx == NULL) {
        (void)!write(client->fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
        shutdown(client->fd, SHUT_RDWR);
    } else {
        client->ssl = SSL_new(client->server->ctx);
        serve(client);
        SSL_free(client->ssl);
        shutdown(client->fd, SHUT_RDWR);
    }
    free(client);
    return NULL;
}

static void *accept_all(void *argument)
{
    test_server *server = argument;
    for (;;) {
        const int fd = accept(server->listener, NULL, NULL);
        peer *client = fd < 0 ? NULL : calloc(1, sizeof *client);
        if (client == NULL) {
            return NULL;
        }
        pthread_mutex_lock(&server->lock);
        const unsigned number = server->connections++;
        *client = (peer){.server = server, .number = number, .fd = fd};
        server->fds[number] = fd;
        pthread_create(&server->workers[number], NULL, work, client);
        pthread_mutex_unlock(&server->lock);
        if (number + 1 == TEST_CONNECTIONS_MAX) {
            return NULL;
        }
    }
}

static SSL_CTX *context_of(const test_server_config *config)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    assert_non_null(ctx);
    assert_int_equal(SSL_CTX_use_certificate(ctx, config->own->cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, config->own->key), 1);
    if (config->max_version == TLS1_1_VERSION) {
        SSL_CTX_set_security_level(ctx, 0); /* the only one that knows TLS 1.1 */
    }
    assert_int_equal(SSL_CTX_set_min_proto_version(ctx, config->min_version), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(ctx, config->max_version), 1);
    if (config->client_ca != NULL) {
        const int required = config->client_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | required, NULL);
        assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), config->client_ca->cert),
                         1);
        assert_int_equal(SSL_CTX_add_client_CA(ctx, config->client_ca->cert), 1);
        assert_int_equal(SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"test", 4), 1);
    }
    if (config->sigalgs != NULL) {
        assert_int_equal(SSL_CTX_set1_client_sigalgs_list(ctx, config->sigalgs), 1);
    }
    return ctx;
}

void test_server_start(test_server *server, const test_server_config *config)
{
    memset(server, 0, sizeof *server);
    server->config = *config;
    server->ctx = config->own == NULL ? NULL : context_of(config);
    server->listener = listen_somewhere(&server->port);
    assert_int_equal(listen(server->listener, 16), 0);
    assert_int_equal(pthread_mutex_init(&server->lock, NULL), 0);
    assert_int_equal(pthread_create(&server->acceptor, NULL, accept_all, server), 0);
}

void test_server_stop(test_server *server)
{
    atomic_store(&server->stop, true);
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->acceptor, NULL);
    for (unsigned i = 0; i < server->connections; i++) {
        shutdown(server->fds[i], SHUT_RDWR);
        pthread_join(server->workers[i], NULL);
        close(server->fds[i]);
    }
    close(server->listener);
    pthread_mutex_destroy(&server->lock);
    SSL_CTX_free(server->ctx);
}
