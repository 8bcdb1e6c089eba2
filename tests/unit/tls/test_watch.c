/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tls/watch.h"

static void a_request_is_aborted_only_if_asked_and_nothing_was_signed(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 16; bits++) {
        const tls_watch watch = {.is_new = (bits & 1) != 0,
                                 .has_identity = (bits & 2) != 0,
                                 .asked_for_certificate = (bits & 4) != 0,
                                 .proved_possession = (bits & 8) != 0};
        assert_int_equal(tls_watch_must_abort(&watch), bits == 7);
    }
}

static void a_reset_forgets_all_but_the_newest_connection(void **state)
{
    (void)state;
    const int connection = 0;
    tls_watch watch = {.is_new = true,
                       .asked_for_certificate = true,
                       .alert_received = 40,
                       .ca_name_count = 2,
                       .ca_names = "A, B",
                       .newest = &connection};
    tls_watch_reset(&watch);
    assert_false(watch.is_new);
    assert_false(watch.asked_for_certificate);
    assert_int_equal(watch.alert_received, 0);
    assert_int_equal(watch.ca_name_count, 0);
    assert_string_equal(watch.ca_names, "");
    assert_ptr_equal(watch.newest, &connection);
}

static void every_case_has_its_sentence(void **state)
{
    (void)state;
    static const struct {
        tls_watch watch;
        const char *says;
    } CASES[] = {
        {{.is_new = false}, "open already"},
        {{.is_new = true, .resumed = true}, "was resumed"},
        {{.is_new = true}, "did not ask"},
        {{.is_new = true, .asked_for_certificate = true}, "of any issuer; none is configured"},
        {{.is_new = true,
          .asked_for_certificate = true,
          .has_identity = true,
          .ca_name_count = 3,
          .issuer_is_listed = true,
          .sent_certificate = true,
          .proved_possession = true},
         "lists its issuer; it was sent and the key signed"},
        {{.is_new = true,
          .asked_for_certificate = true,
          .has_identity = true,
          .ca_name_count = 2,
          .ca_names = "Root A, Root B"},
         "of another issuer (Root A, Root B); none was sent"},
        {{.is_new = true,
          .asked_for_certificate = true,
          .has_identity = true,
          .no_shared_signature_algorithm = true},
         "no signature algorithm of this key"},
        {{.is_new = true, .asked_for_certificate = true, .has_identity = true, .withheld = true},
         "was withheld"},
        {{.is_new = true,
          .asked_for_certificate = true,
          .has_identity = true,
          .sent_certificate = true},
         "sent but nothing was signed"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char text[512];
        tls_watch_explain(&CASES[i].watch, text, sizeof text);
        if (strstr(text, CASES[i].says) == NULL) {
            fail_msg("case %zu says: %s", i, text);
        }
    }
}

static void a_sentence_is_cut_to_the_room_there_is(void **state)
{
    (void)state;
    const tls_watch watch = {.is_new = true};
    char text[8];
    tls_watch_explain(&watch, text, sizeof text);
    assert_string_equal(text, "the ser");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_aborted_only_if_asked_and_nothing_was_signed),
        cmocka_unit_test(a_reset_forgets_all_but_the_newest_connection),
        cmocka_unit_test(every_case_has_its_sentence),
        cmocka_unit_test(a_sentence_is_cut_to_the_room_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
