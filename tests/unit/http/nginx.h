/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real nginx with HTTP/2 on a free port, in a folder of its own. Fails the test if it does not
 * start. Answers every request with the client certificate's subject.
 */
#ifndef TEST_HTTP_NGINX_H
#define TEST_HTTP_NGINX_H

#include <sys/types.h>

#include "certificates.h"

typedef struct test_nginx {
    char folder[64];
    char ca_path[96]; /**< the root as PEM */
    int port;
    pid_t pid;            /**< 0: stopped */
    unsigned connections; /**< that requests arrived on; known when it is stopped */
} test_nginx;

/**
 * @param own      certificate shown
 * @param ca       issuer of clients that are believed
 * @param sigalgs  that a client may sign with
 */
void test_nginx_start(test_nginx *nginx, const test_pair *own, const test_pair *ca,
                      const char *sigalgs);
/** Writes a file that /body/NAME serves, /chunked/NAME without a length, /slow/NAME and
 *  /slow-chunked/NAME both 16 KiB of it and then very slowly. */
void test_nginx_write_body(const test_nginx *nginx, const char *name, size_t len);
/** @return the byte at a place of every such file */
int test_body_byte(size_t at);
/** Makes it cut all connections and end; test_nginx_stop is still due. */
void test_nginx_kill(test_nginx *nginx);
/** @return number of requests that arrived, and stops it. */
unsigned test_nginx_stop(test_nginx *nginx);

#endif
