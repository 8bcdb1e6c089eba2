/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "artifact/watch.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "script_transport.h"
#include "still_clock.h"

#define ROOT "https://host/api/v1/"
#define JSON "application/json"
#define TASK "GET", ROOT "BuildAndDeployStatus(TaskId='t')", NULL, NULL
#define RUNTIME "GET", ROOT "IntegrationRuntimeArtifacts('F')", NULL, NULL
#define REASON "GET", ROOT "IntegrationRuntimeArtifacts('F')/ErrorInformation/$value", NULL, NULL
#define IS(status) 200, NULL, JSON, "{\"d\":{\"Status\":\"" status "\"}}", false
#define IS_SINCE(status, moment) \
    200, NULL, JSON, "{\"d\":{\"Status\":\"" status "\",\"DeployedOn\":\"" moment "\"}}", false
#define SAME RUNTIME, IS_SINCE("STARTED", "1")
#define ABSENT 404, NULL, JSON, "{\"error\":{\"message\":{\"value\":\"not there\"}}}", false
#define ABSENT_BY_WORDS \
    500, NULL, JSON,    \
        "{\"error\":{\"message\":{\"value\":\"Requested entity could not be found.\"}}}", false
#define NOT_YET 204, NULL, NULL, NULL, false
#define WHY 200, NULL, JSON, "{\"message\":{\"messageText\":\"no host\"}}", false

typedef struct run {
    still_clock clock;
    cihsm_error err;
    int64_t deadline_s;
    const char *before; /* JSON; NULL: nothing ran */
} run;

static cihsm_status watch(run *of, const script_line *lines)
{
    script_transport script = {lines};
    const odata_service service = {.transport = script_transport_table(&script), .root = ROOT};
    const clock_source clock = still_clock_table(&of->clock);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *before = NULL;
    if (of->before != NULL) {
        assert_int_equal(cihsm_value_parse(of->before, strlen(of->before), &before, NULL),
                         CIHSM_OK);
    }
    const cihsm_deploy_wait wait = {.deadline_s = of->deadline_s, .before = before};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *running = NULL;
    const cihsm_status status =
        watch_deployment(&service, &clock, "F", "t", &wait, &running, &of->err);
    assert_null(script.line->method); /* all was asked */
    assert_true((status == CIHSM_OK) == (running != NULL));
    return status;
}

static void until_it_runs(void **state)
{
    (void)state;
    static const script_line LINES[] = {
        {TASK, IS("DEPLOYING")},    {TASK, IS("DEPLOYING")},
        {TASK, IS("Success")},      {RUNTIME, ABSENT},
        {RUNTIME, ABSENT_BY_WORDS}, {RUNTIME, IS("STARTING")},
        {RUNTIME, IS("STARTED")},   {0},
    };
    run of = {0};
    assert_int_equal(watch(&of, LINES), CIHSM_OK);
    static const int64_t PAUSES[] = {500, 750, 500, 750, 1125};
    assert_int_equal(of.clock.sleeps, 5);
    assert_memory_equal(of.clock.slept_ms, PAUSES, sizeof PAUSES);
}

static void a_failed_task_has_a_reason(void **state)
{
    (void)state;
    static const script_line LATE[] = {
        {TASK, IS("FAIL")}, {REASON, NOT_YET}, {REASON, NOT_YET}, {REASON, WHY}, {0}};
    static const script_line NONE[] = {{TASK, IS("FAIL")}, {REASON, ABSENT}, {0}};
    static const script_line LICENSE[] = {{TASK, IS("FAIL_ON_LICENSE_ERROR")}, {0}};
    static const script_line OTHER[] = {{TASK, IS("CANCELED")}, {0}};
    static const struct {
        const script_line *lines;
        const char *word;
    } rows[] = {{LATE, "no host"}, {NONE, "no reason"}, {LICENSE, "license"}, {OTHER, "CANCELED"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run of = {0};
        assert_int_equal(watch(&of, rows[i].lines), CIHSM_E_SERVER);
        assert_non_null(strstr(of.err.message, rows[i].word));
    }
}

static void one_that_does_not_start_has_a_reason(void **state)
{
    (void)state;
    static const script_line LINES[] = {
        {TASK, IS("SUCCESS")}, {RUNTIME, IS("ERROR")}, {REASON, WHY}, {0}};
    run of = {0};
    assert_int_equal(watch(&of, LINES), CIHSM_E_SERVER);
    assert_non_null(strstr(of.err.message, "does not start: no host"));
}

static void the_deadline_ends_it(void **state)
{
    (void)state;
    static const script_line BUILDING[] = {
        {TASK, IS("DEPLOYING")}, {TASK, IS("DEPLOYING")}, {TASK, IS("DEPLOYING")}, {0}};
    static const script_line LATE[] = {
        {TASK, IS("FAIL")}, {REASON, NOT_YET}, {REASON, NOT_YET}, {REASON, NOT_YET}, {0}};
    run of = {.deadline_s = 1};
    assert_int_equal(watch(&of, BUILDING), CIHSM_E_TIMEOUT);
    assert_int_equal(of.clock.slept_ms[0] + of.clock.slept_ms[1], 1000);
    of = (run){.deadline_s = 1};
    assert_int_equal(watch(&of, LATE), CIHSM_E_SERVER);
    assert_non_null(strstr(of.err.message, "no reason"));
}

static void one_that_never_appears_is_told_after_a_minute(void **state)
{
    (void)state;
    static const script_line LINES[] = {{TASK, IS("SUCCESS")}, {RUNTIME, ABSENT}, {RUNTIME, ABSENT},
                                        {RUNTIME, ABSENT},     {RUNTIME, ABSENT}, {RUNTIME, ABSENT},
                                        {RUNTIME, ABSENT},     {RUNTIME, ABSENT}, {RUNTIME, ABSENT},
                                        {RUNTIME, ABSENT},     {RUNTIME, ABSENT}, {RUNTIME, ABSENT},
                                        {RUNTIME, ABSENT},     {RUNTIME, ABSENT}, {0}};
    run of = {0};
    assert_int_equal(watch(&of, LINES), CIHSM_E_NOT_FOUND);
    assert_non_null(strstr(of.err.message, "another runtime profile"));
    assert_int_equal(of.clock.slept_ms[of.clock.sleeps - 1], 10000);
}

/* The runtime shows the old state for a while after the task has ended. */
static void what_ran_before_does_not_count(void **state)
{
    (void)state;
    static const script_line LINES[] = {{TASK, IS("SUCCESS")},
                                        {RUNTIME, IS_SINCE("ERROR", "1")},
                                        {RUNTIME, IS_SINCE("STARTING", "2")},
                                        {RUNTIME, IS_SINCE("STARTED", "2")},
                                        {0}};
    run of = {.before = "{\"DeployedOn\":\"1\"}"};
    assert_int_equal(watch(&of, LINES), CIHSM_OK);
}

/* A tenant that keeps the time of the first deployment is believed after a minute. */
static void what_stays_the_same_counts_after_a_minute(void **state)
{
    (void)state;
    static const script_line LINES[] = {{TASK, IS("SUCCESS")},
                                        {SAME},
                                        {SAME},
                                        {SAME},
                                        {SAME},
                                        {SAME},
                                        {SAME},
                                        {SAME},
                                        {SAME},
                                        {SAME},
                                        {SAME},
                                        {SAME},
                                        {SAME},
                                        {SAME},
                                        {0}};
    run of = {.before = "{\"DeployedOn\":\"1\"}"};
    assert_int_equal(watch(&of, LINES), CIHSM_OK);
    assert_int_equal(of.clock.sleeps, 12);
}

static void a_refusal_is_passed_on(void **state)
{
    (void)state;
    static const script_line LINES[] = {{TASK, 403, NULL, NULL, NULL, false}, {0}};
    run of = {0};
    assert_int_equal(watch(&of, LINES), CIHSM_E_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(until_it_runs),
        cmocka_unit_test(a_failed_task_has_a_reason),
        cmocka_unit_test(one_that_does_not_start_has_a_reason),
        cmocka_unit_test(the_deadline_ends_it),
        cmocka_unit_test(one_that_never_appears_is_told_after_a_minute),
        cmocka_unit_test(what_ran_before_does_not_count),
        cmocka_unit_test(what_stays_the_same_counts_after_a_minute),
        cmocka_unit_test(a_refusal_is_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
