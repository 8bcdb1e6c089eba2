/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "identity/certificate.h"
#include "identity/chain.h"
#include "unit/identity/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static identity_chain *build(X509 *const *certificates, size_t count, X509 *leaf)
{
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *pool = fixture_list(certificates, count);
    identity_chain *chain = NULL;
    cihsm_error err = {0};
    if (identity_chain_build(pool, leaf, &chain, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(ERR_peek_error(), 0);
    return chain;
}

static void assert_path(const identity_chain *chain, const X509 *leaf, X509 *const *wanted,
                        size_t count)
{
    assert_true(certificate_same(chain->leaf, leaf));
    assert_int_equal(sk_X509_num(chain->intermediates), (int)count);
    for (size_t i = 0; i < count; i++) {
        assert_true(certificate_same(sk_X509_value(chain->intermediates, (int)i), wanted[i]));
    }
}

static void every_order_of_a_pool_gives_the_same_path(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const all[] = {pki->leaf, pki->lower, pki->upper, pki->root};
    X509 *const wanted[] = {pki->lower, pki->upper};
    size_t orders = 0;
    for (size_t code = 0; code < 256; code++) {
        const size_t at[] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3};
        if ((1U << at[0] | 1U << at[1] | 1U << at[2] | 1U << at[3]) != 15U) {
            continue; /* no permutation */
        }
        X509 *const shuffled[] = {all[at[0]], all[at[1]], all[at[2]], all[at[3]]};
        CIHSM_AUTO(identity_chain_free) identity_chain *chain = build(shuffled, 4, NULL);
        assert_path(chain, pki->leaf, wanted, 2);
        assert_true(certificate_same(chain->root, pki->root));
        assert_int_equal(chain->unused, 0);
        orders++;
    }
    assert_int_equal(orders, 24);
}

static void duplicates_and_foreign_certificates_do_not_matter(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const pool[] = {pki->foreign, pki->upper, pki->leaf, pki->lower,
                          pki->upper,   pki->root,  pki->leaf, pki->foreign};
    X509 *const wanted[] = {pki->lower, pki->upper};
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = build(pool, COUNT(pool), NULL);
    assert_path(chain, pki->leaf, wanted, 2);
    assert_int_equal(chain->unused, 1);
}

static void a_given_leaf_need_not_be_in_the_pool(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const pool[] = {pki->upper, pki->lower};
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = build(pool, 2, pki->leaf);
    X509 *const wanted[] = {pki->lower, pki->upper};
    assert_path(chain, pki->leaf, wanted, 2);
    assert_null(chain->root);

    CIHSM_AUTO(identity_chain_free) identity_chain *alone = NULL;
    cihsm_error err = {0};
    assert_int_equal(identity_chain_build(NULL, pki->leaf, &alone, &err), CIHSM_OK);
    assert_path(alone, pki->leaf, NULL, 0);
}

static void a_given_leaf_wins_over_other_leaves_of_the_pool(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *other = fixture_certificate("other", pki->foreign_key, pki->lower, pki->lower_key, &wish);
    X509 *const pool[] = {other, pki->upper, pki->leaf, pki->lower};
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = build(pool, 4, pki->leaf);
    X509 *const wanted[] = {pki->lower, pki->upper};
    assert_path(chain, pki->leaf, wanted, 2);
    assert_int_equal(chain->unused, 1);
}

static void the_path_ends_where_an_intermediate_is_missing(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const pool[] = {pki->leaf, pki->upper, pki->root};
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = build(pool, 3, NULL);
    assert_path(chain, pki->leaf, NULL, 0);
    assert_null(chain->root);
    assert_int_equal(chain->unused, 2);
}

static void an_issuer_in_name_only_is_not_taken(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish ca = {.ca = true};
    CIHSM_AUTO(x509_cleanup)
    X509 *impostor =
        fixture_certificate("Lower", pki->foreign_key, pki->upper, pki->upper_key, &ca);
    X509 *const pool[] = {impostor, pki->leaf, pki->lower, pki->upper};
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = build(pool, 4, NULL);
    X509 *const wanted[] = {pki->lower, pki->upper};
    assert_path(chain, pki->leaf, wanted, 2);
    assert_int_equal(chain->unused, 1);
}

static void a_signature_that_does_not_verify_is_no_link(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    /* names and key identifiers say "Lower", the signature is somebody else's */
    CIHSM_AUTO(x509_cleanup)
    X509 *forged =
        fixture_certificate("forged", pki->leaf_key, pki->lower, pki->foreign_key, &wish);
    X509 *const pool[] = {pki->lower, pki->upper};
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = build(pool, 2, forged);
    assert_path(chain, forged, NULL, 0);
}

static void cross_signed_pairs_do_not_loop(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish ca = {.ca = true};
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *root_by_foreign =
        fixture_certificate("Root", pki->root_key, pki->foreign, pki->foreign_key, &ca);
    CIHSM_AUTO(x509_cleanup)
    X509 *foreign_by_root =
        fixture_certificate("Foreign", pki->foreign_key, pki->root, pki->root_key, &ca);
    CIHSM_AUTO(x509_cleanup)
    X509 *leaf = fixture_certificate("cross", pki->leaf_key, pki->root, pki->root_key, &wish);
    X509 *const loop[] = {foreign_by_root, leaf, root_by_foreign};
    X509 *const wanted[] = {root_by_foreign, foreign_by_root};
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = build(loop, 3, NULL);
    assert_path(chain, leaf, wanted, 2);

    /* with its other root the cross certificate is sent and the path ends there */
    X509 *const ended[] = {pki->root, pki->foreign, leaf, root_by_foreign};
    CIHSM_AUTO(identity_chain_free) identity_chain *other = build(ended, 4, NULL);
    assert_path(other, leaf, &root_by_foreign, 1);
    assert_true(certificate_same(other->root, pki->foreign));
}

static void of_two_equal_issuers_the_longer_valid_one_is_taken(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish longer = {.ca = true, .to_s = 1000L * 24 * 3600};
    CIHSM_AUTO(x509_cleanup)
    X509 *renewed =
        fixture_certificate("Lower", pki->lower_key, pki->upper, pki->upper_key, &longer);
    X509 *const first[] = {renewed, pki->lower, pki->leaf, pki->upper};
    X509 *const second[] = {pki->lower, renewed, pki->leaf, pki->upper};
    X509 *const wanted[] = {renewed, pki->upper};
    CIHSM_AUTO(identity_chain_free) identity_chain *one = build(first, 4, NULL);
    CIHSM_AUTO(identity_chain_free) identity_chain *two = build(second, 4, NULL);
    assert_path(one, pki->leaf, wanted, 2);
    assert_path(two, pki->leaf, wanted, 2);
}

static void a_self_signed_leaf_has_no_issuer(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *alone = fixture_certificate("alone", pki->leaf_key, NULL, NULL, &wish);
    X509 *const pool[] = {alone, pki->root};
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = build(pool, 2, NULL);
    assert_path(chain, alone, NULL, 0);
    assert_null(chain->root);
}

static void several_leaves_are_listed(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *other = fixture_certificate("other", pki->foreign_key, pki->lower, pki->lower_key, &wish);
    X509 *const two[] = {pki->leaf, other, pki->lower};
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *pool = fixture_list(two, 3);
    identity_chain *chain = NULL;
    cihsm_error err = {0};
    assert_int_equal(identity_chain_build(pool, NULL, &chain, &err), CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "several leaf certificates (CN=leaf; CN=other)");
}

static void a_pool_without_a_leaf_is_refused(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const pools[][2] = {{NULL}, {pki->root}, {pki->lower, pki->upper}};
    for (size_t i = 0; i < COUNT(pools); i++) {
        CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *pool = fixture_list(pools[i], 2);
        identity_chain *chain = NULL;
        cihsm_error err = {0};
        assert_int_equal(identity_chain_build(pool, NULL, &chain, &err), CIHSM_E_CONFIG);
        assert_error(&err, CIHSM_E_CONFIG, "no leaf certificate");
    }
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish ca = {.ca = true};
    X509 *line[IDENTITY_CHAIN_MAX + 3] = {pki->root};
    EVP_PKEY *keys[IDENTITY_CHAIN_MAX + 3] = {pki->root_key};
    for (size_t i = 1; i < COUNT(line); i++) {
        char name[32];
        snprintf(name, sizeof name, "CA %zu", i);
        keys[i] = fixture_key();
        line[i] = fixture_certificate(name, keys[i], line[i - 1], keys[i - 1], &ca);
    }
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *pool = fixture_list(line, COUNT(line));
    identity_chain *chain = NULL;
    cihsm_error err = {0};
    assert_int_equal(identity_chain_build(pool, line[COUNT(line) - 1], &chain, &err),
                     CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "more than 10 intermediate");
    assert_int_equal(identity_chain_build(pool, line[COUNT(line) - 2], &chain, &err), CIHSM_OK);
    assert_int_equal(sk_X509_num(chain->intermediates), IDENTITY_CHAIN_MAX);
    identity_chain_free(&chain);
    for (size_t i = 1; i < COUNT(line); i++) {
        X509_free(line[i]);
        EVP_PKEY_free(keys[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_a_pool_gives_the_same_path),
        cmocka_unit_test(duplicates_and_foreign_certificates_do_not_matter),
        cmocka_unit_test(a_given_leaf_need_not_be_in_the_pool),
        cmocka_unit_test(a_given_leaf_wins_over_other_leaves_of_the_pool),
        cmocka_unit_test(the_path_ends_where_an_intermediate_is_missing),
        cmocka_unit_test(an_issuer_in_name_only_is_not_taken),
        cmocka_unit_test(a_signature_that_does_not_verify_is_no_link),
        cmocka_unit_test(cross_signed_pairs_do_not_loop),
        cmocka_unit_test(of_two_equal_issuers_the_longer_valid_one_is_taken),
        cmocka_unit_test(a_self_signed_leaf_has_no_issuer),
        cmocka_unit_test(several_leaves_are_listed),
        cmocka_unit_test(a_pool_without_a_leaf_is_refused),
        cmocka_unit_test(a_path_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
