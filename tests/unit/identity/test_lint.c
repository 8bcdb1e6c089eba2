/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "identity/lint.h"
#include "unit/identity/fixture.h"

#define DAY_S (24L * 3600)
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* One run of the lint and what it found. */
typedef struct run {
    identity_finding items[IDENTITY_FINDINGS_MAX];
    finding_list found;
} run;

/* A chain of these certificates, the first being the leaf; the whole list is the pool. */
static void lint(run *out, X509 *const *pool, size_t count, const identity_lint_input *more)
{
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *list = fixture_list(pool, count);
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    cihsm_error err = {0};
    assert_int_equal(identity_chain_build(list, pool[0], &chain, &err), CIHSM_OK);
    identity_lint_input input = *more;
    input.chain = chain;
    input.pool = list;
    input.now = time(NULL);
    input.warn_days = more->warn_days == 0 ? 30 : more->warn_days;
    *out = (run){.found = {.room = IDENTITY_FINDINGS_MAX}};
    out->found.items = out->items;
    assert_int_equal(identity_lint(&input, &out->found, &err), CIHSM_OK);
    for (size_t i = 0; i < out->found.count; i++) {
        assert_true(strlen(out->items[i].sentence) > 0 && strlen(out->items[i].action) > 0);
    }
}

static const identity_finding *finding(const run *of, const char *code)
{
    for (size_t i = 0; i < of->found.count; i++) {
        if (strcmp(of->items[i].code, code) == 0) {
            return &of->items[i];
        }
    }
    return NULL;
}

static void assert_found(const run *of, const char *code, identity_level level, const char *part)
{
    const identity_finding *item = finding(of, code);
    if (item == NULL) {
        fail_msg("%s was not found", code);
        return;
    }
    assert_int_equal(item->level, level);
    if (strstr(item->sentence, part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", item->sentence, part);
    }
}

static size_t count_level(const run *of, identity_level level)
{
    size_t count = 0;
    for (size_t i = 0; i < of->found.count; i++) {
        count += of->items[i].level == level;
    }
    return count;
}

static void a_good_chain_has_only_hints(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const pool[] = {pki->leaf, pki->lower, pki->upper, pki->root};
    run got;
    for (size_t count = 3; count <= 4; count++) { /* with and without its root */
        lint(&got, pool, count, &(identity_lint_input){0});
        assert_int_equal(count_level(&got, IDENTITY_FATAL) + count_level(&got, IDENTITY_WARN), 0);
        assert_found(&got, "root-unchecked", IDENTITY_INFO, "the root CN=Root was not checked");
        assert_found(&got, "leaf-only", IDENTITY_INFO, "only the leaf");
        assert_int_equal(got.found.count, 2);
    }
}

typedef struct leaf_row {
    fixture_wish wish;
    identity_level level;
    const char *code;
    const char *part;
} leaf_row;

static void each_trouble_of_a_leaf_is_found(void **state)
{
    const fixture_pki *pki = *state;
    const leaf_row rows[] = {
        {{.from_s = -9 * DAY_S, .to_s = -DAY_S}, IDENTITY_FATAL, "certificate-expired", "expired"},
        {{.from_s = DAY_S}, IDENTITY_FATAL, "certificate-not-yet-valid", "not valid before"},
        {{.to_s = 29 * DAY_S + 60}, IDENTITY_WARN, "certificate-expires-soon", "in 29 days"},
        {{.eku = ""}, IDENTITY_FATAL, "no-client-auth", "no extended key usage"},
        {{.eku = "serverAuth"}, IDENTITY_FATAL, "no-client-auth", "no clientAuth"},
        {{.ku = "keyEncipherment"}, IDENTITY_FATAL, "no-digital-signature", "digitalSignature"},
        {{.ca = true, .ku = "digitalSignature", .eku = "clientAuth"},
         IDENTITY_FATAL,
         "leaf-is-ca",
         "CA certificate"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CIHSM_AUTO(x509_cleanup)
        X509 *leaf =
            fixture_certificate("x", pki->leaf_key, pki->lower, pki->lower_key, &rows[i].wish);
        X509 *const pool[] = {leaf, pki->lower, pki->upper};
        run got;
        lint(&got, pool, COUNT(pool), &(identity_lint_input){0});
        assert_found(&got, rows[i].code, rows[i].level, rows[i].part);
        assert_int_equal(count_level(&got, IDENTITY_FATAL) + count_level(&got, IDENTITY_WARN), 1);
    }
}

static void what_to_do_about_an_end_depends_on_whose_it_is(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish old = {.ca = true, .from_s = -9 * DAY_S, .to_s = -DAY_S};
    CIHSM_AUTO(x509_cleanup)
    X509 *lower = fixture_certificate("lower", pki->lower_key, pki->upper, pki->upper_key, &old);
    X509 *const pool[] = {pki->leaf, lower, pki->upper};
    run got;
    lint(&got, pool, COUNT(pool), &(identity_lint_input){0});
    assert_found(&got, "certificate-expired", IDENTITY_FATAL, "the intermediate CN=");
    assert_non_null(strstr(finding(&got, "certificate-expired")->action, "of that CA"));
    lint(&got, pool, COUNT(pool), &(identity_lint_input){.warn_days = 999});
    assert_found(&got, "certificate-expires-soon", IDENTITY_WARN, "the leaf CN=");
    assert_non_null(strstr(finding(&got, "certificate-expires-soon")->action, "service key"));
}

static void before_a_connection_only_dates_are_fatal(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish bad = {.eku = "serverAuth", .ku = "keyEncipherment"};
    CIHSM_AUTO(x509_cleanup)
    X509 *leaf = fixture_certificate("x", pki->leaf_key, pki->lower, pki->lower_key, &bad);
    X509 *const pool[] = {leaf, pki->lower};
    run got;
    lint(&got, pool, 2, &(identity_lint_input){.is_connecting = true});
    assert_found(&got, "no-client-auth", IDENTITY_WARN, "clientAuth");
    assert_found(&got, "no-digital-signature", IDENTITY_WARN, "digitalSignature");
    assert_int_equal(got.found.count, 2);
}

static void the_days_of_the_warning_can_be_chosen(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {.to_s = 50 * DAY_S + 60};
    CIHSM_AUTO(x509_cleanup)
    X509 *leaf = fixture_certificate("x", pki->leaf_key, pki->lower, pki->lower_key, &wish);
    X509 *const pool[] = {leaf, pki->lower};
    run got;
    lint(&got, pool, 2, &(identity_lint_input){.warn_days = 51});
    assert_found(&got, "certificate-expires-soon", IDENTITY_WARN, "in 50 days");
    lint(&got, pool, 2, &(identity_lint_input){.warn_days = 50});
    assert_null(finding(&got, "certificate-expires-soon"));
}

static EVP_PKEY *weak_key(size_t kind)
{
    EVP_PKEY *key = kind == 0   ? EVP_RSA_gen(1024)
                    : kind == 1 ? EVP_EC_gen("secp256k1")
                                : EVP_EC_gen("P-224");
    assert_non_null(key);
    return key;
}

static void weak_keys_are_found_and_strong_ones_are_not(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    const char *const names[] = {"RSA 1024", "secp256k1", "EC P-224"};
    for (size_t i = 0; i < COUNT(names); i++) {
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = weak_key(i);
        CIHSM_AUTO(x509_cleanup)
        X509 *leaf = fixture_certificate("x", key, pki->lower, pki->lower_key, &wish);
        X509 *const pool[] = {leaf, pki->lower};
        run got;
        lint(&got, pool, 2, &(identity_lint_input){0});
        assert_found(&got, "weak-key", IDENTITY_FATAL, names[i]);
    }
    for (int i = 0; i < 3; i++) {
        CIHSM_AUTO(pkey_cleanup)
        EVP_PKEY *key = i == 0 ? EVP_RSA_gen(2048) : EVP_EC_gen(i == 1 ? "P-384" : "P-521");
        CIHSM_AUTO(x509_cleanup)
        X509 *leaf = fixture_certificate("x", key, pki->lower, pki->lower_key, &wish);
        X509 *const pool[] = {leaf, pki->lower};
        run got;
        lint(&got, pool, 2, &(identity_lint_input){0});
        assert_null(finding(&got, "weak-key"));
    }
}

static void weak_hashes_are_found_in_leaf_and_intermediate(void **state)
{
    const fixture_pki *pki = *state;
    const EVP_MD *const digests[] = {EVP_sha1(), EVP_md5()};
    const char *const names[] = {"SHA1", "MD5"};
    for (size_t i = 0; i < COUNT(digests); i++) {
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *ca_key = EVP_RSA_gen(2048);
        const fixture_wish ca = {.ca = true};
        const fixture_wish wish = {0};
        CIHSM_AUTO(x509_cleanup)
        X509 *weak = fixture_certificate("Weak", ca_key, NULL, NULL, &ca);
        CIHSM_AUTO(x509_cleanup)
        X509 *leaf = fixture_certificate("x", pki->leaf_key, weak, ca_key, &wish);
        assert_true(X509_sign(leaf, ca_key, digests[i]) > 0);
        X509 *const pool[] = {leaf, weak};
        run got;
        lint(&got, pool, 2, &(identity_lint_input){0});
        assert_found(&got, "weak-hash", IDENTITY_FATAL, names[i]);
    }
}

static void a_missing_intermediate_is_an_error(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const pool[] = {pki->leaf, pki->upper};
    run got;
    lint(&got, pool, 1, &(identity_lint_input){0});
    assert_found(&got, "issuer-missing", IDENTITY_FATAL, "CN=Lower is not in the chain;");
    lint(&got, pool, 2, &(identity_lint_input){0});
    assert_found(&got, "issuer-missing", IDENTITY_FATAL, "(other certificates are)");
    assert_found(&got, "unused-certificates", IDENTITY_INFO, "1 other certificate is");
}

static void the_roots_of_the_load_balancer_decide(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const pool[] = {pki->leaf, pki->lower, pki->upper, pki->root};
    X509 *const good[] = {pki->foreign, pki->root};
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *with = fixture_list(good, 2);
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *without = fixture_list(good, 1);
    run got;
    for (size_t count = 3; count <= 4; count++) {
        lint(&got, pool, count, &(identity_lint_input){.lb_roots = with});
        assert_int_equal(count_level(&got, IDENTITY_FATAL), 0);
        assert_null(finding(&got, "root-unchecked"));
    }
    lint(&got, pool, 4, &(identity_lint_input){.lb_roots = without});
    assert_found(&got, "root-not-listed", IDENTITY_FATAL, "the root CN=Root is not among");
    lint(&got, pool, 3, &(identity_lint_input){.lb_roots = without});
    assert_found(&got, "issuer-missing", IDENTITY_FATAL, "CN=Root is neither in the chain");
}

static void a_listed_intermediate_is_as_good_as_its_root(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish ca = {.ca = true};
    /* the load balancer holds Upper as a root of its own, the file another path above it */
    CIHSM_AUTO(x509_cleanup)
    X509 *own = fixture_certificate("Upper", pki->upper_key, NULL, NULL, &ca);
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *listed = fixture_list(&own, 1);
    X509 *const pool[] = {pki->leaf, pki->lower, pki->upper, pki->root};
    run got;
    lint(&got, pool, 4, &(identity_lint_input){.lb_roots = listed});
    assert_int_equal(count_level(&got, IDENTITY_FATAL), 0);
}

static void a_forged_signature_is_told_from_a_missing_issuer(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *forged =
        fixture_certificate("forged", pki->leaf_key, pki->lower, pki->foreign_key, &wish);
    X509 *const pool[] = {forged, pki->lower, pki->upper};
    run got;
    lint(&got, pool, 3, &(identity_lint_input){0});
    assert_found(&got, "signature-invalid", IDENTITY_FATAL,
                 "of CN=forged does not verify with the key of CN=Lower");
    assert_null(finding(&got, "issuer-missing"));
}

static void a_circle_of_issuers_is_an_error(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish ca = {.ca = true};
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *a = fixture_certificate("Root", pki->root_key, pki->foreign, pki->foreign_key, &ca);
    CIHSM_AUTO(x509_cleanup)
    X509 *b = fixture_certificate("Foreign", pki->foreign_key, pki->root, pki->root_key, &ca);
    CIHSM_AUTO(x509_cleanup)
    X509 *leaf = fixture_certificate("x", pki->leaf_key, pki->root, pki->root_key, &wish);
    X509 *const pool[] = {leaf, a, b};
    run got;
    lint(&got, pool, 3, &(identity_lint_input){0});
    assert_found(&got, "chain-loop", IDENTITY_FATAL, "in a circle");
}

static void a_self_signed_leaf_is_an_error_unless_listed(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *alone = fixture_certificate("x", pki->leaf_key, NULL, NULL, &wish);
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *listed = fixture_list(&alone, 1);
    run got;
    lint(&got, &alone, 1, &(identity_lint_input){0});
    assert_found(&got, "self-signed", IDENTITY_FATAL, "signed by its own key");
    lint(&got, &alone, 1, &(identity_lint_input){.lb_roots = listed});
    assert_null(finding(&got, "self-signed"));
}

static void a_private_key_and_another_service_key_are_errors(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const pool[] = {pki->leaf, pki->lower};
    run got;
    lint(&got, pool, 2,
         &(identity_lint_input){.has_private_key = true, .registered = pki->foreign});
    assert_found(&got, "private-key-in-file", IDENTITY_FATAL, "a private key stands beside");
    assert_found(&got, "service-key-differs", IDENTITY_FATAL, "CN=Foreign, serial ");
    lint(&got, pool, 2, &(identity_lint_input){.registered = pki->leaf});
    assert_null(finding(&got, "service-key-differs"));
    assert_null(finding(&got, "leaf-only"));
}

static void findings_become_values(void **state)
{
    const fixture_pki *pki = *state;
    run got;
    lint(&got, &pki->leaf, 1, &(identity_lint_input){0});
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = NULL;
    cihsm_error err = {0};
    assert_int_equal(finding_describe(&got.found, &list, &err), CIHSM_OK);
    assert_int_equal(cihsm_value_count(list), got.found.count);
    const cihsm_value *first = cihsm_value_first(list);
    assert_string_equal(cihsm_value_get_string(first, "level"), "error");
    assert_string_equal(cihsm_value_get_string(first, "code"), "issuer-missing");
    assert_string_equal(cihsm_value_get_string(first, "sentence"), got.items[0].sentence);
    assert_string_equal(cihsm_value_get_string(first, "action"), got.items[0].action);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_chain_has_only_hints),
        cmocka_unit_test(what_to_do_about_an_end_depends_on_whose_it_is),
        cmocka_unit_test(each_trouble_of_a_leaf_is_found),
        cmocka_unit_test(before_a_connection_only_dates_are_fatal),
        cmocka_unit_test(the_days_of_the_warning_can_be_chosen),
        cmocka_unit_test(weak_keys_are_found_and_strong_ones_are_not),
        cmocka_unit_test(weak_hashes_are_found_in_leaf_and_intermediate),
        cmocka_unit_test(a_missing_intermediate_is_an_error),
        cmocka_unit_test(the_roots_of_the_load_balancer_decide),
        cmocka_unit_test(a_listed_intermediate_is_as_good_as_its_root),
        cmocka_unit_test(a_forged_signature_is_told_from_a_missing_issuer),
        cmocka_unit_test(a_circle_of_issuers_is_an_error),
        cmocka_unit_test(a_self_signed_leaf_is_an_error_unless_listed),
        cmocka_unit_test(a_private_key_and_another_service_key_are_errors),
        cmocka_unit_test(findings_become_values),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
