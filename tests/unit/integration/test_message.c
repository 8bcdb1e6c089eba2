/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cihsm/message.h"
#include "cihsm/path.h"
#include "cihsm/scope.h"
#include "integration/message_error.h"

/* --- paths and conditions ---------------------------------------------------------------- */

static void a_path_doubles_quotes(void **state)
{
    (void)state;
    char path[CIHSM_PATH_SIZE];
    assert_int_equal(cihsm_path_entity("Logs", "O'Brien", "Runs", path, NULL), CIHSM_OK);
    assert_string_equal(path, "Logs('O''Brien')/Runs");
    assert_int_equal(cihsm_path_entity("Logs", "", NULL, path, NULL), CIHSM_OK);
    assert_string_equal(path, "Logs('')");
}

static void a_path_has_an_end(void **state)
{
    (void)state;
    char path[CIHSM_PATH_SIZE];
    char key[CIHSM_PATH_SIZE + 1];
    cihsm_error err = {0};
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    assert_int_equal(cihsm_path_entity("Logs", key, NULL, path, &err), CIHSM_E_USAGE);
    assert_non_null(strstr(err.message, "too long"));
    key[CIHSM_PATH_SIZE - 10] = '\0'; /* the key alone fits */
    assert_int_equal(cihsm_path_entity("Logs", key, "Runs", path, NULL), CIHSM_E_USAGE);
}

static void a_path_has_a_key_of_parts(void **state)
{
    (void)state;
    static const cihsm_path_key PARTS[] = {{"Pid", "O'Brien"}, {"Id", ""}};
    char path[CIHSM_PATH_SIZE];
    char key[CIHSM_PATH_SIZE];
    assert_int_equal(cihsm_path_entity_of("Logs", PARTS, 2, "Runs", path, NULL), CIHSM_OK);
    assert_string_equal(path, "Logs(Pid='O''Brien',Id='')/Runs");
    assert_int_equal(cihsm_path_entity_of("Logs", PARTS, 1, NULL, path, NULL), CIHSM_OK);
    assert_string_equal(path, "Logs(Pid='O''Brien')");
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    const cihsm_path_key longest[] = {{"A", "x"}, {"B", key}};
    assert_int_equal(cihsm_path_entity_of("Logs", longest, 2, NULL, path, NULL), CIHSM_E_USAGE);
    key[CIHSM_PATH_SIZE - sizeof "Logs(A='x',B='')"] = '\0'; /* the longest that fits */
    assert_int_equal(cihsm_path_entity_of("Logs", longest, 2, NULL, path, NULL), CIHSM_OK);
    assert_int_equal(strlen(path), CIHSM_PATH_SIZE - 1);
}

static void a_condition_doubles_quotes(void **state)
{
    (void)state;
    char condition[CIHSM_PATH_SIZE];
    char text[CIHSM_PATH_SIZE];
    cihsm_error err = {0};
    assert_int_equal(cihsm_filter_equal("Name", "O'Brien", condition, NULL), CIHSM_OK);
    assert_string_equal(condition, "Name eq 'O''Brien'");
    memset(text, 't', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(cihsm_filter_equal("Name", text, condition, &err), CIHSM_E_USAGE);
    assert_non_null(strstr(err.message, "too long"));
}

static void assert_filter(const cihsm_message_criteria *criteria, const char *filter,
                          const char *header)
{
    CIHSM_AUTO(cihsm_message_filter_free) cihsm_message_filter *made = NULL;
    cihsm_query query = CIHSM_QUERY_INIT;
    assert_int_equal(cihsm_message_filter_new(criteria, &made, NULL), CIHSM_OK);
    cihsm_message_filter_apply(made, &query);
    assert_true(text_equal(query.filter, filter));
    assert_int_equal(query.parameter_count, header == NULL ? 0 : 1);
    if (header != NULL) {
        assert_string_equal(query.parameters[0].name, "filterCustomHeaderProperties");
        assert_string_equal(query.parameters[0].value, header);
        assert_false(query.parameters[0].is_text);
    }
}

static void conditions_are_joined(void **state)
{
    (void)state;
    const char *const statuses[] = {"failed", "RETRY"};
    assert_filter(&(cihsm_message_criteria){0}, NULL, NULL);
    assert_filter(&(cihsm_message_criteria){.statuses = statuses, .status_count = 1},
                  "Status eq 'FAILED'", NULL);
    assert_filter(
        &(cihsm_message_criteria){.statuses = statuses,
                                  .status_count = 2,
                                  .flow = "F",
                                  .package = "P",
                                  .sender = "O'Brien",
                                  .receiver = ""},
        "(Status eq 'FAILED' or Status eq 'RETRY') and IntegrationArtifact/Id eq 'F' and "
        "IntegrationArtifact/PackageId eq 'P' and Sender eq 'O''Brien' and Receiver eq ''",
        NULL);
    assert_filter(
        &(cihsm_message_criteria){.id = "a", .correlation_id = "b", .application_id = "c"},
        "MessageGuid eq 'a' and CorrelationId eq 'b' and ApplicationMessageId eq 'c'", NULL);
    assert_filter(&(cihsm_message_criteria){.header_name = "O'N", .header_value = "v' or 'x"}, NULL,
                  "'O''N' eq 'v'' or ''x'");
    assert_filter(&(cihsm_message_criteria){.header_name = "N"}, NULL, "'N' eq ''");
}

static void an_unknown_status_is_told_with_the_nearest(void **state)
{
    (void)state;
    const char *const wrong[] = {"FAILD", "nothing"};
    cihsm_message_filter *made = NULL;
    cihsm_error err = {0};
    cihsm_message_criteria criteria = {.statuses = wrong, .status_count = 1};
    assert_int_equal(cihsm_message_filter_new(&criteria, &made, &err), CIHSM_E_USAGE);
    assert_non_null(strstr(err.message, "did you mean FAILED?"));
    assert_null(made);
    criteria.statuses = wrong + 1;
    assert_int_equal(cihsm_message_filter_new(&criteria, &made, &err), CIHSM_E_USAGE);
    assert_non_null(strstr(err.message, "ESCALATED"));
    assert_string_equal(cihsm_message_status(0), "COMPLETED");
    assert_null(cihsm_message_status(8));
}

/* --- error texts ------------------------------------------------------------------------- */

static void assert_error(const char *text, const char *written)
{
    char out[MESSAGE_ERROR_MAX + 1];
    message_error_write(text, strlen(text), "AGabcDEF", out);
    assert_string_equal(out, written);
}

static void what_differs_is_left_out_of_an_error(void **state)
{
    (void)state;
    assert_error("", "");
    assert_error(" \n ", "");
    assert_error("status code 503 at line 42\n\tof x", "status code 503 at line 42 of x");
    assert_error("after 60000 ms", "after # ms");
    assert_error("message AGabcDEF failed", "message # failed");
    assert_error("message AGabcDEFG failed", "message AGabcDEFG failed");
    assert_error("at 2026-03-01T12:30:05.250Z", "at #");
    assert_error("at 12:30:05, then", "at #, then");
    assert_error("host.example:50000/in?a=1", "host.example:#/in?a=1");
    assert_error("c0ffee42-0000-4000-8000-000003160000.", "#.");
    assert_error("com.sap.it.HttpResponseException: no", "com.sap.it.HttpResponseException: no");
    assert_error("AGS9naGxYEmqvWSvkxOoXbXhXx is lost", "# is lost");
    assert_error("Währung für 請求書 <a>", "Währung für 請求書 <a>");
}

static void a_long_error_is_cut_between_characters(void **state)
{
    (void)state;
    char text[MESSAGE_ERROR_MAX + 3];
    char out[MESSAGE_ERROR_MAX + 1];
    memset(text, 'x', sizeof text);
    memcpy(text + MESSAGE_ERROR_MAX - 1, "ä", 2); /* its second byte is beyond */
    message_error_write(text, sizeof text, NULL, out);
    assert_int_equal(strlen(out), MESSAGE_ERROR_MAX - 1);
}

/* --- tallies ----------------------------------------------------------------------------- */

static void add(cihsm_message_tally *tally, const char *id, const char *flow, const char *end)
{
    char json[300];
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entry = NULL;
    snprintf(json, sizeof json,
             "{\"MessageGuid\":\"%s\",\"LogEnd\":\"2026-03-01T%s:00Z\","
             "\"IntegrationArtifact\":{\"Id\":\"%s\",\"Name\":\"Flow %s\",\"PackageId\":\"P\"}}",
             id, end, flow, flow);
    assert_int_equal(cihsm_value_parse(json, strlen(json), &entry, NULL), CIHSM_OK);
    assert_int_equal(cihsm_message_tally_add(tally, entry, NULL), CIHSM_OK);
}

static cihsm_message_tally *tally_of_five(size_t samples)
{
    cihsm_message_tally *tally = NULL;
    assert_int_equal(cihsm_message_tally_new(samples, &tally, NULL), CIHSM_OK);
    add(tally, "m1", "A", "12:05");
    add(tally, "m2", "B", "12:04");
    add(tally, "m3", "B", "12:03");
    add(tally, "m4", "A", "12:02");
    add(tally, "m5", "B", "12:01");
    return tally;
}

static cihsm_status append_text(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    (void)err;
    char *to = user;
    const size_t used = strlen(to);
    assert_true(used + len < 2000);
    memcpy(to + used, bytes, len);
    to[used + len] = '\0';
    return CIHSM_OK;
}

static void assert_json(const cihsm_value *value, const char *wanted)
{
    char text[2000] = "";
    assert_int_equal(cihsm_value_write(value, 0, append_text, text, NULL), CIHSM_OK);
    assert_string_equal(text, wanted);
}

static void flows_are_counted(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_message_tally_free) cihsm_message_tally *tally = tally_of_five(0);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    assert_null(cihsm_message_tally_sample(tally, 0));
    assert_int_equal(cihsm_message_tally_flows(tally, &rows, NULL), CIHSM_OK);
    assert_json(rows, "[{\"Flow\":\"B\",\"Name\":\"Flow B\",\"Package\":\"P\",\"Count\":3,"
                      "\"Last\":\"2026-03-01T12:04:00Z\"},"
                      "{\"Flow\":\"A\",\"Name\":\"Flow A\",\"Package\":\"P\",\"Count\":2,"
                      "\"Last\":\"2026-03-01T12:05:00Z\"}]");
}

static void explain(cihsm_message_tally *tally, size_t at, const char *text)
{
    assert_int_equal(cihsm_message_tally_explain(tally, at, text, strlen(text), NULL), CIHSM_OK);
}

static void errors_of_a_flow_that_differ_in_numbers_are_one(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_message_tally_free) cihsm_message_tally *tally = tally_of_five(2);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    static const char *const SAMPLES[] = {"m1", "m2", "m3", "m4"};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(cihsm_message_tally_sample(tally, i), SAMPLES[i]);
    }
    assert_null(cihsm_message_tally_sample(tally, 4));
    explain(tally, 0, "no file 12345");
    explain(tally, 3, "no file 54321");
    explain(tally, 1, "refused");
    explain(tally, 2, "");
    assert_int_equal(cihsm_message_tally_failures(tally, &rows, NULL), CIHSM_OK);
    assert_json(rows, "[{\"Flow\":\"B\",\"Name\":\"Flow B\",\"Package\":\"P\",\"Count\":1,"
                      "\"Last\":\"2026-03-01T12:03:00Z\",\"Error\":\"\",\"Messages\":[\"m3\"]},"
                      "{\"Flow\":\"B\",\"Name\":\"Flow B\",\"Package\":\"P\",\"Count\":1,"
                      "\"Last\":\"2026-03-01T12:04:00Z\",\"Error\":\"refused\","
                      "\"Messages\":[\"m2\"]},"
                      "{\"Flow\":\"B\",\"Name\":\"Flow B\",\"Package\":\"P\",\"Count\":1,"
                      "\"Last\":null,\"Error\":null,\"Messages\":[]},"
                      "{\"Flow\":\"A\",\"Name\":\"Flow A\",\"Package\":\"P\",\"Count\":2,"
                      "\"Last\":\"2026-03-01T12:05:00Z\",\"Error\":\"no file #\","
                      "\"Messages\":[\"m1\",\"m4\"]}]");
}

static void failures_without_texts_are_counted(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_message_tally_free) cihsm_message_tally *tally = tally_of_five(0);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    assert_int_equal(cihsm_message_tally_explain(tally, 0, "x", 1, NULL), CIHSM_E_ARGUMENT);
    assert_int_equal(cihsm_message_tally_failures(tally, &rows, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_count(rows), 2);
    assert_null(cihsm_value_get_string(cihsm_value_first(rows), "Error"));
    assert_string_equal(cihsm_value_get_string(cihsm_value_first(rows), "Last"),
                        "2026-03-01T12:04:00Z");
}

/* More than the room that is made at first; an entry without an artifact is of the flow "". */
static void many_flows_are_kept(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_message_tally_free) cihsm_message_tally *tally = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *empty = cihsm_value_new_object();
    char name[16];
    assert_int_equal(cihsm_message_tally_new(1, &tally, NULL), CIHSM_OK);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "F%03u", i % 100);
        add(tally, name, name, "12:00");
    }
    assert_int_equal(cihsm_message_tally_add(tally, empty, NULL), CIHSM_OK);
    assert_string_equal(cihsm_message_tally_sample(tally, 99), "F099");
    assert_null(cihsm_message_tally_sample(tally, 100));
    assert_int_equal(cihsm_message_tally_flows(tally, &rows, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_count(rows), 101);
    assert_string_equal(cihsm_value_get_string(cihsm_value_first(rows), "Flow"), "F000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_doubles_quotes),
        cmocka_unit_test(a_path_has_an_end),
        cmocka_unit_test(a_path_has_a_key_of_parts),
        cmocka_unit_test(a_condition_doubles_quotes),
        cmocka_unit_test(conditions_are_joined),
        cmocka_unit_test(an_unknown_status_is_told_with_the_nearest),
        cmocka_unit_test(what_differs_is_left_out_of_an_error),
        cmocka_unit_test(a_long_error_is_cut_between_characters),
        cmocka_unit_test(flows_are_counted),
        cmocka_unit_test(errors_of_a_flow_that_differ_in_numbers_are_one),
        cmocka_unit_test(failures_without_texts_are_counted),
        cmocka_unit_test(many_flows_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
