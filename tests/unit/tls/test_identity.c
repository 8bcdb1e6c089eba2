/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "base/foreign.h"
#include "tls/identity.h"
#include "unit/tls/pki.h"

static int setup(void **state)
{
    *state = pki_new();
    return 0;
}

static int teardown(void **state)
{
    pki *of = *state;
    pki_free(&of);
    return 0;
}

static void an_identity_keeps_what_the_caller_frees(void **state)
{
    const pki *of = *state;
    EVP_PKEY *key = pki_key("P-256");
    X509 *leaf = pki_leaf(of, "client", key);
    STACK_OF(X509) *chain = pki_chain(of);
    CIHSM_AUTO(tls_identity_free) tls_identity *identity = NULL;
    assert_int_equal(tls_identity_new(leaf, chain, key, &identity, NULL), CIHSM_OK);
    EVP_PKEY_free(key);
    X509_free(leaf);
    sk_X509_pop_free(chain, X509_free);

    assert_int_equal(
        X509_check_private_key(tls_identity_leaf(identity), tls_identity_key(identity)), 1);
    assert_int_equal(sk_X509_num(tls_identity_intermediates(identity)), 1);
}

static void an_identity_needs_no_intermediates(void **state)
{
    const pki *of = *state;
    CIHSM_AUTO(tls_identity_free) tls_identity *identity = NULL;
    assert_int_equal(tls_identity_new(of->server, NULL, of->server_key, &identity, NULL), CIHSM_OK);
    assert_null(tls_identity_intermediates(identity));
}

static void a_key_of_another_certificate_is_refused(void **state)
{
    const pki *of = *state;
    tls_identity *identity = NULL;
    cihsm_error err = {0};
    assert_int_equal(tls_identity_new(of->server, NULL, of->root_key, &identity, &err),
                     CIHSM_E_CONFIG);
    assert_null(identity);
    assert_non_null(strstr(err.message, "certificate"));
    assert_int_equal(ERR_peek_error(), 0);
}

static void free_takes_null(void **state)
{
    (void)state;
    tls_identity *none = NULL;
    tls_identity_free(&none);
    tls_identity_free(NULL);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_identity_keeps_what_the_caller_frees),
        cmocka_unit_test(an_identity_needs_no_intermediates),
        cmocka_unit_test(a_key_of_another_certificate_is_refused),
        cmocka_unit_test(free_takes_null),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
