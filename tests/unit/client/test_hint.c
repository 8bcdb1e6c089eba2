/* SPDX-License-Identifier: Apache-2.0 */
#include "client/hint.h"

#include <string.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "unit/auth/cmocka_all.h"
#include "unit/identity/fixture.h"

/* What the handshake with a token host showed, and the words about it; NULL: none. */
static const struct {
    tls_watch watch;
    const char *says;
} TOKEN_HOSTS[] = {
    {{.is_new = true}, "did not ask for a client certificate"},
    {{.is_new = true, .asked_for_certificate = true}, NULL},
    {{.is_new = true,
      .asked_for_certificate = true,
      .ca_name_count = 1,
      .issuer_is_listed = true,
      .ca_names = "CN=root"},
     NULL},
    {{.is_new = true, .asked_for_certificate = true, .ca_name_count = 1, .ca_names = "CN=Other"},
     "ends at issuer CN=Root, which is none of the CAs that this host accepts (CN=Other)"},
};

static void a_token_host_that_drops_the_certificate_is_told_by_its_handshake(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const certificates[] = {pki->leaf, pki->lower, pki->upper};
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *pool = fixture_list(certificates, 3);
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    assert_int_equal(identity_chain_build(pool, NULL, &chain, NULL), CIHSM_OK);
    for (size_t i = 0; i < sizeof TOKEN_HOSTS / sizeof *TOKEN_HOSTS; i++) {
        CIHSM_AUTO(text_free) char *hint = NULL;
        assert_int_equal(hint_token_host(chain, &TOKEN_HOSTS[i].watch, &hint, NULL), CIHSM_OK);
        if (TOKEN_HOSTS[i].says == NULL) {
            assert_null(hint);
        } else {
            assert_non_null(hint);
            assert_non_null(strstr(hint, TOKEN_HOSTS[i].says));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_host_that_drops_the_certificate_is_told_by_its_handshake),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
