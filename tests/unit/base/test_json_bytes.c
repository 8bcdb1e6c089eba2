/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cihsm/scope.h"
#include "cihsm/value.h"

enum { MOST = 10000 };

/* What a writer got. */
typedef struct taken {
    char bytes[MOST];
    size_t len;
    size_t room; /* more is refused */
} taken;

static cihsm_status take(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    (void)err;
    taken *to = user;
    if (len > to->room - to->len) {
        return CIHSM_E_IO;
    }
    memcpy(to->bytes + to->len, bytes, len);
    to->len += len;
    return CIHSM_OK;
}

static void bytes_come_back(void **state)
{
    (void)state;
    static const size_t LENGTHS[] = {0, 1, 2, 3, 3071, 3072, 3073, MOST};
    static char bytes[MOST];
    static taken to;
    for (size_t i = 0; i < MOST; i++) {
        bytes[i] = (char)(i * 7);
    }
    for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *object = cihsm_value_new_object();
        assert_int_equal(cihsm_value_set_bytes(object, "B", bytes, LENGTHS[i], NULL), CIHSM_OK);
        to = (taken){.room = MOST};
        assert_int_equal(cihsm_value_write_bytes(cihsm_value_get(object, "B"), take, &to, NULL),
                         CIHSM_OK);
        assert_int_equal(to.len, LENGTHS[i]);
        assert_memory_equal(to.bytes, bytes, LENGTHS[i]);
    }
}

static void is_base64_as_others_write_it(void **state)
{
    (void)state;
    static taken to;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *object = cihsm_value_new_object();
    assert_int_equal(cihsm_value_set_bytes(object, "B", "Gr\xc3\xb6\xc3\x9f", 6, NULL), CIHSM_OK);
    assert_string_equal(cihsm_value_get_string(object, "B"), "R3LDtsOf");
    assert_int_equal(cihsm_value_set_string(object, "B", "R3LD\r\ntsOfIQ==\n", NULL), CIHSM_OK);
    to = (taken){.room = MOST};
    assert_int_equal(cihsm_value_write_bytes(cihsm_value_get(object, "B"), take, &to, NULL),
                     CIHSM_OK);
    assert_int_equal(to.len, 7);
    assert_memory_equal(to.bytes, "Gr\xc3\xb6\xc3\x9f!", 7);
}

static void refuses_what_is_none(void **state)
{
    (void)state;
    static const char *const NONE[] = {"A", "AB!D", "AAAA====", "AA=A", "\xc3\xb6"};
    static taken to;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *object = cihsm_value_new_object();
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) {
        to = (taken){.room = MOST};
        assert_int_equal(cihsm_value_set_string(object, "B", NONE[i], NULL), CIHSM_OK);
        assert_int_equal(cihsm_value_write_bytes(cihsm_value_get(object, "B"), take, &to, NULL),
                         CIHSM_E_PROTOCOL);
    }
    assert_int_equal(cihsm_value_set_number(object, "B", 1, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_write_bytes(cihsm_value_get(object, "B"), take, &to, NULL),
                     CIHSM_E_PROTOCOL);
    assert_int_equal(cihsm_value_write_bytes(NULL, take, &to, NULL), CIHSM_E_PROTOCOL);
}

static void stops_where_the_writer_refuses(void **state)
{
    (void)state;
    static char bytes[MOST];
    static taken to;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *object = cihsm_value_new_object();
    assert_int_equal(cihsm_value_set_bytes(object, "B", bytes, MOST, NULL), CIHSM_OK);
    to = (taken){.room = MOST / 2};
    assert_int_equal(cihsm_value_write_bytes(cihsm_value_get(object, "B"), take, &to, NULL),
                     CIHSM_E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_back),
        cmocka_unit_test(is_base64_as_others_write_it),
        cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(stops_where_the_writer_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
