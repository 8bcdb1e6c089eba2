/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists that are read while they arrive, from odata_result_stream.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "fake_transport.h"
#include "odata/service.h"

#define ROOT "https://host/api/v1/"
#define JSON "application/json"

static const size_t CHUNKS[] = {1, 7, 65536};

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static cihsm_status open_stream(fake_transport *fake, const cihsm_query *query,
                                const cihsm_stream_options *options, odata_result **out,
                                cihsm_error *err)
{
    const odata_service service = {.transport = fake_transport_table(fake), .root = ROOT};
    return odata_result_stream(&service, "Logs", query, options, out, err);
}

/* Reads all pages; the entries one behind the other in *found. */
static cihsm_status read_all(odata_result *result, buffer *found, cihsm_error *err)
{
    for (;;) {
        const cihsm_value *entry = NULL;
        cihsm_status status = odata_result_entry(result, &entry, err);
        if (status == CIHSM_OK && entry == NULL) {
            if (!odata_result_has_more(result)) {
                return CIHSM_OK;
            }
            status = odata_result_next(result, err);
        }
        if (status != CIHSM_OK) {
            return status;
        }
        if (entry != NULL) {
            assert_int_equal(cihsm_value_write(entry, 0, append, found, NULL), CIHSM_OK);
        }
    }
}

static cihsm_status stream_all(fake_transport *fake, const cihsm_query *query,
                               const cihsm_stream_options *options, buffer *found, cihsm_error *err)
{
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    const cihsm_status status = open_stream(fake, query, options, &result, err);
    return status == CIHSM_OK ? read_all(result, found, err) : status;
}

static const fake_answer PAGES[] = {
    {ROOT "Logs", 200, JSON,
     "{\"d\":{\"__count\":\"3\",\"results\":[{\"__metadata\":{},\"At\":\"/Date(0)/\"} "
     ",\n{\"N\":1}],"
     "\"__next\":\"https:\\/\\/host:443/api/v1/Logs?$skiptoken=2\"}}"},
    {ROOT "Logs?$skiptoken=2", 200, JSON "; charset=utf-8", "{\"d\":[{\"N\":2},{\"N\":\"]}\"}]}"},
    {0},
};

static void gives_the_entries_of_all_pages_however_they_arrive(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CHUNKS / sizeof *CHUNKS; i++) {
        fake_transport fake = {.answers = PAGES, .chunk = CHUNKS[i]};
        CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
        CIHSM_AUTO(buffer_free) buffer found = buffer_new(4096);
        assert_int_equal(open_stream(&fake, NULL, NULL, &result, NULL), CIHSM_OK);
        assert_int_equal(odata_result_what(result), CIHSM_RESULT_COLLECTION);
        assert_null(odata_result_value(result));
        assert_int_equal(read_all(result, &found, NULL), CIHSM_OK);
        assert_string_equal(buffer_text(&found),
                            "{\"At\":\"1970-01-01T00:00:00Z\"}{\"N\":1}{\"N\":2}{\"N\":\"]}\"}");
        assert_int_equal(fake.requests, 2);
        assert_int_equal(fake_transport_in_flight(&fake), 0);
    }
}

static void knows_count_and_link_at_the_end_of_the_page(void **state)
{
    (void)state;
    fake_transport fake = {.answers = PAGES, .chunk = 7};
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    const cihsm_value *entry = NULL;
    assert_int_equal(open_stream(&fake, NULL, NULL, &result, NULL), CIHSM_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(odata_result_entry(result, &entry, NULL), CIHSM_OK);
        assert_non_null(entry);
        assert_false(odata_result_has_more(result));
        assert_int_equal(odata_result_next(result, NULL), CIHSM_E_STATE);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(odata_result_entry(result, &entry, NULL), CIHSM_OK);
        assert_null(entry);
    }
    assert_string_equal(odata_result_count(result), "3");
    assert_true(odata_result_has_more(result));
}

typedef struct whole_row {
    const char *type;
    const char *body;
    long status;
    cihsm_result_kind kind;
    const char *entries;
} whole_row;

static const whole_row WHOLE[] = {
    {JSON, "{\"d\":{\"A\":1}}", 200, CIHSM_RESULT_ENTITY, ""},
    {JSON, "{\"result\":\"ERROR\"}", 200, CIHSM_RESULT_ENTITY, ""},
    {JSON, "{\"d\":{\"EntitySets\":[\"A\",\"B\"]}}", 200, CIHSM_RESULT_COLLECTION,
     "{\"name\":\"A\"}{\"name\":\"B\"}"},
    {JSON, "{\"\\u0064\":{\"results\":[{\"A\":1}]}}", 200, CIHSM_RESULT_COLLECTION, "{\"A\":1}"},
    {NULL, "{\"d\":{\"results\":[{\"A\":1}]}}", 200, CIHSM_RESULT_COLLECTION, "{\"A\":1}"},
    {JSON, "[1,2]", 200, CIHSM_RESULT_BYTES, ""},
    {"text/plain", "17", 200, CIHSM_RESULT_BYTES, ""},
};

static void reads_what_is_no_list_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof WHOLE / sizeof *WHOLE * 3; i++) {
        const whole_row *row = &WHOLE[i / 3];
        const fake_answer answers[] = {{NULL, row->status, row->type, row->body}, {0}};
        fake_transport fake = {.answers = answers, .chunk = CHUNKS[i % 3]};
        CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
        CIHSM_AUTO(buffer_free) buffer found = buffer_new(4096);
        size_t len = 0;
        assert_int_equal(open_stream(&fake, NULL, NULL, &result, NULL), CIHSM_OK);
        assert_int_equal(odata_result_what(result), row->kind);
        assert_string_equal(odata_result_bytes(result, &len), row->body);
        assert_int_equal(read_all(result, &found, NULL), CIHSM_OK);
        assert_string_equal(buffer_text(&found), row->entries);
    }
}

typedef struct broken_row {
    fake_answer answer;
    cihsm_status status;
    const char *says;
    const char *entries; /* that came before */
} broken_row;

#define LIST_OF(text)                                          \
    {                                                          \
        NULL, 200, JSON, "{\"d\":{\"results\":[{\"A\":1}" text \
    }

static const broken_row BROKEN[] = {
    {LIST_OF(""), CIHSM_E_PROTOCOL, "broken behind entry 1: the answer ends there", "{\"A\":1}"},
    {LIST_OF(",{\"A\":"), CIHSM_E_PROTOCOL, "broken behind entry 1", "{\"A\":1}"},
    {LIST_OF(",]}}"), CIHSM_E_PROTOCOL, "a comma", "{\"A\":1}"},
    {LIST_OF("]}"), CIHSM_E_PROTOCOL, "is broken: not JSON", "{\"A\":1}"},
    {LIST_OF("]}} more"), CIHSM_E_PROTOCOL, "is broken: text after", "{\"A\":1}"},
    {LIST_OF("],\"results\":[]}}"), CIHSM_E_PROTOCOL, "a second list", "{\"A\":1}"},
    {LIST_OF("],\"__next\":\"a\",\"__next\":\"b\"}}"), CIHSM_E_PROTOCOL, "is repeated",
     "{\"A\":1}"},
    {LIST_OF("],\"__next\":5}}"), CIHSM_E_PROTOCOL, "\"__next\"", "{\"A\":1}"},
    {LIST_OF("],\"__next\":\"Logs\"}}"), CIHSM_E_PROTOCOL, "repeats", "{\"A\":1}"},
    {LIST_OF("],\"__next\":\"https://other/\"}}"), CIHSM_E_PROTOCOL, "leads out", "{\"A\":1}"},
    {LIST_OF("],\"__next\":\"http://host/api/v1/Logs?t=1\"}}"), CIHSM_E_PROTOCOL, "https",
     "{\"A\":1}"},
    {LIST_OF(",{\"A\":1,\"A\":2}]}}"), CIHSM_E_PROTOCOL,
     "entry 2 of the tenant's answer (13 bytes) is broken: JSON name \"A\" is repeated",
     "{\"A\":1}"},
    {LIST_OF(",\"\xc3\x28\"]}}"), CIHSM_E_PROTOCOL, "not UTF-8", "{\"A\":1}"},
    {LIST_OF(",\"\\u0000\"]}}"), CIHSM_E_PROTOCOL, "NUL", "{\"A\":1}"},
    {LIST_OF(",nul]}}"), CIHSM_E_PROTOCOL, "entry 2", "{\"A\":1}"},
    {{NULL, 200, JSON, ""}, CIHSM_E_PROTOCOL, "is broken", ""},
    {{NULL, 200, JSON, "<html><title>Login</title>"}, CIHSM_E_PROTOCOL, "perhaps a login page", ""},
    {{NULL, 200, "text/html", "<html>"}, CIHSM_E_PROTOCOL, "perhaps a login page", ""},
    {{NULL, 204, NULL, ""}, CIHSM_E_PROTOCOL, "204 from tenant: no content (Logs)", ""},
    {{NULL, 503, NULL, ""}, CIHSM_E_SERVER, "503 from tenant", ""},
    {{NULL, 404, JSON, "{\"d\":{\"results\":[1]}}"}, CIHSM_E_NOT_FOUND, "404 from tenant", ""},
    {{NULL, 0, NULL, ""}, CIHSM_E_NETWORK, "connection lost", ""},
};

static void ends_with_the_cause_where_an_answer_is_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN * 3; i++) {
        const broken_row *row = &BROKEN[i / 3];
        const fake_answer answers[] = {row->answer, {0}};
        fake_transport fake = {.answers = answers, .chunk = CHUNKS[i % 3]};
        CIHSM_AUTO(buffer_free) buffer found = buffer_new(4096);
        cihsm_error err = {0};
        assert_int_equal(stream_all(&fake, NULL, NULL, &found, &err), row->status);
        if (strstr(err.message, row->says) == NULL) {
            fail_msg("%s: %s", row->answer.body, err.message);
        }
        assert_string_equal(buffer_text(&found), row->entries);
        assert_int_equal(fake_transport_in_flight(&fake), 0);
    }
}

static void refuses_too_many_levels_while_they_arrive(void **state)
{
    (void)state;
    char body[10100] = "{\"d\":{\"results\":[{\"A\":1},";
    memset(body + strlen(body), '[', 10000);
    const fake_answer answers[] = {{NULL, 200, JSON, body}, {0}};
    fake_transport fake = {.answers = answers, .chunk = 100};
    CIHSM_AUTO(buffer_free) buffer found = buffer_new(4096);
    cihsm_error err = {0};
    assert_int_equal(stream_all(&fake, NULL, NULL, &found, &err), CIHSM_E_PROTOCOL);
    assert_non_null(strstr(err.message, "more than 64 levels"));
    assert_string_equal(buffer_text(&found), "{\"A\":1}");
    assert_int_equal(fake.cancelled, 1); /* the rest was not waited for */
}

static void a_connection_that_ends_inside_a_page_is_never_a_success(void **state)
{
    (void)state;
    const size_t len = strlen(PAGES[1].body);
    static const fake_answer ANSWERS[] = {
        {ROOT "Logs", 200, JSON, "{\"d\":[{\"N\":2},{\"N\":\"]}\"}]}"}, {0}};
    for (size_t i = 0; i < 3 * (len - 1); i++) {
        fake_transport fake = {.answers = ANSWERS, .chunk = CHUNKS[i % 3], .cut = 1 + i / 3};
        CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
        CIHSM_AUTO(buffer_free) buffer found = buffer_new(4096);
        cihsm_error err = {0};
        cihsm_status status = open_stream(&fake, NULL, NULL, &result, &err);
        if (status == CIHSM_OK) {
            const cihsm_value *entry = NULL;
            status = read_all(result, &found, &err);
            assert_int_equal(odata_result_entry(result, &entry, NULL), CIHSM_E_STATE);
            assert_false(odata_result_has_more(result));
        }
        assert_int_equal(status, CIHSM_E_NETWORK);
        assert_string_equal(err.message, "connection lost");
        assert_memory_equal("{\"N\":2}{\"N\":\"]}\"}", buffer_text(&found), found.len);
    }
}

static void bounds_what_it_keeps_and_not_the_page(void **state)
{
    (void)state;
    CIHSM_AUTO(buffer_free) buffer body = buffer_new(1 << 20);
    assert_int_equal(buffer_append_text(&body, "{\"d\":[1", NULL), CIHSM_OK);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(buffer_append_text(&body, ",\"0123456789\"", NULL), CIHSM_OK);
    }
    assert_int_equal(buffer_append_text(&body, "]}", NULL), CIHSM_OK);
    const fake_answer answers[] = {{NULL, 200, JSON, body.data}, {0}};
    const size_t max[] = {64, 20};
    for (size_t i = 0; i < 2; i++) {
        fake_transport fake = {.answers = answers, .chunk = 10};
        const odata_service service = {
            .transport = fake_transport_table(&fake), .root = ROOT, .response_max_bytes = max[i]};
        CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
        CIHSM_AUTO(buffer_free) buffer found = buffer_new(1 << 20);
        assert_int_equal(odata_result_stream(&service, "Logs", NULL, NULL, &result, NULL),
                         CIHSM_OK);
        assert_int_equal(read_all(result, &found, NULL), i == 0 ? CIHSM_OK : CIHSM_E_LIMIT);
    }
}

static void can_be_stopped_at_any_entry(void **state)
{
    (void)state;
    for (int entries = 0; entries < 3; entries++) {
        fake_transport fake = {.answers = PAGES, .chunk = 1};
        odata_result *result = NULL;
        assert_int_equal(open_stream(&fake, NULL, NULL, &result, NULL), CIHSM_OK);
        for (int i = 0; i < entries; i++) {
            const cihsm_value *entry = NULL;
            assert_int_equal(odata_result_entry(result, &entry, NULL), CIHSM_OK);
        }
        odata_result_free(&result);
        assert_int_equal(fake.cancelled, 1);
        assert_int_equal(fake_transport_in_flight(&fake), 0);
    }
}

static void a_limit_ends_endless_pages_and_the_transfer(void **state)
{
    (void)state;
    static const fake_answer ENDLESS[] = {
        {ROOT "Logs", 200, JSON, "{\"d\":{\"results\":[1,2],\"__next\":\"Logs?t=1\"}}"},
        {ROOT "Logs?t=1", 200, JSON, "{\"d\":{\"results\":[3,4,5],\"__next\":\"Logs?t=2\"}}"},
        {ROOT "Logs?t=2", 200, JSON, "{\"d\":{\"results\":[6],\"__next\":\"Logs?t=3\"}}"},
        {0},
    };
    static const struct {
        int64_t limit;
        const char *found;
        unsigned requests;
        unsigned cancelled;
    } ROWS[] = {{1, "1", 1, 1}, {2, "12", 1, 1}, {3, "123", 2, 1}, {6, "123456", 3, 1}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        fake_transport fake = {.answers = ENDLESS, .chunk = 1};
        const cihsm_stream_options options = {.limit = ROWS[i].limit};
        CIHSM_AUTO(buffer_free) buffer found = buffer_new(4096);
        assert_int_equal(stream_all(&fake, NULL, &options, &found, NULL), CIHSM_OK);
        assert_string_equal(buffer_text(&found), ROWS[i].found);
        assert_int_equal(fake.requests, ROWS[i].requests);
        assert_int_equal(fake.cancelled, ROWS[i].cancelled);
    }
}

/* For a set that does neither $top nor $select; the lower of the two limits counts. */
static void cuts_and_selects_what_the_server_does_not(void **state)
{
    (void)state;
    static const fake_answer ANSWERS[] = {
        {ROOT "Logs", 200, JSON,
         "{\"d\":{\"results\":[{\"A\":1,\"B\":1},{\"A\":2}],\"__next\":\"Logs?p=2\"}}"},
        {ROOT "Logs?p=2", 200, JSON, "{\"d\":{\"results\":[{\"B\":3,\"A\":3},{\"A\":4}]}}"},
        {0},
    };
    static const int64_t LIMITS[][3] = {
        {0, 3, 3}, {3, 9, 3}, {9, 3, 3}, {1, 0, 0}, {2, 4, 2},
    };
    static const char *const FOUND[] = {"", "{\"A\":1}", "{\"A\":1}{\"A\":2}",
                                        "{\"A\":1}{\"A\":2}{\"A\":3}"};
    for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++) {
        fake_transport fake = {.answers = ANSWERS, .chunk = 7};
        const cihsm_stream_options options = {.limit = LIMITS[i][0]};
        const odata_service service = {
            .transport = fake_transport_table(&fake),
            .root = ROOT,
            .narrow = {.select = "A", .has_top = true, .top = LIMITS[i][1]},
        };
        CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
        CIHSM_AUTO(buffer_free) buffer found = buffer_new(1000);
        assert_int_equal(odata_result_stream(&service, "Logs", NULL, &options, &result, NULL),
                         CIHSM_OK);
        assert_int_equal(read_all(result, &found, NULL), CIHSM_OK);
        assert_string_equal(buffer_text(&found), FOUND[LIMITS[i][2]]);
    }
}

static void a_limit_counts_entries_that_were_read_at_once(void **state)
{
    (void)state;
    static const fake_answer NAMES[] = {{NULL, 200, NULL, "{\"d\":[1,2,3]}"}, {0}};
    fake_transport fake = {.answers = NAMES};
    const cihsm_stream_options options = {.limit = 2};
    CIHSM_AUTO(buffer_free) buffer found = buffer_new(4096);
    assert_int_equal(stream_all(&fake, NULL, &options, &found, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&found), "12");
}

/* As read_all, by the call that follows the pages itself. */
static cihsm_status read_list(odata_result *result, buffer *found, cihsm_error *err)
{
    for (;;) {
        const cihsm_value *entry = NULL;
        const cihsm_status status = odata_result_next_entry(result, &entry, err);
        if (status != CIHSM_OK || entry == NULL) {
            assert_null(entry);
            return status;
        }
        assert_int_equal(cihsm_value_write(entry, 0, append, found, NULL), CIHSM_OK);
    }
}

static const fake_answer LIST[] = {
    {ROOT "Logs", 200, JSON, "{\"d\":{\"results\":[],\"__next\":\"Logs?t=1\"}}"},
    {ROOT "Logs?t=1", 200, JSON, "{\"d\":{\"results\":[1,2],\"__next\":\"Logs?t=2\"}}"},
    {ROOT "Logs?t=2", 200, JSON, "{\"d\":{\"results\":[],\"__next\":\"Logs?t=3\"}}"},
    {ROOT "Logs?t=3", 200, JSON, "{\"d\":{\"results\":[],\"__next\":\"Logs?t=4\"}}"},
    {ROOT "Logs?t=4", 200, JSON, "{\"d\":[3]}"},
    {0},
};

/* A page without entries may be followed by one with some, but not for ever. */
static void pages_without_entries_have_an_end(void **state)
{
    (void)state;
    enum { EMPTY = 1200 };
    static char bodies[EMPTY][64];
    static char urls[EMPTY][40];
    static fake_answer answers[EMPTY + 1];
    for (int i = 0; i < EMPTY; i++) {
        snprintf(urls[i], sizeof urls[i], i == 0 ? ROOT "Logs" : ROOT "Logs?t=%d", i);
        snprintf(bodies[i], sizeof bodies[i], "{\"d\":{\"results\":[%s],\"__next\":\"Logs?t=%d\"}}",
                 i == 5 ? "7" : "", i + 1);
        answers[i] = (fake_answer){urls[i], 200, JSON, bodies[i]};
    }
    fake_transport fake = {.answers = answers};
    CIHSM_AUTO(buffer_free) buffer found = buffer_new(4096);
    cihsm_error err = {0};
    assert_int_equal(stream_all(&fake, NULL, NULL, &found, &err), CIHSM_E_PROTOCOL);
    assert_non_null(strstr(err.message, "1000 pages of Logs without an entry"));
    assert_string_equal(buffer_text(&found), "7");
    assert_true(fake.requests > 1000 && fake.requests < 1100);
}

static void one_call_gives_the_entries_of_all_pages(void **state)
{
    (void)state;
    static const struct {
        int64_t limit;
        const char *found;
        unsigned requests;
    } ROWS[] = {{0, "123", 5}, {2, "12", 2}, {3, "123", 5}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        fake_transport fake = {.answers = LIST, .chunk = 7};
        const cihsm_stream_options options = {.limit = ROWS[i].limit};
        CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
        CIHSM_AUTO(buffer_free) buffer found = buffer_new(4096);
        assert_int_equal(open_stream(&fake, NULL, &options, &result, NULL), CIHSM_OK);
        for (int again = 0; again < 2; again++) { /* the end stays the end */
            assert_int_equal(read_list(result, &found, NULL), CIHSM_OK);
            assert_string_equal(buffer_text(&found), ROWS[i].found);
            assert_int_equal(fake.requests, ROWS[i].requests);
        }
        assert_int_equal(fake_transport_in_flight(&fake), 0);
    }
}

static void one_call_gives_nothing_of_what_is_no_list(void **state)
{
    (void)state;
    static const fake_answer ENTITY[] = {{NULL, 200, JSON, "{\"d\":{\"A\":1}}"}, {0}};
    fake_transport fake = {.answers = ENTITY};
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    CIHSM_AUTO(buffer_free) buffer found = buffer_new(4096);
    assert_int_equal(open_stream(&fake, NULL, NULL, &result, NULL), CIHSM_OK);
    assert_int_equal(read_list(result, &found, NULL), CIHSM_OK);
    assert_int_equal(found.len, 0);
}

static void a_page_that_was_not_had_is_asked_for_again(void **state)
{
    (void)state;
    static const fake_answer GONE[] = {
        {ROOT "Logs", 200, JSON, "{\"d\":{\"results\":[1],\"__next\":\"Logs?t=4\"}}"},
        {NULL, 0, NULL, ""},
        {0},
    };
    fake_transport fake = {.answers = GONE};
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    CIHSM_AUTO(buffer_free) buffer found = buffer_new(4096);
    assert_int_equal(open_stream(&fake, NULL, NULL, &result, NULL), CIHSM_OK);
    assert_int_equal(read_list(result, &found, NULL), CIHSM_E_NETWORK);
    assert_string_equal(buffer_text(&found), "1");
    fake.answers = LIST;
    assert_int_equal(read_list(result, &found, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&found), "13");
}

static void lists_arrive_side_by_side(void **state)
{
    (void)state;
    CIHSM_AUTO(buffer_free) buffer body = buffer_new(1 << 20);
    assert_int_equal(buffer_append_text(&body, "{\"d\":[1", NULL), CIHSM_OK);
    for (int i = 0; i < 10000; i++) { /* so that what arrived has to move */
        assert_int_equal(buffer_append_text(&body, ",2", NULL), CIHSM_OK);
    }
    assert_int_equal(buffer_append_text(&body, "]}", NULL), CIHSM_OK);
    const fake_answer answers[] = {{NULL, 200, JSON, body.data}, {0}};
    fake_transport fake = {.answers = answers, .chunk = 9};
    CIHSM_AUTO(odata_result_free) odata_result *first = NULL;
    CIHSM_AUTO(odata_result_free) odata_result *second = NULL;
    CIHSM_AUTO(buffer_free) buffer found = buffer_new(1 << 20);
    CIHSM_AUTO(buffer_free) buffer found_later = buffer_new(1 << 20);
    assert_int_equal(open_stream(&fake, NULL, NULL, &first, NULL), CIHSM_OK);
    assert_int_equal(open_stream(&fake, NULL, NULL, &second, NULL), CIHSM_OK);
    assert_int_equal(read_list(second, &found, NULL), CIHSM_OK);
    assert_int_equal(read_list(first, &found_later, NULL), CIHSM_OK);
    assert_int_equal(found.len, 10001);
    assert_string_equal(buffer_text(&found), buffer_text(&found_later));
}

#define TOP2(skip) ROOT "Logs?$filter=A&$top=2&$skip=" skip

static void pages_by_top_and_skip_until_a_page_is_empty(void **state)
{
    (void)state;
    static const fake_answer ANSWERS[] = {
        {TOP2("5"), 200, JSON, "{\"d\":[1,2]}"},
        {TOP2("7"), 200, JSON, "{\"d\":{\"results\":[3],\"__next\":\"Logs?t=1\"}}"},
        {ROOT "Logs?t=1", 200, JSON, "{\"d\":[4]}"},
        {TOP2("9"), 200, JSON, "{\"d\":[5]}"}, /* short, and not the last */
        {TOP2("10"), 200, JSON, "{\"d\":[6]}"},
        {TOP2("11"), 200, JSON, "{\"d\":[]}"},
        {0},
    };
    fake_transport fake = {.answers = ANSWERS, .chunk = 3};
    const cihsm_stream_options options = {.page_size = 2};
    cihsm_query query = CIHSM_QUERY_INIT;
    query.filter = "A";
    query.skip = 5;
    CIHSM_AUTO(buffer_free) buffer found = buffer_new(4096);
    assert_int_equal(stream_all(&fake, &query, &options, &found, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&found), "123456");
    assert_int_equal(fake.requests, 6);
}

typedef struct stride_row {
    const char *body;
    int64_t top;
    cihsm_status status;
    const char *says;
} stride_row;

static const stride_row STRIDES[] = {
    {"{\"d\":[1,2,3]}", -1, CIHSM_E_PROTOCOL, "does not do $top"},
    {"{\"d\":[1,2]}", -1, CIHSM_E_PROTOCOL, "does not do $skip"},
    {"{\"d\":[1,2]}", 5, CIHSM_E_USAGE, "--limit"},
};

static void notices_a_server_that_does_not_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof STRIDES / sizeof *STRIDES; i++) {
        const fake_answer answers[] = {{NULL, 200, JSON, STRIDES[i].body}, {0}};
        fake_transport fake = {.answers = answers};
        const cihsm_stream_options options = {.page_size = 2};
        cihsm_query query = CIHSM_QUERY_INIT;
        query.top = STRIDES[i].top;
        CIHSM_AUTO(buffer_free) buffer found = buffer_new(4096);
        cihsm_error err = {0};
        assert_int_equal(stream_all(&fake, &query, &options, &found, &err), STRIDES[i].status);
        assert_non_null(strstr(err.message, STRIDES[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_entries_of_all_pages_however_they_arrive),
        cmocka_unit_test(knows_count_and_link_at_the_end_of_the_page),
        cmocka_unit_test(reads_what_is_no_list_at_once),
        cmocka_unit_test(ends_with_the_cause_where_an_answer_is_broken),
        cmocka_unit_test(refuses_too_many_levels_while_they_arrive),
        cmocka_unit_test(a_connection_that_ends_inside_a_page_is_never_a_success),
        cmocka_unit_test(bounds_what_it_keeps_and_not_the_page),
        cmocka_unit_test(can_be_stopped_at_any_entry),
        cmocka_unit_test(a_limit_ends_endless_pages_and_the_transfer),
        cmocka_unit_test(cuts_and_selects_what_the_server_does_not),
        cmocka_unit_test(a_limit_counts_entries_that_were_read_at_once),
        cmocka_unit_test(pages_without_entries_have_an_end),
        cmocka_unit_test(one_call_gives_the_entries_of_all_pages),
        cmocka_unit_test(one_call_gives_nothing_of_what_is_no_list),
        cmocka_unit_test(a_page_that_was_not_had_is_asked_for_again),
        cmocka_unit_test(lists_arrive_side_by_side),
        cmocka_unit_test(pages_by_top_and_skip_until_a_page_is_empty),
        cmocka_unit_test(notices_a_server_that_does_not_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
