/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/error.h"

static void first_failure_wins(void **state)
{
    (void)state;
    cihsm_error err = {0};
    assert_int_equal(cihsm_fail(&err, CIHSM_E_TOKEN, CIHSM_FROM_TOKEN, 0x32, "first"),
                     CIHSM_E_TOKEN);
    assert_int_equal(cihsm_fail_plain(&err, CIHSM_E_TLS, "second"), CIHSM_E_TLS);
    assert_int_equal(err.status, CIHSM_E_TOKEN);
    assert_int_equal(err.origin, CIHSM_FROM_TOKEN);
    assert_int_equal(err.native, 0x32);
    assert_string_equal(err.message, "first");
}

static void a_failure_is_never_success(void **state)
{
    (void)state;
    assert_int_equal(cihsm_fail_plain(NULL, CIHSM_OK, "of an unknown kind"), CIHSM_E_INTERNAL);
    assert_int_equal(cihsm_fail_errno(NULL, CIHSM_OK, EIO, "why"), CIHSM_E_INTERNAL);
}

static void functions_of_a_caller_record_theirs_the_same_way(void **state)
{
    (void)state;
    cihsm_error err = {0};
    assert_int_equal(cihsm_error_set(&err, CIHSM_E_PIN, "no %s\n", "PIN"), CIHSM_E_PIN);
    assert_int_equal(cihsm_error_set(&err, CIHSM_E_IO, "second"), CIHSM_E_IO);
    assert_int_equal(cihsm_error_set(NULL, CIHSM_E_IO, "nowhere"), CIHSM_E_IO);
    assert_int_equal(err.status, CIHSM_E_PIN);
    assert_int_equal(err.origin, CIHSM_FROM_LIBRARY);
    assert_string_equal(err.message, "no PIN\\x0a");
}

static void text_from_outside_cannot_move_the_cursor(void **state)
{
    (void)state;
    cihsm_error err = {0};
    cihsm_fail_plain(&err, CIHSM_E_SERVER, "%s", "a\n\x1b[31mb");
    assert_string_equal(err.message, "a\\x0a\\x1b[31mb");
}

static void long_messages_end_in_dots(void **state)
{
    (void)state;
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    cihsm_error err = {0};
    cihsm_fail_plain(&err, CIHSM_E_SERVER, "%s", text);
    assert_int_equal(strlen(err.message), CIHSM_ERROR_MESSAGE_MAX - 1);
    assert_string_equal(err.message + CIHSM_ERROR_MESSAGE_MAX - 4, "...");
}

static void better_advice_takes_the_place_of_general_advice(void **state)
{
    (void)state;
    cihsm_error err = {0};
    cihsm_fail(&err, CIHSM_E_REJECTED, CIHSM_FROM_HTTP, 400, "400: no; so it is; check the key");
    assert_int_equal(error_advise(&err, CIHSM_E_CONFLICT, "take %s", "\"b\""), CIHSM_E_CONFLICT);
    assert_string_equal(err.message, "400: no; so it is; take \"b\"");
    assert_int_equal(err.status, CIHSM_E_CONFLICT);
    assert_int_equal(err.origin, CIHSM_FROM_HTTP);
    assert_int_equal(err.native, 400);
    err = (cihsm_error){.status = CIHSM_E_NOT_FOUND, .message = "404: no (X); look; or ask"};
    error_advise(&err, CIHSM_E_NOT_FOUND, "it is gone");
    assert_string_equal(err.message, "404: no (X); it is gone");
    err = (cihsm_error){.status = CIHSM_E_SERVER, .message = "no clause"};
    error_advise(&err, CIHSM_E_SERVER, "wait");
    assert_string_equal(err.message, "no clause; wait");
}

static void names_what_the_system_said(void **state)
{
    (void)state;
    cihsm_error err = {0};
    cihsm_fail_errno(&err, CIHSM_E_CONFIG, ENOENT, "cannot open %s", "x");
    assert_string_equal(err.message, "cannot open x: No such file or directory");
    assert_int_equal(err.native, ENOENT);
}

static void empties_the_queue_of_openssl(void **state)
{
    (void)state;
    assert_null(EVP_MD_fetch(NULL, "no-such-digest", NULL));
    cihsm_error err = {0};
    cihsm_fail_openssl(&err, CIHSM_E_INTERNAL, "cannot hash");
    assert_int_equal(ERR_peek_error(), 0);
    assert_string_equal(err.message, "cannot hash: unsupported");
}

static void every_status_has_its_exit_code(void **state)
{
    (void)state;
    static const struct {
        cihsm_status status;
        int code;
    } CODES[] = {
        {CIHSM_OK, 0},          {CIHSM_E_REJECTED, 1},  {CIHSM_E_USAGE, 2},    {CIHSM_E_CONFIG, 3},
        {CIHSM_E_PIN, 4},       {CIHSM_E_TOKEN, 5},     {CIHSM_E_TLS, 6},      {CIHSM_E_NETWORK, 6},
        {CIHSM_E_REFUSED, 7},   {CIHSM_E_NOT_FOUND, 8}, {CIHSM_E_CONFLICT, 9}, {CIHSM_E_SERVER, 10},
        {CIHSM_E_PROTOCOL, 11}, {CIHSM_E_TIMEOUT, 12},  {CIHSM_E_BUSY, 12},    {CIHSM_E_CHECK, 13},
    };
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        assert_int_equal(cihsm_status_exit_code(CODES[i].status), CODES[i].code);
    }
    for (int s = CIHSM_OK; s <= CIHSM_E_INTERNAL; s++) {
        assert_non_null(cihsm_status_name((cihsm_status)s));
        assert_true(strlen(cihsm_status_text((cihsm_status)s)) > 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_failure_wins),
        cmocka_unit_test(a_failure_is_never_success),
        cmocka_unit_test(functions_of_a_caller_record_theirs_the_same_way),
        cmocka_unit_test(text_from_outside_cannot_move_the_cursor),
        cmocka_unit_test(long_messages_end_in_dots),
        cmocka_unit_test(better_advice_takes_the_place_of_general_advice),
        cmocka_unit_test(names_what_the_system_said),
        cmocka_unit_test(empties_the_queue_of_openssl),
        cmocka_unit_test(every_status_has_its_exit_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
