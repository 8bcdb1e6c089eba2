/* SPDX-License-Identifier: Apache-2.0 */
#include "btp/answer.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"

static http_response answer_of(long status, const char *type, const char *body)
{
    http_response answer;
    http_response_init(&answer, 4096);
    answer.status = status;
    assert_int_equal(text_set(&answer.content_type, type, NULL), CIHSM_OK);
    assert_int_equal(buffer_append_text(&answer.body, body, NULL), CIHSM_OK);
    return answer;
}

static void each_status_has_its_meaning(void **state)
{
    (void)state;
    static const struct {
        long http;
        cihsm_status status;
    } ROWS[] = {
        {200, CIHSM_OK},          {202, CIHSM_OK},         {302, CIHSM_E_PROTOCOL},
        {400, CIHSM_E_REJECTED},  {401, CIHSM_E_REFUSED},  {403, CIHSM_E_REFUSED},
        {404, CIHSM_E_NOT_FOUND}, {409, CIHSM_E_CONFLICT}, {422, CIHSM_E_REJECTED},
        {429, CIHSM_E_BUSY},      {500, CIHSM_E_SERVER},   {501, CIHSM_E_REJECTED},
        {503, CIHSM_E_SERVER},    {600, CIHSM_E_PROTOCOL}, {0, CIHSM_E_PROTOCOL},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_int_equal(btp_answer_status(ROWS[i].http), ROWS[i].status);
    }
}

static void the_reason_is_found_in_every_shape(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *body;
        const char *words;
    } ROWS[] = {
        {"application/json", "{\"errors\":[{\"code\":1,\"title\":\"CF-X\",\"detail\":\"taken\"}]}",
         "taken"},
        {"application/json", "{\"error\":\"invalid_client\",\"error_description\":\"bad\"}", "bad"},
        {"application/json", "{\"error\":\"invalid_client\"}", "invalid_client"},
        {"application/json", "{\"ErrorMessage\":\"exists\"}", "exists"},
        {"application/json", "{\"message\":\"a\\nb\"}", "a\\x0ab"},
        {"application/json", "{\"errors\":[]}", ""},
        {"application/json", "{\"error\":{\"message\":1}}", ""},
        {"application/json", "", ""},
        {"text/plain; charset=UTF-8", "no such route", "no such route"},
        {"text/html", "<html>", ""},
        {NULL, "words", ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(http_response_free)
        http_response answer = answer_of(400, ROWS[i].type, ROWS[i].body);
        char words[BTP_WORDS_SIZE];
        btp_answer_words(&answer, words);
        assert_string_equal(words, ROWS[i].words);
    }
}

static void what_is_no_object_is_refused_without_quoting_it(void **state)
{
    (void)state;
    static const char *const BODIES[] = {"", "[]", "\"hush\"", "{\"hush\":", "<hush>"};
    for (size_t i = 0; i < sizeof BODIES / sizeof *BODIES; i++) {
        CIHSM_AUTO(http_response_free)
        http_response answer = answer_of(200, "application/json", BODIES[i]);
        CIHSM_AUTO(json_free_wiped) cihsm_value *found = NULL;
        cihsm_error err = {0};
        assert_int_equal(btp_answer_object(&answer, "host:1", &found, &err), CIHSM_E_PROTOCOL);
        assert_null(found);
        assert_non_null(strstr(err.message, "host:1"));
        assert_null(strstr(err.message, "hush"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_status_has_its_meaning),
        cmocka_unit_test(the_reason_is_found_in_every_shape),
        cmocka_unit_test(what_is_no_object_is_refused_without_quoting_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
