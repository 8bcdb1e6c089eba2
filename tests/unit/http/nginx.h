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
    pid_t pid; /**< 0: stopped */
} test_nginx;

/**
 * @param own      certificate shown
 * @param ca       issuer of clients that are believed
 * @param sigalgs  that a client may sign with
 */
void test_nginx_start(test_nginx *nginx, const test_pair *own, const test_pair *ca,
                      const char *sigalgs);
/** @return number of requests that arrived, and stops it. */
unsigned test_nginx_stop(test_nginx *nginx);

#endif
