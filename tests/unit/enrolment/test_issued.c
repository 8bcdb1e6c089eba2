/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "enrolment/issued.h"
#include "identity/csr.h"
#include "unit/identity/fixture.h"

static cihsm_csr *csr_of(EVP_PKEY *key, bool der)
{
    const cihsm_csr_spec spec = {.subject = "CN=asked", .der = der};
    cihsm_csr *made = NULL;
    assert_int_equal(identity_csr_build(&spec, key, key, &made, NULL), CIHSM_OK);
    return made;
}

static cihsm_status judge(const char *pem, EVP_PKEY *key, bool der, cihsm_value **out,
                          size_t *errors, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = csr_of(key, der);
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(1 << 16);
    assert_int_equal(buffer_append_text(&text, pem, NULL), CIHSM_OK);
    const cihsm_certificate_rules rules = {.warn_days = 30};
    const cihsm_status status = issued_judge(&text, "c.pem", csr, &rules, out, errors, err);
    assert_int_equal(ERR_peek_error(), 0);
    return status;
}

static void the_chain_comes_out_in_the_order_of_tls(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const issued[] = {pki->root, pki->lower, pki->leaf, pki->upper, pki->foreign};
    X509 *const sent[] = {pki->leaf, pki->lower, pki->upper};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(issued, 5);
    CIHSM_AUTO(text_free) char *wanted = fixture_pem(sent, 3);
    for (int der = 0; der < 2; der++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
        size_t errors = 1;
        assert_int_equal(judge(pem, pki->leaf_key, der == 1, &report, &errors, NULL), CIHSM_OK);
        assert_int_equal(errors, 0);
        assert_string_equal(cihsm_value_get_string(report, "pem"), wanted);
        assert_int_equal(cihsm_value_count(cihsm_value_get(report, "chain")), 3);
        assert_non_null(cihsm_value_get(report, "root"));
    }
}

static void a_certificate_for_another_key_is_refused(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    size_t errors = 0;
    cihsm_error err = {0};
    assert_int_equal(judge(pem, pki->foreign_key, false, &report, &errors, &err), CIHSM_E_CONFLICT);
    assert_error(&err, CIHSM_E_CONFLICT, "another key");
    assert_null(report);
}

static void what_is_no_certificate_is_a_bad_answer(void **state)
{
    const fixture_pki *pki = *state;
    static const char *const TEXTS[] = {"", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
        size_t errors = 0;
        cihsm_error err = {0};
        assert_int_equal(judge(TEXTS[i], pki->leaf_key, false, &report, &errors, &err),
                         CIHSM_E_PROTOCOL);
        assert_error(&err, CIHSM_E_PROTOCOL, "c.pem");
    }
}

static bool has_code(const cihsm_value *report, const char *code)
{
    const cihsm_value *one = cihsm_value_first(cihsm_value_get(report, "findings"));
    while (one != NULL && strcmp(cihsm_value_get_string(one, "code"), code) != 0) {
        one = cihsm_value_next(one);
    }
    return one != NULL;
}

static void what_would_not_work_is_an_error(void **state)
{
    const fixture_pki *pki = *state;
    const struct {
        fixture_wish wish;
        bool alone; /* without its chain */
        const char *code;
    } rows[] = {
        {{.eku = ""}, false, "no-client-auth"},
        {{.eku = "serverAuth"}, false, "no-client-auth"},
        {{.from_s = -200, .to_s = -100}, false, "certificate-expired"},
        {{.from_s = 86400}, false, "certificate-not-yet-valid"},
        {{.ca = true}, false, "leaf-is-ca"},
        {{.eku = NULL}, true, "issuer-missing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CIHSM_AUTO(x509_cleanup)
        X509 *leaf =
            fixture_certificate("issued", pki->leaf_key, pki->lower, pki->lower_key, &rows[i].wish);
        X509 *const issued[] = {leaf, pki->lower, pki->upper, pki->root};
        CIHSM_AUTO(text_free) char *pem = fixture_pem(issued, rows[i].alone ? 1 : 4);
        CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
        size_t errors = 0;
        assert_int_equal(judge(pem, pki->leaf_key, false, &report, &errors, NULL), CIHSM_OK);
        assert_true(errors > 0);
        assert_true(has_code(report, rows[i].code));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_chain_comes_out_in_the_order_of_tls),
        cmocka_unit_test(a_certificate_for_another_key_is_refused),
        cmocka_unit_test(what_is_no_certificate_is_a_bad_answer),
        cmocka_unit_test(what_would_not_work_is_an_error),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
