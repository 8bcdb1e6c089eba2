/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "provider/ecdsa.h"

/* DER wants the shortest form of a positive number (X.690 section 8.3.2). */
static void the_integers_of_a_signature_are_minimal(void **state) /* P13 */
{
    (void)state;
    static const struct {
        uint8_t raw[8];
        const char *der;
    } CASES[] = {
        {{0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08}, "300c020401020304020405060708"},
        {{0x80, 0x00, 0x00, 0x01, 0xff, 0xff, 0xff, 0xff},
         "300e0205008000000102"
         "0500ffffffff"},
        {{0x00, 0x00, 0x00, 0x7f, 0x00, 0x00, 0x00, 0x80}, "300702017f02020080"},
        {{0x00, 0x00, 0x12, 0x34, 0x00, 0x00, 0x00, 0x00},
         "3007020212340201"
         "00"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        uint8_t der[24];
        size_t der_len = 0;
        char hex[2 * sizeof der + 1];
        assert_true(provider_ecdsa_to_der(CASES[i].raw, 8, der, &der_len));
        text_hex(hex, der, der_len);
        assert_string_equal(hex, CASES[i].der);
    }
}

static void the_longest_signature_needs_sixteen_bytes_more_at_most(void **state)
{
    (void)state;
    uint8_t raw[2 * 66]; /* P-521 */
    uint8_t der[sizeof raw + 16];
    size_t der_len = 0;
    memset(raw, 0xff, sizeof raw);
    assert_true(provider_ecdsa_to_der(raw, sizeof raw, der, &der_len));
    assert_true(der_len <= sizeof der);
    assert_int_equal(der[0], 0x30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_integers_of_a_signature_are_minimal),
        cmocka_unit_test(the_longest_signature_needs_sixteen_bytes_more_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
