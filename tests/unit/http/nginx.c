/* SPDX-License-Identifier: Apache-2.0 */
#include "nginx.h"

#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/foreign.h"

extern char **environ;

static const char CONFIG[] =
    "daemon off; worker_processes 1; pid pid; error_log errors; events {}\n"
    "http {\n"
    "  log_format seen '$connection $ssl_client_s_dn'; access_log requests seen;\n"
    "  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;\n"
    "  uwsgi_temp_path t4; scgi_temp_path t5;\n"
    "  server {\n"
    "    listen 127.0.0.1:%d ssl http2;\n"
    "    ssl_protocols TLSv1.3;\n"
    "    ssl_certificate own.pem; ssl_certificate_key own.key;\n"
    "    ssl_client_certificate ca.pem; ssl_verify_client optional;\n"
    "    ssl_conf_command ClientSignatureAlgorithms %s;\n"
    "    location / { return 200 '$ssl_client_s_dn'; }\n"
    "    location /body/ { alias ./; }\n"
    "    location /chunked/ { alias ./; ssi on; ssi_types *; }\n" /* length not known */
    "    location /slow/ { alias ./; limit_rate_after 16k; limit_rate 1k; }\n"
    "    location /slow-chunked/ {\n"
    "      alias ./; ssi on; ssi_types *; limit_rate_after 16k; limit_rate 1k;\n"
    "    }\n"
    "    location /none/ { return 404 'nothing'; }\n"
    "  }\n"
    "}\n";

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void path_of(const test_nginx *nginx, const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/%s", nginx->folder, name);
}

static void write_key(const test_nginx *nginx, EVP_PKEY *key)
{
    char path[128];
    path_of(nginx, "own.key", path, sizeof path);
    CIHSM_AUTO(bio_cleanup) BIO *file = BIO_new_file(path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_bio_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
}

static void write_config(const test_nginx *nginx, const char *sigalgs)
{
    char path[128];
    path_of(nginx, "nginx.conf", path, sizeof path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fprintf(file, CONFIG, nginx->port, sigalgs) > 0);
    assert_int_equal(fclose(file), 0);
}

static void wait_until_it_listens(test_nginx *nginx)
{
    const struct sockaddr_in address = loopback(nginx->port);
    for (int tries = 0; tries < 500; tries++) {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int rc = connect(fd, (const struct sockaddr *)&address, sizeof address);
        close(fd);
        if (rc == 0) {
            return;
        }
        if (waitpid(nginx->pid, NULL, WNOHANG) != 0) {
            break;
        }
        usleep(10000);
    }
    fail_msg("nginx does not start, see %s/errors", nginx->folder);
}

void test_nginx_start(test_nginx *nginx, const test_pair *own, const test_pair *ca,
                      const char *sigalgs)
{
    char path[128];
    *nginx = (test_nginx){.port = free_port()};
    snprintf(nginx->folder, sizeof nginx->folder, "/tmp/cihsm-nginx-XXXXXX");
    assert_non_null(mkdtemp(nginx->folder));
    assert_int_equal(chmod(nginx->folder, 0711), 0); /* its worker may be another user */
    path_of(nginx, "ca.pem", nginx->ca_path, sizeof nginx->ca_path);
    path_of(nginx, "own.pem", path, sizeof path);
    test_write_pem(nginx->ca_path, ca->cert);
    test_write_pem(path, own->cert);
    write_key(nginx, own->key);
    write_config(nginx, sigalgs);

    path_of(nginx, "errors", path, sizeof path);
    char *const argv[] = {(char[]){"nginx"},      (char[]){"-p"}, nginx->folder, (char[]){"-c"},
                          (char[]){"nginx.conf"}, (char[]){"-e"}, path,          NULL};
    if (posix_spawnp(&nginx->pid, "nginx", NULL, NULL, argv, environ) != 0) {
        /* Debian keeps it out of an ordinary user's PATH */
        assert_int_equal(posix_spawn(&nginx->pid, "/usr/sbin/nginx", NULL, NULL, argv, environ), 0);
    }
    wait_until_it_listens(nginx);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

/* @return the number of lines; each begins with the number of its connection. */
static unsigned read_log(const char *path, unsigned *connections)
{
    unsigned long seen[64];
    char line[256];
    unsigned lines = 0;
    *connections = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (; fgets(line, sizeof line, file) != NULL; lines++) {
        const unsigned long number = strtoul(line, NULL, 10);
        unsigned i = 0;
        while (i < *connections && seen[i] != number) {
            i++;
        }
        assert_in_range(i, 0, sizeof seen / sizeof *seen - 1);
        seen[i] = number;
        *connections += i == *connections;
    }
    fclose(file);
    return lines;
}

void test_nginx_write_body(const test_nginx *nginx, const char *name, size_t len)
{
    char path[128];
    path_of(nginx, name, path, sizeof path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t at = 0; at < len; at++) {
        assert_int_equal(fputc(test_body_byte(at), file), test_body_byte(at));
    }
    assert_int_equal(fclose(file), 0);
}

int test_body_byte(size_t at)
{
    return 'a' + (int)((at * 7 + at / 977) % 26);
}

void test_nginx_kill(test_nginx *nginx)
{
    assert_int_equal(kill(nginx->pid, SIGINT), 0); /* fast: connections are cut */
}

unsigned test_nginx_stop(test_nginx *nginx)
{
    char path[128];
    (void)kill(nginx->pid, SIGTERM); /* may have been told before */
    assert_int_equal(waitpid(nginx->pid, NULL, 0), nginx->pid);
    nginx->pid = 0;
    path_of(nginx, "requests", path, sizeof path);
    const unsigned lines = read_log(path, &nginx->connections);
    assert_int_equal(nftw(nginx->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    return lines;
}
