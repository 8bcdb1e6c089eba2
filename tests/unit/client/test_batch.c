/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cihsm/batch.h"

#define GET(to)                                     \
    {                                               \
        .request = {.method = "GET", .path = (to) } \
    }
#define POST(to, set)                                                    \
    {                                                                    \
        .request = {.method = "POST", .path = (to)}, .change_set = (set) \
    }

enum { MOST = 5 };

typedef struct rule_row {
    cihsm_operation operations[MOST];
    size_t count;
    size_t at;        /* which one is wrong */
    const char *says; /* NULL: allowed */
} rule_row;

/* Source: docs/sap-contract.md section 6.4. */
static const rule_row RULES[] = {
    {{POST("StringParameters", 1), POST("BinaryParameters", 1)}, 2, 0, NULL},
    {{POST("StringParameters", 1), POST("BinaryParameters", 2)}, 2, 1, "a batch has one"},
    {{POST("StringParameters", 0), POST("AuthorizedUsers", 0)}, 2, 1, "a batch has one"},
    {{POST("StringParameters", 1), GET("Partners"), POST("AlternativePartners", 2)},
     3,
     2,
     "a batch has one"},
    {{POST("StringParameters", 1), GET("StringParameters"), POST("NumberRanges", 2)}, 3, 0, NULL},
    {{POST("UserCredentialParameters", 1), POST("UserCredentialParameters", 2)}, 2, 0, NULL},
    {{POST("UserCredentialParameters", 0), POST("UserCredentialParameters", 0)}, 2, 0, NULL},
    {{POST("UserCredentialParameters", 1), POST("NumberRanges", 1)}, 2, 0, "alone"},
    {{POST("NumberRanges", 1), POST("CertificateUserMappings", 1)}, 2, 1, "alone"},
    {{POST("NumberRanges", 1), GET("Partners"), POST("NumberRanges", 1)}, 3, 2, "side by side"},
    {{POST("NumberRanges", 1), POST("NumberRanges", 2), POST("NumberRanges", 1)},
     3,
     2,
     "side by side"},
    {{{.request = {.method = "GET", .path = "Partners"}, .change_set = 1}}, 1, 0, "GET"},
    {{GET("Partners"), GET("https://tenant.invalid/api/v1/Partners")}, 2, 1, "is a URL"},
    {{GET("Partners"), POST("/$batch", 0)}, 2, 1, "cannot hold a batch"},
    {{GET("Partners"), {.request = {.method = "DELETE", .path = "Partners"}}}, 2, 1, "whole set"},
    {{{{0}, 0}}, 0, 0, "at least one"},
};

static void judges_what_goes_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        const rule_row *row = &RULES[i];
        size_t at = 0;
        cihsm_error err = {0};
        const cihsm_status status = cihsm_batch_check(row->operations, row->count, &at, &err);
        if (row->says == NULL) {
            assert_int_equal(status, CIHSM_OK);
            continue;
        }
        assert_int_equal(status, CIHSM_E_USAGE);
        assert_int_equal(at, row->at);
        if (strstr(err.message, row->says) == NULL) {
            fail_msg("%s: %s", row->says, err.message);
        }
        assert_int_equal(cihsm_batch_check(row->operations, row->count, NULL, NULL), status);
    }
}

static void what_fits_is_allowed(void **state)
{
    (void)state;
    static const struct {
        cihsm_operation operations[MOST];
        size_t count;
        size_t most;
        size_t fit;
    } ROWS[] = {
        {{GET("A"), GET("B"), GET("C")}, 3, 100, 3},
        {{GET("A"), GET("B"), GET("C")}, 3, 2, 2},
        {{GET("A"), POST("B", 1), POST("C", 1)}, 3, 2, 1}, /* a change set is never cut */
        {{POST("A", 1), POST("B", 1), POST("C", 1), GET("D")}, 4, 2, 3},
        {{POST("A", 0), POST("B", 0), POST("C", 0)}, 3, 2, 2},
        {{POST("StringParameters", 0), GET("A"), POST("StringParameters", 0)}, 3, 100, 2},
        {{POST("StringParameters", 1), POST("StringParameters", 1), GET("A")}, 3, 100, 3},
        {{{{0}, 0}}, 0, 100, 0},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const size_t fit = cihsm_batch_fit(ROWS[i].operations, ROWS[i].count, ROWS[i].most);
        assert_int_equal(fit, ROWS[i].fit);
        if (fit > 0) {
            assert_int_equal(cihsm_batch_check(ROWS[i].operations, fit, NULL, NULL), CIHSM_OK);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_what_goes_together),
        cmocka_unit_test(what_fits_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
