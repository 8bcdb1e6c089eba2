/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that are handed over while they arrive, through a patient transport whose clock stands
 * still.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../http/still_clock.h"
#include "base/buffer.h"
#include "base/error.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "fake_transport.h"
#include "odata/download.h"

#define PATH "Flows('A')/$value"
#define TEXT "text/plain"
#define ALL ((size_t)1 << 20)

/* What the sink got. */
typedef struct taken {
    buffer bytes;
    unsigned begun;
    char name[256];
    char content_type[64];
    bool refuses_begin;
    size_t refuses_behind; /* bytes; 0: never */
} taken;

typedef struct scene {
    fake_transport fake;
    still_clock clock;
    http_patience patience;
    odata_service service;
    taken taken;
    cihsm_sink sink;
    cihsm_error err;
} scene;

static cihsm_status begin(void *user, const cihsm_media *media, cihsm_error *err)
{
    taken *of = user;
    of->begun++;
    buffer_clear(&of->bytes);
    snprintf(of->name, sizeof of->name, "%s", media->name);
    snprintf(of->content_type, sizeof of->content_type, "%s",
             media->content_type == NULL ? "" : media->content_type);
    return of->refuses_begin ? cihsm_fail_plain(err, CIHSM_E_IO, "no room") : CIHSM_OK;
}

static cihsm_status write(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    taken *of = user;
    assert_int_not_equal(of->begun, 0);
    assert_int_not_equal(len, 0);
    CIHSM_TRY(buffer_append(&of->bytes, bytes, len, err));
    const bool is_full = of->refuses_behind > 0 && of->bytes.len >= of->refuses_behind;
    return is_full ? cihsm_fail_plain(err, CIHSM_E_IO, "disk full") : CIHSM_OK;
}

static int open_scene(void **state)
{
    scene *of = calloc(1, sizeof *of);
    of->taken.bytes = buffer_new(ALL);
    of->sink =
        (cihsm_sink){.begin = begin, .write = write, .user = &of->taken, .is_restartable = true};
    http_patience_init(&of->patience, &(http_patience_config){
                                          .below = fake_transport_table(&of->fake),
                                          .clock = still_clock_table(&of->clock),
                                          .retry_time_ms = 60000,
                                          .seed = 1,
                                      });
    of->service = (odata_service){.transport = http_patience_transport(&of->patience),
                                  .root = "https://host/api/v1/"};
    *state = of;
    return 0;
}

static int close_scene(void **state)
{
    scene *of = *state;
    assert_int_equal(fake_transport_in_flight(&of->fake), 0);
    http_patience_free(&of->patience);
    buffer_free(&of->taken.bytes);
    free(of);
    return 0;
}

static cihsm_status download(scene *of, const fake_answer *answers)
{
    of->fake.answers = answers;
    return odata_download(&of->service, &of->patience, PATH, NULL, &of->sink, &of->err);
}

static void hands_over_all_bytes_in_pieces_of_any_size(void **state)
{
    scene *of = *state;
    static const fake_answer ANSWERS[] = {{NULL, 200, TEXT, "0123456789abcdef"}, {0}};
    static const size_t CHUNKS[] = {0, 1, 5};
    for (size_t i = 0; i < sizeof CHUNKS / sizeof *CHUNKS; i++) {
        of->fake.chunk = CHUNKS[i];
        assert_int_equal(download(of, ANSWERS), CIHSM_OK);
        assert_string_equal(buffer_text(&of->taken.bytes), "0123456789abcdef");
        assert_int_equal(of->taken.begun, i + 1);
    }
    assert_string_equal(of->fake.url, "https://host/api/v1/Flows('A')/$value");
    assert_string_equal(of->fake.accept, "*/*");
    assert_string_equal(of->taken.name, "A.txt");
    assert_string_equal(of->taken.content_type, TEXT);
}

static void begins_a_value_without_bytes(void **state)
{
    scene *of = *state;
    static const fake_answer ANSWERS[] = {{NULL, 200, NULL, ""}, {0}};
    of->fake.disposition = "attachment; filename=empty.txt";
    assert_int_equal(download(of, ANSWERS), CIHSM_OK);
    assert_int_equal(of->taken.begun, 1);
    assert_string_equal(of->taken.name, "empty.txt");
    assert_int_equal(of->taken.bytes.len, 0);
}

static void nothing_begins_for_what_is_no_value(void **state)
{
    scene *of = *state;
    static const struct {
        fake_answer answers[2];
        cihsm_status status;
        unsigned long native;
        const char *words;
    } ROWS[] = {
        {{{NULL, 204, NULL, ""}, {0}}, CIHSM_E_PROTOCOL, 204, "no content"},
        {{{NULL, 200, "text/html", "x"}, {0}}, CIHSM_E_PROTOCOL, 200, "HTML page"},
        {{{NULL, 200, NULL, "<!DOCTYPE html>x"}, {0}}, CIHSM_E_PROTOCOL, 200, "HTML page"},
        {{{NULL, 302, "text/html", "x"}, {0}}, CIHSM_E_PROTOCOL, 302, "302"},
        {{{NULL, 404, "application/json",
           "{\"error\":{\"code\":\"x\",\"message\":{\"value\":\"Gone away.\"}}}"},
          {0}},
         CIHSM_E_NOT_FOUND,
         404,
         "Gone away"},
        {{{NULL, 403, NULL, ""}, {0}}, CIHSM_E_REFUSED, 403, "403"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        of->err = (cihsm_error){0};
        of->fake.chunk = 3;
        assert_int_equal(download(of, ROWS[i].answers), ROWS[i].status);
        assert_int_equal(of->err.origin, CIHSM_FROM_HTTP);
        assert_int_equal(of->err.native, ROWS[i].native);
        assert_non_null(strstr(of->err.message, ROWS[i].words));
        assert_int_equal(of->taken.begun, 0);
        assert_int_equal(fake_transport_in_flight(&of->fake), 0);
    }
}

static void a_page_that_is_expected_is_a_value(void **state)
{
    scene *of = *state;
    static const fake_answer ANSWERS[] = {{NULL, 200, "text/html", "<html>"}, {0}};
    of->sink.is_page_expected = true;
    assert_int_equal(download(of, ANSWERS), CIHSM_OK);
    assert_string_equal(buffer_text(&of->taken.bytes), "<html>");
}

static void begins_anew_what_broke_off(void **state)
{
    scene *of = *state;
    static const fake_answer ANSWERS[] = {{NULL, 200, TEXT, "0123456789"}, {0}};
    of->fake.chunk = 2;
    of->fake.cut = 6;
    of->fake.cuts_left = 2;
    assert_int_equal(download(of, ANSWERS), CIHSM_OK);
    assert_string_equal(buffer_text(&of->taken.bytes), "0123456789");
    assert_int_equal(of->taken.begun, 3);
    assert_int_equal(of->fake.requests, 3);
    assert_int_equal(of->clock.sleeps, 2);
}

static void gives_up_after_the_tries_of_the_policy(void **state)
{
    scene *of = *state;
    static const fake_answer ANSWERS[] = {{NULL, 200, TEXT, "0123456789"}, {0}};
    of->fake.cut = 6;
    of->fake.chunk = 2;
    assert_int_equal(download(of, ANSWERS), CIHSM_E_NETWORK);
    assert_int_equal(of->fake.requests, HTTP_RETRY_ATTEMPTS);
    assert_non_null(strstr(of->err.message, "given up after 5 attempts"));
}

static void what_was_written_for_good_is_not_begun_anew(void **state)
{
    scene *of = *state;
    static const fake_answer ANSWERS[] = {{NULL, 200, TEXT, "0123456789"}, {0}};
    of->sink.is_restartable = false;
    of->fake.chunk = 2;
    of->fake.cut = 6;
    assert_int_equal(download(of, ANSWERS), CIHSM_E_NETWORK);
    assert_int_equal(of->fake.requests, 1);
    assert_string_equal(buffer_text(&of->taken.bytes), "0123");
}

static void what_nothing_was_written_of_is_begun_anew_anywhere(void **state)
{
    scene *of = *state;
    static const fake_answer ANSWERS[] = {{NULL, 200, TEXT, "0123456789"}, {0}};
    of->sink.is_restartable = false;
    of->fake.chunk = 2;
    of->fake.cut = 2; /* with the first bytes, which are not handed over */
    of->fake.cuts_left = 1;
    assert_int_equal(download(of, ANSWERS), CIHSM_OK);
    assert_int_equal(of->fake.requests, 2);
    assert_string_equal(buffer_text(&of->taken.bytes), "0123456789");
}

static void a_sink_that_fails_ends_the_transfer(void **state)
{
    scene *of = *state;
    static const fake_answer ANSWERS[] = {{NULL, 200, TEXT, "0123456789"}, {0}};
    of->fake.chunk = 2;
    of->taken.refuses_behind = 4;
    assert_int_equal(download(of, ANSWERS), CIHSM_E_IO);
    assert_string_equal(of->err.message, "disk full");
    of->err = (cihsm_error){0};
    of->taken.refuses_begin = true;
    assert_int_equal(download(of, ANSWERS), CIHSM_E_IO);
    assert_string_equal(of->err.message, "no room");
    assert_int_equal(of->fake.requests, 2);
    assert_int_equal(of->fake.cancelled, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hands_over_all_bytes_in_pieces_of_any_size, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(begins_a_value_without_bytes, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(nothing_begins_for_what_is_no_value, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(a_page_that_is_expected_is_a_value, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(begins_anew_what_broke_off, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(gives_up_after_the_tries_of_the_policy, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(what_was_written_for_good_is_not_begun_anew, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(what_nothing_was_written_of_is_begun_anew_anywhere,
                                        open_scene, close_scene),
        cmocka_unit_test_setup_teardown(a_sink_that_fails_ends_the_transfer, open_scene,
                                        close_scene),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
