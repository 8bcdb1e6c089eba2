/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cihsm/scope.h"
#include "scene.h"

static void a_slow_reader_loses_nothing(void **state)
{
    (void)state;
    scene of;
    begin_with(&of, NULL, 500);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    http_exchange_init(&exchange, 32 << 20);
    start_get(&of, "/size/20000000", &exchange);
    size_t taken = 0;
    for (int i = 0; !exchange.is_done; i++) {
        wait_once(&of, LONG_MS);
        taken += exchange.response.body.len;
        buffer_clear(&exchange.response.body);
        if (i < 2) {
            usleep(700000);
        }
    }
    assert_int_equal(exchange.failure.status, CIHSM_OK);
    assert_int_equal(taken, 20000000);
    scene_end(&of);
}

static void a_slow_server_is_waited_for_while_bytes_come(void **state)
{
    (void)state;
    scene of;
    begin_with(&of, NULL, 1000);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    http_exchange_init(&exchange, 12 * 1024);
    start_get(&of, "/trickle/12", &exchange); /* takes longer in all */
    assert_int_equal(finish(&of, &exchange), 12 * 1024);
    assert_int_equal(exchange.failure.status, CIHSM_OK);
    scene_end(&of);
}

static void a_silent_server_is_given_up(void **state)
{
    (void)state;
    static const char *const paths[] = {"/hang", "/stall", "/drip/100"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        scene of;
        begin_with(&of, NULL, 200);
        CIHSM_AUTO(http_exchange_free) http_exchange exchange;
        http_exchange_init(&exchange, 1000);
        start_get(&of, paths[i], &exchange);
        finish(&of, &exchange);
        assert_int_equal(exchange.failure.status, CIHSM_E_TIMEOUT);
        assert_says(&exchange.failure, "sent nothing for 200 ms");
        scene_end(&of);
    }
}

static void a_wait_without_news_ends_by_its_time(void **state)
{
    (void)state;
    scene of;
    begin_with(&of, NULL, LONG_MS);
    wait_once(&of, 20); /* nothing is in flight */
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    http_exchange_init(&exchange, 1000);
    start_get(&of, "/hang", &exchange);
    wait_once(&of, 0);
    wait_once(&of, 20);
    assert_false(exchange.is_done);
    scene_end(&of);
    assert_null(exchange.carrier); /* closing the client cancels */
}

static void *wake_soon(void *context)
{
    usleep(50000);
    const http_transport *transport = context;
    transport->wake(transport->context);
    return NULL;
}

static void another_thread_can_end_a_wait(void **state)
{
    (void)state;
    scene of;
    begin_with(&of, NULL, LONG_MS);
    http_transport transport = http_client_transport(of.client);
    const time_t begun = time(NULL);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    http_exchange_init(&exchange, 1000);
    start_get(&of, "/hang", &exchange);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wake_soon, &transport), 0);
    wait_once(&of, LONG_MS);
    pthread_join(thread, NULL);

    transport.wake(transport.context); /* before the wait, and with a send in between */
    assert_int_equal(get(&of, "/hello", NULL), CIHSM_OK);
    wait_once(&of, LONG_MS);
    assert_true(time(NULL) - begun < LONG_MS / 1000);
    assert_false(exchange.is_done);
    scene_end(&of);
}

static void a_cancelled_exchange_leaves_the_client_whole(void **state)
{
    (void)state;
    scene of;
    begin_with(&of, world.alice_id, 10000);
    const http_transport transport = http_client_transport(of.client);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    http_exchange_init(&exchange, 1000);
    for (int waits = 0; waits < 3; waits++) {
        start_get(&of, "/stall", &exchange);
        for (int i = 0; i < waits; i++) {
            wait_once(&of, 100);
        }
        transport.cancel(transport.context, &exchange);
        assert_null(exchange.carrier);
        transport.cancel(transport.context, &exchange); /* no effect */
    }
    start_get(&of, "/hello", &exchange);
    assert_int_equal(finish(&of, &exchange), 5);
    assert_int_equal(exchange.failure.status, CIHSM_OK);
    scene_end(&of);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* the server writes to clients that have gone */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_reader_loses_nothing),
        cmocka_unit_test(a_slow_server_is_waited_for_while_bytes_come),
        cmocka_unit_test(a_silent_server_is_given_up),
        cmocka_unit_test(a_wait_without_news_ends_by_its_time),
        cmocka_unit_test(another_thread_can_end_a_wait),
        cmocka_unit_test(a_cancelled_exchange_leaves_the_client_whole),
    };
    return cmocka_run_group_tests(tests, make_world, end_world);
}
