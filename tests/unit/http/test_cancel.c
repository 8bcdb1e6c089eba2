/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cancel from another thread: what is in flight ends, nothing else begins.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cihsm/scope.h"
#include "scene.h"

/* A client whose requests are never waited out. */
static void begin_with_cancel(scene *of, cihsm_cancel **cancel)
{
    scene_begin(of, &ASKING);
    assert_int_equal(cihsm_cancel_new(cancel, NULL), CIHSM_OK);
    http_client_config config = config_of(of);
    config.timeout_ms = LONG_MS;
    config.cancel = *cancel;
    assert_int_equal(http_client_new(&config, &of->client, NULL), CIHSM_OK);
}

static void *cancel_soon(void *cancel)
{
    usleep(100000);
    cihsm_cancel_request(cancel);
    return NULL;
}

/* @return what became of it, long before it would have timed out */
static cihsm_status ask_and_cancel(const char *method, const char *path, cihsm_error *err)
{
    scene of;
    CIHSM_AUTO(cihsm_cancel_free) cihsm_cancel *cancel = NULL;
    begin_with_cancel(&of, &cancel);
    pthread_t other;
    const time_t begun = time(NULL);
    assert_int_equal(pthread_create(&other, NULL, cancel_soon, cancel), 0);
    const cihsm_status status = ask(&of, of.client, method, path, err);
    pthread_join(other, NULL);
    assert_true(time(NULL) - begun < LONG_MS / 1000);
    scene_end(&of);
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
    scene of;
    CIHSM_AUTO(cihsm_cancel_free) cihsm_cancel *cancel = NULL;
    begin_with_cancel(&of, &cancel);
    assert_int_equal(get(&of, "/hello", NULL), CIHSM_OK);
    cihsm_cancel_request(cancel);
    cihsm_error err = {0};
    assert_int_equal(ask(&of, of.client, "DELETE", "/hello", &err), CIHSM_E_CANCELED);
    assert_says(&err, "canceled: nothing was sent");
    scene_end(&of);
    assert_int_equal(of.server.seen_count, 1);
}

static void a_wait_ends_and_its_exchange_can_be_let_go(void **state)
{
    (void)state;
    scene of;
    CIHSM_AUTO(cihsm_cancel_free) cihsm_cancel *cancel = NULL;
    begin_with_cancel(&of, &cancel);
    const http_transport transport = http_client_transport(of.client);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    http_exchange_init(&exchange, 1000);
    start_get(&of, "/hang", &exchange);
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, cancel_soon, cancel), 0);
    const time_t begun = time(NULL);
    cihsm_status status = CIHSM_OK;
    while (status == CIHSM_OK && !exchange.is_done) {
        status = transport.wait(transport.context, LONG_MS, NULL);
    }
    pthread_join(other, NULL);
    assert_true(time(NULL) - begun < LONG_MS / 1000);
    assert_int_equal(status, CIHSM_E_CANCELED);
    transport.cancel(transport.context, &exchange);
    assert_null(exchange.carrier);
    scene_end(&of);
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
