/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "identity/chain.h"
#include "unit/identity/fixture.h"

#define DAY_S (24L * 3600)

static size_t check(const fixture_pki *pki, X509 *leaf, X509 *const *pool, size_t count,
                    identity_finding out[IDENTITY_FINDINGS_MAX])
{
    (void)pki;
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *list = fixture_list(pool, count);
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    cihsm_error err = {0};
    assert_int_equal(identity_chain_build(list, leaf, &chain, &err), CIHSM_OK);
    size_t found = IDENTITY_FINDINGS_MAX;
    assert_int_equal(identity_chain_check(chain, time(NULL), out, &found, &err), CIHSM_OK);
    return found;
}

static void a_good_chain_has_no_findings(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const pool[] = {pki->lower, pki->upper};
    identity_finding found[IDENTITY_FINDINGS_MAX];
    assert_int_equal(check(pki, pki->leaf, pool, 2, found), 0);
}

typedef struct leaf_row {
    fixture_wish wish;
    identity_level level;
    const char *code;
    const char *part; /* of the sentence */
} leaf_row;

static void each_trouble_of_a_leaf_is_one_finding(void **state)
{
    const fixture_pki *pki = *state;
    const leaf_row rows[] = {
        {{.from_s = -9 * DAY_S, .to_s = -DAY_S},
         IDENTITY_FATAL,
         "certificate-expired",
         "the leaf CN=x expired on 20"},
        {{.from_s = DAY_S}, IDENTITY_FATAL, "certificate-not-yet-valid", "is not valid before 20"},
        {{.to_s = 29 * DAY_S + 60}, IDENTITY_WARN, "certificate-expires-soon", "in 29 days"},
        {{.to_s = DAY_S + 60}, IDENTITY_WARN, "certificate-expires-soon", "in 1 day, on"},
        {{.eku = ""}, IDENTITY_WARN, "no-client-auth", "no extended key usage"},
        {{.eku = "serverAuth"}, IDENTITY_WARN, "no-client-auth", "no clientAuth"},
        {{.ku = "keyEncipherment"}, IDENTITY_WARN, "no-digital-signature", "digitalSignature"},
    };
    X509 *const pool[] = {pki->lower, pki->upper};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CIHSM_AUTO(x509_cleanup)
        X509 *leaf =
            fixture_certificate("x", pki->leaf_key, pki->lower, pki->lower_key, &rows[i].wish);
        identity_finding found[IDENTITY_FINDINGS_MAX];
        assert_int_equal(check(pki, leaf, pool, 2, found), 1);
        assert_int_equal(found[0].level, rows[i].level);
        assert_string_equal(found[0].code, rows[i].code);
        assert_non_null(strstr(found[0].sentence, rows[i].part));
        assert_true(strlen(found[0].action) > 0);
    }
}

static void thirty_days_and_no_key_usage_are_fine(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish fine[] = {
        {.to_s = 30 * DAY_S + 60}, {.ku = ""}, {.eku = "serverAuth,clientAuth"}};
    X509 *const pool[] = {pki->lower};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        CIHSM_AUTO(x509_cleanup)
        X509 *leaf = fixture_certificate("x", pki->leaf_key, pki->lower, pki->lower_key, &fine[i]);
        identity_finding found[IDENTITY_FINDINGS_MAX];
        assert_int_equal(check(pki, leaf, pool, 1, found), 0);
    }
}

static void an_expired_intermediate_is_fatal(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish old = {.ca = true, .from_s = -9 * DAY_S, .to_s = -DAY_S};
    CIHSM_AUTO(x509_cleanup)
    X509 *expired = fixture_certificate("Lower", pki->lower_key, pki->upper, pki->upper_key, &old);
    identity_finding found[IDENTITY_FINDINGS_MAX];
    assert_int_equal(check(pki, pki->leaf, &expired, 1, found), 1);
    assert_int_equal(found[0].level, IDENTITY_FATAL);
    assert_non_null(strstr(found[0].sentence, "the intermediate CN=Lower expired"));
}

static void a_lonely_leaf_names_its_missing_issuer(void **state)
{
    const fixture_pki *pki = *state;
    identity_finding found[IDENTITY_FINDINGS_MAX];
    assert_int_equal(check(pki, pki->leaf, NULL, 0, found), 1);
    assert_int_equal(found[0].level, IDENTITY_WARN);
    assert_string_equal(found[0].code, "issuer-missing");
    assert_non_null(strstr(found[0].sentence, "the issuer CN=Lower is not in the chain;"));

    assert_int_equal(check(pki, pki->leaf, &pki->upper, 1, found), 1);
    assert_non_null(strstr(found[0].sentence, "(other certificates are)"));
}

static void a_leaf_issued_by_a_root_that_is_there_is_complete(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *leaf = fixture_certificate("x", pki->leaf_key, pki->root, pki->root_key, &wish);
    CIHSM_AUTO(x509_cleanup)
    X509 *alone = fixture_certificate("y", pki->leaf_key, NULL, NULL, &wish);
    identity_finding found[IDENTITY_FINDINGS_MAX];
    assert_int_equal(check(pki, leaf, &pki->root, 1, found), 0);
    assert_int_equal(check(pki, alone, NULL, 0, found), 0);
}

static void too_little_room_is_said(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    cihsm_error err = {0};
    assert_int_equal(identity_chain_build(NULL, pki->leaf, &chain, &err), CIHSM_OK);
    size_t count = 0;
    assert_int_equal(identity_chain_check(chain, time(NULL), NULL, &count, &err), CIHSM_E_LIMIT);
    assert_error(&err, CIHSM_E_LIMIT, "more than 0 findings");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_chain_has_no_findings),
        cmocka_unit_test(each_trouble_of_a_leaf_is_one_finding),
        cmocka_unit_test(thirty_days_and_no_key_usage_are_fine),
        cmocka_unit_test(an_expired_intermediate_is_fatal),
        cmocka_unit_test(a_lonely_leaf_names_its_missing_issuer),
        cmocka_unit_test(a_leaf_issued_by_a_root_that_is_there_is_complete),
        cmocka_unit_test(too_little_room_is_said),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
