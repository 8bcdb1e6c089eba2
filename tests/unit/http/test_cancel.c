/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cancel from another thread: what is in flight ends, nothing else begins.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cihsm/scope.h"
#include "scene.h"

typedef struct canceling {
    scene of;
    cihsm_cancel *cancel;
    pthread_t other;
    time_t begun;
} canceling;

/* A client whose requests are never waited out. */
static void begin(canceling *of)
{
    scene_begin(&of->of, &ASKING);
    assert_int_equal(cihsm_cancel_new(&of->cancel, NULL), CIHSM_OK);
    http_client_config config = config_of(&of->of);
    config.timeout_ms = LONG_MS;
    config.cancel = of->cancel;
    assert_int_equal(http_client_new(&config, &of->of.client, NULL), CIHSM_OK);
}

static bool was_asked(test_server *server)
{
    pthread_mutex_lock(&server->lock);
    const bool asked = server->seen_count > 0;
    pthread_mutex_unlock(&server->lock);
    return asked;
}

/* As soon as the server has a request. */
static void *cancel_when_asked(void *context)
{
    canceling *of = context;
    while (!was_asked(&of->of.server)) {
        usleep(1000);
    }
    cihsm_cancel_request(of->cancel);
    return NULL;
}

static void start_other(canceling *of)
{
    of->begun = time(NULL);
    assert_int_equal(pthread_create(&of->other, NULL, cancel_when_asked, of), 0);
}

/* All was over long before it would have timed out. */
static void end(canceling *of)
{
    pthread_join(of->other, NULL);
    assert_true(time(NULL) - of->begun < LONG_MS / 1000);
    scene_end(&of->of);
    cihsm_cancel_free(&of->cancel);
}

static cihsm_status ask_and_cancel(const char *method, const char *path, cihsm_error *err)
{
    canceling of;
    begin(&of);
    start_other(&of);
    const cihsm_status status = ask(&of.of, of.of.client, method, path, err);
    end(&of);
    return status;
}

static void a_read_ends(void **state)
{
    (void)state;
    static const char *const paths[] = {"/hang", "/stall"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        cihsm_error err = {0};
        assert_int_equal(ask_and_cancel("GET", paths[i], &err), CIHSM_E_CANCELED);
        assert_says(&err, "canceled: the answer was not complete");
    }
}

static void a_write_that_is_out_may_have_been_done(void **state)
{
    (void)state;
    static const char *const methods[] = {"POST", "PUT", "DELETE"};
    for (size_t i = 0; i < COUNT(methods); i++) {
        cihsm_error err = {0};
        assert_int_equal(ask_and_cancel(methods[i], "/hang", &err), CIHSM_E_CANCELED);
        assert_says(&err, "whether it was done is unknown");
    }
}

static void nothing_begins_after_it(void **state)
{
    (void)state;
    canceling of;
    begin(&of);
    assert_int_equal(get(&of.of, "/hello", NULL), CIHSM_OK);
    start_other(&of);
    while (!cihsm_cancel_is_requested(of.cancel)) {
        usleep(1000);
    }
    cihsm_error err = {0};
    assert_int_equal(ask(&of.of, of.of.client, "DELETE", "/hello", &err), CIHSM_E_CANCELED);
    assert_says(&err, "canceled: nothing was sent");
    end(&of);
    assert_int_equal(of.of.server.seen_count, 1);
}

static void a_wait_ends_and_its_exchange_can_be_let_go(void **state)
{
    (void)state;
    canceling of;
    begin(&of);
    const http_transport transport = http_client_transport(of.of.client);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    http_exchange_init(&exchange, 1000);
    start_get(&of.of, "/hang", &exchange);
    start_other(&of);
    cihsm_status status = CIHSM_OK;
    while (status == CIHSM_OK && !exchange.is_done) {
        status = transport.wait(transport.context, LONG_MS, NULL);
    }
    assert_int_equal(status, CIHSM_E_CANCELED);
    transport.cancel(transport.context, &exchange);
    assert_null(exchange.carrier);
    end(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_ends),
        cmocka_unit_test(a_write_that_is_out_may_have_been_done),
        cmocka_unit_test(nothing_begins_after_it),
        cmocka_unit_test(a_wait_ends_and_its_exchange_can_be_let_go),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, make_world, end_world);
}
