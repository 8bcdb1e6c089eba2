/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "pkcs11/code.h"
#include "pkcs11/curve.h"
#include "pkcs11/uri.h"

static void accepts_what_selects_a_token_or_key(void **state)
{
    (void)state;
    static const char *const GOOD[] = {
        NULL,
        "pkcs11:",
        "pkcs11:token=a%20b;serial=01;manufacturer=x;model=y;slot-id=3",
        "pkcs11:object=k;id=%01%02;type=private",
        "pkcs11:token=a;",
    };
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        CIHSM_AUTO(p11_uri_cleanup) P11KitUri *uri = NULL;
        cihsm_error err = {0};
        if (pkcs11_uri_parse(GOOD[i], &uri, &err) != CIHSM_OK) {
            fail_msg("%s: %s", GOOD[i], err.message);
        }
        assert_non_null(uri);
    }
}

static void refuses_with_the_name_of_the_attribute(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        const char *text;
    } ROWS[] = {
        {"pkcs11:token=a;token=b", "'token' stands twice"},
        {"pkcs11:id=%01;object=a;id=%01", "'id' stands twice"},
        {"pkcs11:colour=red", "unknown attribute 'colour'"},
        {"pkcs11:x-vendor=1", "unknown attribute 'x-vendor'"},
        {"pkcs11:token", "malformed"},
        {"pkcs11:token=a?pin-value=s3cret", "pin-value is not taken"},
        {"pkcs11:token=a;pin-value=s3cret", "pin-value is not taken"},
        {"pkcs11:token=a?pin-source=file:/pin&pin-value=s3cret", "pin-source is not taken"},
        {"pkcs11:token=a?module-path=/evil.so", "module-path is not taken"},
        {"pkcs11:slot-description=x", "slot-description is not taken"},
        {"pkcs11:library-version=3", "library-version is not taken"},
        {"pkcs11:token=%zz", "percent-encoding"},
        {"pkcs11:id=%1", "percent-encoding"},
        {"token=a", "malformed"},
        {"", "malformed"},
        {"pkcs12:token=a", "malformed"},
        {"pkcs11:=a", "unknown attribute ''"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        P11KitUri *uri = NULL;
        cihsm_error err = {0};
        assert_int_equal(pkcs11_uri_parse(ROWS[i].uri, &uri, &err), CIHSM_E_USAGE);
        if (strstr(err.message, ROWS[i].text) == NULL) {
            fail_msg("%s: %s", ROWS[i].uri, err.message);
        }
        assert_null(strstr(err.message, "s3cret"));
        assert_null(uri);
    }
}

static void formats_keys_so_that_they_can_be_parsed_again(void **state)
{
    (void)state;
    CK_BYTE id_bytes[] = {0x00, 0x7f, 0xff};
    CK_UTF8CHAR label_text[] = "a;b \xc3\xa4?";
    const CK_ATTRIBUTE id = {CKA_ID, id_bytes, sizeof id_bytes};
    const CK_ATTRIBUTE label = {CKA_LABEL, label_text, sizeof label_text - 1};
    CIHSM_AUTO(text_free) char *text = NULL;
    assert_int_equal(pkcs11_uri_of_key(NULL, &id, &label, &text, NULL), CIHSM_OK);
    assert_non_null(strstr(text, "id=%00%7F%FF"));
    assert_non_null(strstr(text, "type=private"));

    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *uri = NULL;
    assert_int_equal(pkcs11_uri_parse(text, &uri, NULL), CIHSM_OK);
    const CK_ATTRIBUTE *parsed = p11_kit_uri_get_attribute(uri, CKA_LABEL);
    assert_int_equal(parsed->ulValueLen, label.ulValueLen);
    assert_memory_equal(parsed->pValue, label_text, parsed->ulValueLen);
}

static void knows_points_bare_and_wrapped_by_their_length(void **state)
{
    (void)state;
    const pkcs11_curve *p256 = pkcs11_curve_of_type(CIHSM_KEY_EC_P256);
    uint8_t value[67] = {0x04, 0x41, 0x04, 1, 2, 3};
    assert_ptr_equal(pkcs11_curve_point(p256, value, 67), value + 2);
    /* A bare point may begin like the wrapping: only the length tells. */
    assert_ptr_equal(pkcs11_curve_point(p256, value, 65), value);
    assert_null(pkcs11_curve_point(p256, value, 66));
    value[2] = 0x02; /* compressed */
    assert_null(pkcs11_curve_point(p256, value, 67));
    value[0] = 0x02;
    assert_null(pkcs11_curve_point(p256, value, 65));
    assert_null(pkcs11_curve_of_type(CIHSM_KEY_RSA));
    assert_null(pkcs11_curve_of_params("\x06\x05\x2b\x81\x04\x00\x23", 7));
    assert_int_equal(pkcs11_curve_of_params("\x06\x05\x2b\x81\x04\x00\x22", 7)->bits, 384);
}

static void says_code_and_next_step(void **state)
{
    (void)state;
    static const struct {
        CK_RV rv;
        cihsm_status status;
        const char *text;
    } ROWS[] = {
        {CKR_DEVICE_REMOVED, CIHSM_E_TOKEN,
         "cannot x: CKR_DEVICE_REMOVED; check that the token is plugged in"},
        {CKR_PIN_LOCKED, CIHSM_E_PIN, "cannot x: CKR_PIN_LOCKED; have the security officer"},
        {CKR_HOST_MEMORY, CIHSM_E_NO_MEMORY, "cannot x: CKR_HOST_MEMORY"},
        {0x80000001UL, CIHSM_E_TOKEN, "cannot x: 0x80000001; see the log"},
        {0x1ffUL, CIHSM_E_TOKEN, "cannot x: 0x000001ff"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        cihsm_error err = {0};
        assert_int_equal(pkcs11_fail(&err, ROWS[i].rv, "cannot %s", "x"), ROWS[i].status);
        assert_true(text_starts(err.message, ROWS[i].text));
        assert_int_equal(err.native, ROWS[i].rv);
        assert_int_equal(err.origin, CIHSM_FROM_TOKEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_selects_a_token_or_key),
        cmocka_unit_test(refuses_with_the_name_of_the_attribute),
        cmocka_unit_test(formats_keys_so_that_they_can_be_parsed_again),
        cmocka_unit_test(knows_points_bare_and_wrapped_by_their_length),
        cmocka_unit_test(says_code_and_next_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
