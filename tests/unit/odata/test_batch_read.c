/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "odata/batch_read.h"
#include "odata/mime.h"

#define MIXED "multipart/mixed; boundary=b"
#define PART "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
#define NEXT "--b\r\n"
#define LAST "--b--\r\n"
#define OK_BODY(text) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" text "\r\n"

/* A change set with a creation and a deletion between two reads, as servers write it. */
static const char WHOLE[] =
    NEXT PART "HTTP/1.1 404 Not Found\r\nContent-Type: application/json;charset=utf-8\r\n"
              "Content-Length: 2\r\n\r\n{}\r\n" NEXT
              "Content-Type: multipart/mixed; boundary=c\r\nContent-Length: 999\r\n\r\n"
              "--c\r\n" PART "HTTP/1.1 201 Created\r\nLocation: https://h/X('1')\r\n"
              "DataServiceVersion: 2.0\r\nContent-Length: 8\r\n\r\n{\"d\":{}}\r\n"
              "--c\r\nContent-ID: 3\r\n" PART "HTTP/1.1 204 No Content\r\n\r\n\r\n"
              "--c--\r\n\r\n" NEXT PART OK_BODY("x") LAST;

static cihsm_status read_as(const char *type, const char *text, size_t len, odata_batch_reply *out,
                            cihsm_error *err)
{
    char *exact = malloc(len); /* so that a sanitizer sees the first byte read beyond it */
    assert_true(exact != NULL || len == 0);
    if (len > 0) {
        memcpy(exact, text, len);
    }
    const cihsm_status status = odata_batch_read(type, exact, len, 4, out, err);
    free(exact);
    return status;
}

static cihsm_status read_text(const char *type, const char *text)
{
    CIHSM_AUTO(odata_batch_reply_free) odata_batch_reply reply = {0};
    return read_as(type, text, strlen(text), &reply, NULL);
}

static void expect_part(const odata_batch_part *part, size_t group, bool is_in_set, long status,
                        const char *body)
{
    assert_int_equal(part->group, group);
    assert_int_equal(part->is_in_set, is_in_set);
    assert_int_equal(part->response.status, status);
    assert_string_equal(buffer_text(&part->response.body), body);
}

static void expect_whole(const char *text, size_t len)
{
    CIHSM_AUTO(odata_batch_reply_free) odata_batch_reply reply = {0};
    cihsm_error err = {0};
    assert_int_equal(read_as(MIXED, text, len, &reply, &err), CIHSM_OK);
    assert_int_equal(reply.count, 4);
    assert_int_equal(reply.groups, 3);
    expect_part(&reply.parts[0], 0, false, 404, "{}");
    expect_part(&reply.parts[1], 1, true, 201, "{\"d\":{}}");
    expect_part(&reply.parts[2], 1, true, 204, "");
    expect_part(&reply.parts[3], 2, false, 200, "x");
    assert_string_equal(reply.parts[0].response.content_type, "application/json;charset=utf-8");
    assert_string_equal(reply.parts[1].response.location, "https://h/X('1')");
    assert_null(reply.parts[1].content_id);
    assert_string_equal(reply.parts[2].content_id, "3");
}

static void reads_reads_and_a_change_set(void **state)
{
    (void)state;
    expect_whole(WHOLE, sizeof WHOLE - 1);
}

static void line_feeds_alone_are_line_ends(void **state)
{
    (void)state;
    char bare[sizeof WHOLE];
    size_t len = 0;
    for (const char *c = WHOLE; *c != '\0'; c++) {
        if (*c != '\r') {
            bare[len++] = *c;
        }
    }
    expect_whole(bare, len);
}

static void what_is_cut_off_is_never_an_answer(void **state)
{
    (void)state;
    const size_t last = sizeof WHOLE - 1 - strlen("\r\n"); /* behind the last delimiter */
    for (size_t len = 0; len < sizeof WHOLE; len++) {
        CIHSM_AUTO(odata_batch_reply_free) odata_batch_reply reply = {0};
        cihsm_error err = {0};
        const cihsm_status status = read_as(MIXED, WHOLE, len, &reply, &err);
        assert_int_equal(status, len < last ? CIHSM_E_PROTOCOL : CIHSM_OK);
    }
}

/* --- boundaries ------------------------------------------------------------------------------- */

static const struct {
    const char *type;
    const char *boundary; /* NULL: refused */
} TYPES[] = {
    {"multipart/mixed; boundary=b", "b"},
    {"Multipart/Mixed;BOUNDARY=b", "b"},
    {"multipart/mixed; boundary=\"b c\"; charset=utf-8", "b c"},
    {"multipart/mixed; charset=\"x;boundary=no\"; boundary=\"b\\\"c\"", "b\"c"},
    {"multipart/mixed ; type=a ; boundary=batch_8-4'()+_,./:=?", "batch_8-4'()+_,./:=?"},
    {"multipart/mixed", NULL},
    {"multipart/mixed; boundary", NULL},
    {"multipart/mixed; boundary=", NULL},
    {"multipart/mixed; boundary=\"\"", NULL},
    {"multipart/mixed; boundary=\"b", NULL},
    {"multipart/mixed; boundary=\"b \"", NULL},
    {"multipart/mixed; boundary=a; boundary=b", NULL},
    {"multipart/mixed; boundary=b\xc3\xa4", NULL},
    {"multipart/mixed; xboundary=b", NULL},
    {"multipart/mixed; boundary="
     "12345678901234567890123456789012345678901234567890123456789012345678901",
     NULL},
};

static void finds_the_boundary(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        char boundary[ODATA_BOUNDARY_SIZE];
        const cihsm_status status = odata_mime_boundary(TYPES[i].type, boundary, NULL);
        if (TYPES[i].boundary == NULL) {
            assert_int_equal(status, CIHSM_E_PROTOCOL);
        } else {
            assert_int_equal(status, CIHSM_OK);
            assert_string_equal(boundary, TYPES[i].boundary);
        }
    }
}

typedef struct body_row {
    const char *text;
    const char *body; /* of the only part */
} body_row;

/* What looks like a boundary and is none, and what is one all the same. */
static const body_row BODIES[] = {
    {NEXT PART OK_BODY("--bc\r\nx--b\r\n --b\r\n--B") LAST, "--bc\r\nx--b\r\n --b\r\n--B"},
    {NEXT PART OK_BODY("--b-\r\n--b--c") LAST, "--b-\r\n--b--c"},
    {NEXT PART "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n\r\n--b--\r\nx\r\n" LAST,
     "\r\n--b--\r\nx"},
    {"preamble\r\n" NEXT PART OK_BODY("x") LAST "epilogue\r\n--b\r\n", "x"},
    {"--b  \t\r\n" PART OK_BODY("x") "--b--  ", "x"},
    {NEXT PART OK_BODY("x\r\n") LAST, "x\r\n"},
    {NEXT PART OK_BODY("") LAST, ""},
    {NEXT PART "HTTP/1.1 200 OK\r\n\r\n" LAST, ""},
    {NEXT PART "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" LAST, ""},
    {NEXT PART "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx\r\n\r\n\r\n" LAST, "x"},
    {NEXT PART "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n\r\n" LAST, ""},
    {NEXT "content-type:APPLICATION/HTTP;\r\n version=1.1\r\n\r\nHTTP/1.0 200\r\n\r\nx\r\n" LAST,
     "x"},
};

static void a_body_ends_where_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BODIES / sizeof *BODIES; i++) {
        CIHSM_AUTO(odata_batch_reply_free) odata_batch_reply reply = {0};
        const char *text = BODIES[i].text;
        assert_int_equal(read_as(MIXED, text, strlen(text), &reply, NULL), CIHSM_OK);
        assert_int_equal(reply.count, 1);
        assert_string_equal(buffer_text(&reply.parts[0].response.body), BODIES[i].body);
    }
}

static void a_body_may_hold_any_byte(void **state)
{
    (void)state;
    static const char TEXT[] =
        NEXT PART "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na\0\r\n\r\n" LAST;
    CIHSM_AUTO(odata_batch_reply_free) odata_batch_reply reply = {0};
    assert_int_equal(read_as(MIXED, TEXT, sizeof TEXT - 1, &reply, NULL), CIHSM_OK);
    assert_int_equal(reply.parts[0].response.body.len, 4);
    assert_memory_equal(reply.parts[0].response.body.data, "a\0\r\n", 4);
}

/* --- refusals --------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    const char *says;
} BROKEN[] = {
    {"", "last boundary is missing"},
    {"hello", "last boundary is missing"},
    {"--x\r\n" PART OK_BODY("x") "--x--\r\n", "last boundary is missing"},
    {NEXT LAST, "a line among the headers is none"},
    {NEXT "\r\n" OK_BODY("x") LAST, "neither application/http"},
    {NEXT "Content-Type: text/plain\r\n\r\n" OK_BODY("x") LAST, "neither application/http"},
    {NEXT "Content-Type: application/http\r\nContent-Transfer-Encoding: base64\r\n\r\n" OK_BODY("x")
         LAST,
     "Content-Transfer-Encoding"},
    {NEXT "Content-Type: application/http\r\nContent-Type: application/http\r\n\r\n" LAST, "twice"},
    {NEXT "Content-Type application/http\r\n\r\n" OK_BODY("x") LAST, "a line among the headers"},
    {NEXT " Content-Type: application/http\r\n\r\n" OK_BODY("x") LAST, "a line among the headers"},
    {NEXT PART "HTTP/2 200 OK\r\n\r\n" LAST, "HTTP status"},
    {NEXT PART "HTTP/1.1 20 OK\r\n\r\n" LAST, "HTTP status"},
    {NEXT PART "HTTP/1.1 2000 OK\r\n\r\n" LAST, "HTTP status"},
    {NEXT PART "HTTP/1.1 100 Continue\r\n\r\n" LAST, "HTTP status"},
    {NEXT PART "HTTP/1.1 600 No\r\n\r\n" LAST, "HTTP status"},
    {NEXT PART "GET X HTTP/1.1\r\n\r\n" LAST, "HTTP status"},
    {NEXT PART "HTTP/1.1 200 OK\r\n" LAST, "a line among the headers"},
    {NEXT PART "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\nx\r\n" LAST, "no number"},
    {NEXT PART "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx\r\n" LAST, "no number"},
    {NEXT PART "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nx\r\n" LAST,
     "promises more"},
    {NEXT PART "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy\r\n" LAST, "longer"},
    {NEXT PART "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx" LAST, "longer"},
    {NEXT PART "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx\r\n" LAST, "is missing"},
    {NEXT PART "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx\r\n" LAST,
     "twice"},
    {NEXT PART "HTTP/1.1 204 No Content\r\n\r\nx\r\n" LAST, "longer"},
    {NEXT "Content-Type: multipart/mixed\r\n\r\n--c--\r\n" LAST, "no boundary"},
    {NEXT "Content-Type: multipart/mixed; boundary=b\r\n\r\n--c--\r\n" LAST, "of the whole"},
    {NEXT "Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n" PART OK_BODY("x") LAST,
     "change set has no end"},
    {NEXT "Content-Type: multipart/mixed; boundary=c\r\n\r\n" LAST, "change set has no end"},
    {NEXT "Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n"
          "Content-Type: multipart/mixed; boundary=d\r\n\r\n--d--\r\n--c--\r\n" LAST,
     "neither application/http"},
    {NEXT PART OK_BODY("1") NEXT PART OK_BODY("2") NEXT PART OK_BODY("3") NEXT PART OK_BODY("4")
         NEXT PART OK_BODY("5") LAST,
     "more parts"},
};

static void refuses_what_is_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
        CIHSM_AUTO(odata_batch_reply_free) odata_batch_reply reply = {0};
        cihsm_error err = {0};
        const char *text = BROKEN[i].text;
        assert_int_equal(read_as(MIXED, text, strlen(text), &reply, &err), CIHSM_E_PROTOCOL);
        if (strstr(err.message, BROKEN[i].says) == NULL) {
            fail_msg("%s: %s", text, err.message);
        }
        assert_non_null(strstr(err.message, "at byte "));
    }
}

static void refuses_another_type(void **state)
{
    (void)state;
    static const char GOOD[] = NEXT PART OK_BODY("x") LAST;
    assert_int_equal(read_text(MIXED, GOOD), CIHSM_OK);
    assert_int_equal(read_text(NULL, GOOD), CIHSM_E_PROTOCOL);
    assert_int_equal(read_text("application/json", GOOD), CIHSM_E_PROTOCOL);
    assert_int_equal(read_text("multipart/mixedx; boundary=b", GOOD), CIHSM_E_PROTOCOL);
    assert_int_equal(read_text("multipart/mixed", GOOD), CIHSM_E_PROTOCOL);
    assert_int_equal(read_text("multipart/mixed; boundary=B", GOOD), CIHSM_E_PROTOCOL);
}

static void headers_have_an_end(void **state)
{
    (void)state;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(1 << 20);
    assert_int_equal(buffer_append_text(&text, NEXT, NULL), CIHSM_OK);
    while (text.len < ODATA_MIME_HEAD_MAX + 64) {
        assert_int_equal(buffer_append_text(&text, "A: b\r\n", NULL), CIHSM_OK);
    }
    assert_int_equal(buffer_append_text(&text, PART OK_BODY("x") LAST, NULL), CIHSM_OK);
    CIHSM_AUTO(odata_batch_reply_free) odata_batch_reply reply = {0};
    cihsm_error err = {0};
    assert_int_equal(read_as(MIXED, text.data, text.len, &reply, &err), CIHSM_E_PROTOCOL);
    assert_non_null(strstr(err.message, "its headers have more than"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_reads_and_a_change_set),
        cmocka_unit_test(line_feeds_alone_are_line_ends),
        cmocka_unit_test(what_is_cut_off_is_never_an_answer),
        cmocka_unit_test(finds_the_boundary),
        cmocka_unit_test(a_body_ends_where_it_should),
        cmocka_unit_test(a_body_may_hold_any_byte),
        cmocka_unit_test(refuses_what_is_broken),
        cmocka_unit_test(refuses_another_type),
        cmocka_unit_test(headers_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
