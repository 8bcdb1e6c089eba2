/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "odata/page.h"

static const char JSON[] = "application/json;charset=utf-8";

typedef struct page_row {
    const char *type; /* Content-Type; NULL: none */
    const char *body;
    odata_wanted wanted;
    cihsm_result_kind kind;
    size_t count; /* items or members */
    const char *next;
    const char *inline_count;
    bool is_odata;
} page_row;

static const page_row PAGES[] = {
    {JSON, "{\"d\":{\"results\":[{\"A\":1},{\"A\":2}],\"__count\":\"7\",\"__next\":\"n\"}}",
     ODATA_WANT_ENTRIES, CIHSM_RESULT_COLLECTION, 2, "n", "7", true},
    {JSON, "{\"d\":{\"results\":[]}}", ODATA_WANT_ENTRIES, CIHSM_RESULT_COLLECTION, 0, NULL, NULL,
     true},
    {JSON, "{\"d\":{\"results\":[1],\"__next\":null,\"__count\":1234}}", ODATA_WANT_ENTRIES,
     CIHSM_RESULT_COLLECTION, 1, NULL, "1234", true},
    {JSON, "{\"d\":[{\"A\":1}]}", ODATA_WANT_ENTRIES, CIHSM_RESULT_COLLECTION, 1, NULL, NULL, true},
    {JSON, "{\"d\":{\"A\":1,\"B\":2}}", ODATA_WANT_ENTRIES, CIHSM_RESULT_ENTITY, 2, NULL, NULL,
     true},
    {JSON, "{\"d\":{\"results\":\"text\",\"A\":1}}", ODATA_WANT_ENTRIES, CIHSM_RESULT_ENTITY, 2,
     NULL, NULL, true},
    {JSON, "{\"d\":{\"EntitySets\":[\"A\",\"B\",\"C\"]}}", ODATA_WANT_ENTRIES,
     CIHSM_RESULT_COLLECTION, 3, NULL, NULL, true},
    {JSON, "{\"d\":{\"EntitySets\":[\"A\",1]}}", ODATA_WANT_ENTRIES, CIHSM_RESULT_ENTITY, 1, NULL,
     NULL, true},
    {JSON, "{\"d\":{}}", ODATA_WANT_ENTRIES, CIHSM_RESULT_ENTITY, 0, NULL, NULL, true},
    {"application/json", "{\"result\":\"ERROR\",\"infos\":[]}", ODATA_WANT_ENTRIES,
     CIHSM_RESULT_ENTITY, 2, NULL, NULL, false},
    {JSON, "{\"d\":\"text\"}", ODATA_WANT_ENTRIES, CIHSM_RESULT_ENTITY, 1, NULL, NULL, false},
    {"APPLICATION/JSON", "{\"d\":{\"results\":[1]}}", ODATA_WANT_ENTRIES, CIHSM_RESULT_COLLECTION,
     1, NULL, NULL, true},
    {NULL, "\xef\xbb\xbf {\"d\":{\"results\":[1]}}", ODATA_WANT_ENTRIES, CIHSM_RESULT_COLLECTION, 1,
     NULL, NULL, true},
    {JSON, "[1,2]", ODATA_WANT_ENTRIES, CIHSM_RESULT_BYTES, 0, NULL, NULL, false},
    {JSON, "\"text\"", ODATA_WANT_ENTRIES, CIHSM_RESULT_BYTES, 0, NULL, NULL, false},
    {"application/atom+xml", "<feed/>", ODATA_WANT_ENTRIES, CIHSM_RESULT_BYTES, 0, NULL, NULL,
     false},
    {NULL, "", ODATA_WANT_ENTRIES, CIHSM_RESULT_BYTES, 0, NULL, NULL, false},
    {"application/xml", "<edmx/>", ODATA_WANT_METADATA, CIHSM_RESULT_BYTES, 0, NULL, NULL, false},
    {"text/plain", "42", ODATA_WANT_COUNT, CIHSM_RESULT_BYTES, 0, NULL, NULL, false},
    {JSON, "{\"d\":{\"A\":1}}", ODATA_WANT_WRITTEN, CIHSM_RESULT_ENTITY, 1, NULL, NULL, true},
    {"text/plain", "42", ODATA_WANT_RAW, CIHSM_RESULT_BYTES, 0, NULL, NULL, false},
    {JSON, "{\"d\":{\"results\":[1]}}", ODATA_WANT_RAW, CIHSM_RESULT_BYTES, 0, NULL, NULL, false},
    {JSON, "{broken", ODATA_WANT_RAW, CIHSM_RESULT_BYTES, 0, NULL, NULL, false},
    {"text/html", "<html/>", ODATA_WANT_RAW, CIHSM_RESULT_BYTES, 0, NULL, NULL, false},
};

static void make_response(const char *type, const char *body, http_response *out)
{
    http_response_init(out, 4096);
    out->status = 200;
    assert_int_equal(text_set(&out->content_type, type, NULL), CIHSM_OK);
    assert_int_equal(buffer_append_text(&out->body, body, NULL), CIHSM_OK);
}

static void reads_each_shape_of_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PAGES / sizeof *PAGES; i++) {
        const page_row *row = &PAGES[i];
        CIHSM_AUTO(http_response_free) http_response response;
        CIHSM_AUTO(odata_page_free) odata_page page = {0};
        make_response(row->type, row->body, &response);
        assert_int_equal(odata_page_parse(&response, row->wanted, &page, NULL), CIHSM_OK);
        assert_int_equal(page.kind, row->kind);
        assert_int_equal(page.value == NULL, row->kind == CIHSM_RESULT_BYTES);
        assert_int_equal(cihsm_value_count(page.value), row->count);
        assert_true(text_equal(page.next, row->next));
        assert_true(text_equal(page.count, row->inline_count));
        assert_int_equal(page.is_odata, row->is_odata);
    }
}

static void lists_the_sets_of_the_service_document_as_entries(void **state)
{
    (void)state;
    CIHSM_AUTO(http_response_free) http_response response;
    CIHSM_AUTO(odata_page_free) odata_page page = {0};
    make_response(JSON, "{\"d\":{\"EntitySets\":[\"Queues\"]}}", &response);
    assert_int_equal(odata_page_parse(&response, ODATA_WANT_ENTRIES, &page, NULL), CIHSM_OK);
    assert_string_equal(cihsm_value_get_string(cihsm_value_first(page.value), "name"), "Queues");
}

static void takes_204_as_empty_whatever_else_it_says(void **state)
{
    (void)state;
    CIHSM_AUTO(http_response_free) http_response response;
    CIHSM_AUTO(odata_page_free) odata_page page = {0};
    make_response(JSON, "", &response);
    response.status = 204;
    assert_int_equal(odata_page_parse(&response, ODATA_WANT_ENTRIES, &page, NULL), CIHSM_OK);
    assert_int_equal(page.kind, CIHSM_RESULT_BYTES);
}

typedef struct broken_row {
    const char *type;
    const char *body;
    odata_wanted wanted;
    const char *says;
} broken_row;

static const broken_row BROKEN[] = {
    {"text/html;charset=utf-8", "<p>hello</p>", ODATA_WANT_ENTRIES, "perhaps a login page"},
    {"application/json", " \n<!DOCTYPE HTML><html>", ODATA_WANT_ENTRIES, "perhaps a login page"},
    {NULL, "<html>", ODATA_WANT_ENTRIES, "perhaps a login page"},
    {"text/html", "<html>", ODATA_WANT_METADATA, "perhaps a login page"},
    {"text/html", "<html>", ODATA_WANT_COUNT, "perhaps a login page"},
    {JSON, "", ODATA_WANT_ENTRIES, "byte 1; try again, and tell the operator"},
    {JSON, "", ODATA_WANT_WRITTEN, "byte 1; tell the operator"},
    {JSON, "{\"d\":{\"results\":[{\"A\":1},", ODATA_WANT_ENTRIES, "is broken"},
    {JSON, "{\"d\":{}} trailing", ODATA_WANT_ENTRIES, "is broken"},
    {JSON, "{\"d\":{\"A\":1,\"A\":2}}", ODATA_WANT_ENTRIES, "is broken"},
    {JSON, "{\"d\":{\"results\":[],\"__next\":5}}", ODATA_WANT_ENTRIES, "\"__next\""},
    {JSON, "{\"d\":{\"results\":[],\"__next\":\"\"}}", ODATA_WANT_ENTRIES, "\"__next\""},
    {JSON, "{\"d\":{\"results\":[],\"__next\":{\"uri\":\"u\"}}}", ODATA_WANT_ENTRIES, "\"__next\""},
};

static void refuses_answers_that_break_the_protocol(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
        CIHSM_AUTO(http_response_free) http_response response;
        CIHSM_AUTO(odata_page_free) odata_page page = {0};
        cihsm_error err = {0};
        make_response(BROKEN[i].type, BROKEN[i].body, &response);
        assert_int_equal(odata_page_parse(&response, BROKEN[i].wanted, &page, &err),
                         CIHSM_E_PROTOCOL);
        assert_non_null(strstr(err.message, BROKEN[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_shape_of_answer),
        cmocka_unit_test(lists_the_sets_of_the_service_document_as_entries),
        cmocka_unit_test(takes_204_as_empty_whatever_else_it_says),
        cmocka_unit_test(refuses_answers_that_break_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
