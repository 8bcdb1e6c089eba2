/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "artifact/reason.h"

static const char *const ROWS[][2] = {
    {"{\"message\":{\"messageId\":\"I\",\"messageText\":\"T\"},\"parameter\":[\"a\",\"b\"]}",
     "T: a: b"},
    {"{\"message\":{\"messageId\":\"I\"}}", "I"},
    {"{\"message\":{\"messageId\":\"I\",\"messageText\":\"\"},\"parameter\":[null,5,\"\"]}", "I"},
    {"{\"message\":\"bare\"}", "bare"},
    {"{\"parameter\":[\"a\\nb\"]}", "a\\x0ab"},
    {"{\"other\":1}", "{\"other\":1}"},
    {"no JSON", "no JSON"},
    {"", ""},
};

static void takes_the_texts(void **state)
{
    (void)state;
    char text[CIHSM_RUNTIME_ERROR_SIZE];
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        reason_of(ROWS[i][0], strlen(ROWS[i][0]), text);
        assert_string_equal(text, ROWS[i][1]);
    }
}

static void what_is_too_long_is_cut(void **state)
{
    (void)state;
    char body[3 * CIHSM_RUNTIME_ERROR_SIZE];
    char text[CIHSM_RUNTIME_ERROR_SIZE];
    for (size_t len = CIHSM_RUNTIME_ERROR_SIZE - 8; len < CIHSM_RUNTIME_ERROR_SIZE + 8; len++) {
        memset(body, 'x', sizeof body);
        memcpy(body, "{\"message\":\"", 12);
        strncpy(body + 12 + len, "\",\"parameter\":[\"tail\"]}", sizeof body - 12 - len);
        reason_of(body, strlen(body), text);
        assert_true(strlen(text) < CIHSM_RUNTIME_ERROR_SIZE);
        assert_memory_equal(text, "xxxx", 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_texts),
        cmocka_unit_test(what_is_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
