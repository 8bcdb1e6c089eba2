/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buffer.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "odata/batch.h"
#include "script_transport.h"

#define ROOT "https://host/api/v1/"
#define STEM "0123456789abcdef0123456789abcdef"
#define MIXED "multipart/mixed; boundary=b"
#define JSON "application/json"
#define PART(status) "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 " status "\r\n"
#define IN_SET(id, status) \
    "--c\r\nContent-Type: application/http\r\n" id "\r\nHTTP/1.1 " status "\r\n\r\n\r\n"
#define SET "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
#define SET_END "--c--\r\n"
#define END "--b--\r\n"
#define BODY(text) "Content-Type: application/json\r\n\r\n" text "\r\n"
#define ID(number) "Content-ID: " number "\r\n"

enum { COUNT = 4, MOST = 4 };

/* A read, a change set of two, and a write that is a change set of its own. */
static const cihsm_operation OPERATIONS[COUNT] = {
    {.request = {.method = "GET", .path = "Partners/$count"}},
    {.request = {.method = "POST", .path = "A", .body = "{}", .body_len = 2, .content_type = JSON},
     .change_set = 7},
    {.request = {.method = "DELETE", .path = "B('ü x')"}, .change_set = 7},
    {.request = {.method = "POST", .path = "F"}},
};

/* --- writing ---------------------------------------------------------------------------------- */

#define OUTER "--batch_" STEM "\r\n"
#define INNER "--changeset_" STEM "\r\n"
#define INNER_LAST "--changeset_" STEM "--\r\n\r\n"
#define CHANGE_SET "Content-Type: multipart/mixed; boundary=changeset_" STEM "\r\n\r\n"
#define AS_HTTP "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
#define ACCEPT_JSON "Accept: application/json\r\n"
#define VERSIONS "DataServiceVersion: 2.0\r\nMaxDataServiceVersion: 2.0\r\n"

static const char *const WRITTEN[] = {
    OUTER AS_HTTP "\r\n",
    "GET Partners/$count HTTP/1.1\r\nAccept: */*\r\n" VERSIONS "\r\n\r\n",
    OUTER CHANGE_SET,
    INNER AS_HTTP "Content-ID: 2\r\n\r\n",
    "POST A HTTP/1.1\r\n" ACCEPT_JSON VERSIONS,
    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}\r\n",
    INNER AS_HTTP "Content-ID: 3\r\n\r\n",
    "DELETE B('%C3%BC%20x') HTTP/1.1\r\n" ACCEPT_JSON VERSIONS "\r\n\r\n",
    INNER_LAST,
    OUTER CHANGE_SET,
    INNER AS_HTTP "Content-ID: 4\r\n\r\n",
    "POST F HTTP/1.1\r\n" ACCEPT_JSON VERSIONS "Content-Length: 0\r\n\r\n\r\n",
    INNER_LAST,
    "--batch_" STEM "--\r\n",
};

static void writes_parts_and_change_sets(void **state)
{
    (void)state;
    CIHSM_AUTO(odata_batch_message_free) odata_batch_message message;
    CIHSM_AUTO(buffer_free) buffer expected = buffer_new(8192);
    size_t at = 0;
    for (size_t i = 0; i < sizeof WRITTEN / sizeof *WRITTEN; i++) {
        assert_int_equal(buffer_append_text(&expected, WRITTEN[i], NULL), CIHSM_OK);
    }
    assert_int_equal(odata_batch_message_make(ROOT, OPERATIONS, COUNT, STEM, &at, &message, NULL),
                     CIHSM_OK);
    assert_string_equal(message.message.http.url, ROOT "$batch");
    assert_string_equal(message.content_type, "multipart/mixed; boundary=batch_" STEM);
    assert_string_equal(buffer_text(&message.message.body), buffer_text(&expected));
    assert_int_equal(message.message.http.body_len, expected.len);
}

static void a_boundary_stands_in_no_body(void **state)
{
    (void)state;
    static const char BODIES[] = STEM " " STEM "_1";
    const cihsm_operation operation = {
        .request = {.method = "POST", .path = "A", .body = BODIES, .body_len = sizeof BODIES - 1}};
    CIHSM_AUTO(odata_batch_message_free) odata_batch_message message;
    size_t at = 0;
    assert_int_equal(odata_batch_message_make(ROOT, &operation, 1, STEM, &at, &message, NULL),
                     CIHSM_OK);
    assert_string_equal(message.content_type, "multipart/mixed; boundary=batch_" STEM "_2");
}

static void names_the_operation_that_cannot_be_sent(void **state)
{
    (void)state;
    static const cihsm_request WRONG[] = {
        {.method = "GET", .path = ROOT "A"},
        {.method = "GET", .path = "A\n"},
        {.method = "POST", .path = "A", .body = "x", .body_len = 1, .content_type = "a\r\nb: c"},
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        const cihsm_operation operations[] = {OPERATIONS[0], {.request = WRONG[i]}};
        CIHSM_AUTO(odata_batch_message_free) odata_batch_message message;
        size_t at = 0;
        assert_int_equal(odata_batch_message_make(ROOT, operations, 2, STEM, &at, &message, NULL),
                         CIHSM_E_USAGE);
        assert_int_equal(at, 1);
    }
}

/* --- sending ---------------------------------------------------------------------------------- */

typedef struct exchange {
    odata_outcome outcomes[MOST];
    cihsm_status status;
    cihsm_error err;
} exchange;

static void exchange_free(exchange *of)
{
    for (size_t i = 0; i < MOST; i++) {
        odata_outcome_free(&of->outcomes[i]);
    }
}

/* Sends the operations; the answer comes on the first attempt. */
static void send_batch(exchange *of, const cihsm_operation *operations, size_t count, long status,
                       const char *type, const char *text)
{
    CIHSM_AUTO(odata_batch_message_free) odata_batch_message message;
    size_t at = 0;
    *of = (exchange){0};
    assert_int_equal(odata_batch_message_make(ROOT, operations, count, STEM, &at, &message, NULL),
                     CIHSM_OK);
    const script_line script[] = {
        {"GET", ROOT, "Fetch", NULL, 200, "t", JSON, "{}", false},
        {"POST", ROOT "$batch", "t", buffer_text(&message.message.body), status, NULL, type, text,
         true},
        {0},
    };
    script_transport transport = {script};
    const odata_service service = {.transport = script_transport_table(&transport), .root = ROOT};
    odata_csrf csrf = {0};
    const odata_batch_services services = {&service, &service, &csrf};
    of->status = odata_batch_send(&services, &message, operations, count, of->outcomes, &of->err);
    assert_null(transport.line->method); /* it was sent once */
    odata_csrf_free(&csrf);
}

static void each_operation_gets_its_answer(void **state)
{
    (void)state;
    static const char ANSWER[] =
        PART("404 Not Found") BODY("{\"error\":{\"message\":{\"value\":\"no such thing\"}}}")
            SET IN_SET(ID("3"), "204 No Content") IN_SET(ID("2"), "201 Created")
                SET_END SET IN_SET("", "202 Accepted") SET_END END;
    CIHSM_AUTO(exchange_free) exchange with;
    send_batch(&with, OPERATIONS, COUNT, 202, MIXED, ANSWER);
    assert_int_equal(with.status, CIHSM_OK);
    assert_int_equal(with.outcomes[0].error.status, CIHSM_E_NOT_FOUND);
    assert_int_equal(with.outcomes[0].error.native, 404);
    assert_non_null(strstr(with.outcomes[0].error.message, "no such thing"));
    assert_int_equal(with.outcomes[1].status, 201); /* by Content-ID, not by order */
    assert_int_equal(with.outcomes[2].status, 204);
    assert_int_equal(with.outcomes[3].status, 202);
    for (size_t i = 1; i < COUNT; i++) {
        assert_int_equal(with.outcomes[i].error.status, CIHSM_OK);
    }
}

static void what_an_operation_gave_is_read(void **state)
{
    (void)state;
    static const cihsm_operation READS[] = {
        {.request = {.method = "GET", .path = "A"}},
        {.request = {.method = "GET", .path = "A('1')"}},
    };
    CIHSM_AUTO(exchange_free) exchange with;
    send_batch(&with, READS, 2, 200, MIXED,
               PART("200 OK") BODY("{\"d\":{\"results\":[{\"I\":\"1\"}],\"__next\":\"n\"}}")
                   PART("200 OK") BODY("{\"d\":") END);
    assert_int_equal(with.status, CIHSM_OK);
    assert_int_equal(with.outcomes[0].answer.page.kind, CIHSM_RESULT_COLLECTION);
    assert_string_equal(with.outcomes[0].answer.page.next, "n");
    assert_int_equal(with.outcomes[1].error.status, CIHSM_E_PROTOCOL);
    assert_int_equal(with.outcomes[1].status, 200);
}

/* The one error of a change set, with or without the name of the operation that failed. */
static void a_failed_change_set_fails_all_of_it(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *first;
        const char *second;
    } ROWS[] = {
        {PART("409 Conflict") "\r\n" END, "not done, for its change set failed: 409",
         "not done, for its change set failed: 409"},
        {PART("409 Conflict") ID("2") "\r\n" END, "409 from tenant: conflict (B('ü x'))",
         "not done, for another one of its change set failed: 409"},
        {SET IN_SET("", "409 Conflict") SET_END END, "not done, for its change set failed",
         "not done, for its change set failed"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(exchange_free) exchange with;
        send_batch(&with, OPERATIONS + 1, 2, 202, MIXED, ROWS[i].text);
        assert_int_equal(with.status, CIHSM_OK);
        for (size_t at = 0; at < 2; at++) {
            const bool is_named = i == 1;
            const char *says = is_named == (at == 1) ? ROWS[i].first : ROWS[i].second;
            assert_int_equal(with.outcomes[at].error.status, CIHSM_E_CONFLICT);
            assert_int_equal(with.outcomes[at].status, 409);
            assert_int_equal(strncmp(with.outcomes[at].error.message, says, strlen(says)), 0);
        }
    }
}

static const struct {
    const char *text;
    const char *says;
} MISMATCHES[] = {
    {END, "the part for operation 1 is missing"},
    {SET IN_SET("", "201 Created") SET_END END, "but it was a read"},
    {PART("200 OK") "\r\n" END, "the part for operation 2 is missing"},
    {PART("200 OK") "\r\n" SET IN_SET("", "201 Created") SET_END END, "as many answers"},
    {PART("200 OK") "\r\n" SET SET_END END, "as many answers"},
    {PART("200 OK") "\r\n" PART("201 Created") "\r\n" END, "as many answers"},
    {PART("200 OK") "\r\n" PART("400 No") ID("4") "\r\n" END, "not in its change set"},
    {PART("200 OK") "\r\n" SET IN_SET(ID("2"), "201 Created") IN_SET("", "204 No") SET_END END,
     "for some operations only"},
    {PART("200 OK") "\r\n" SET IN_SET(ID("2"), "201 C") IN_SET(ID("2"), "204 No") SET_END END,
     "twice"},
    {PART("200 OK") "\r\n" SET IN_SET(ID("2"), "201 C") IN_SET(ID("x"), "204 No") SET_END END,
     "not sent"},
    {PART("200 OK") "\r\n" SET IN_SET("", "201 C") IN_SET("", "204 No")
         SET_END PART("202 A") "\r\n" PART("200 OK") "\r\n" END,
     "more parts"},
};

static void nothing_is_guessed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof MISMATCHES / sizeof *MISMATCHES; i++) {
        CIHSM_AUTO(exchange_free) exchange with;
        send_batch(&with, OPERATIONS, COUNT, 202, MIXED, MISMATCHES[i].text);
        assert_int_equal(with.status, CIHSM_E_PROTOCOL);
        if (strstr(with.err.message, MISMATCHES[i].says) == NULL) {
            fail_msg("%s: %s", MISMATCHES[i].says, with.err.message);
        }
        assert_non_null(strstr(with.err.message, "look what was done"));
    }
}

static void surplus_parts_are_refused(void **state)
{
    (void)state;
    CIHSM_AUTO(exchange_free) exchange with;
    send_batch(&with, OPERATIONS + 1, 2, 202, MIXED,
               PART("400 No") "\r\n" PART("200 OK") "\r\n" END);
    assert_int_equal(with.status, CIHSM_E_PROTOCOL);
    assert_non_null(strstr(with.err.message, "2 parts, but only 1"));
}

static void the_batch_itself_may_fail(void **state)
{
    (void)state;
    static const struct {
        long http;
        const char *type;
        const char *text;
        cihsm_status status;
        bool is_open; /* what was done is not known */
    } ROWS[] = {
        {0, NULL, NULL, CIHSM_E_TIMEOUT, true},
        {400, JSON, "{}", CIHSM_E_REJECTED, false},
        {403, NULL, NULL, CIHSM_E_REFUSED, false},
        {503, NULL, NULL, CIHSM_E_SERVER, false},
        {202, JSON, "{}", CIHSM_E_PROTOCOL, true},
        {202, NULL, NULL, CIHSM_E_PROTOCOL, true},
        {202, MIXED, PART("200 OK"), CIHSM_E_PROTOCOL, true},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(exchange_free) exchange with;
        send_batch(&with, OPERATIONS, 1, ROWS[i].http, ROWS[i].type, ROWS[i].text);
        assert_int_equal(with.status, ROWS[i].status);
        assert_int_equal(strstr(with.err.message, "look what was done") != NULL, ROWS[i].is_open);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_parts_and_change_sets),
        cmocka_unit_test(a_boundary_stands_in_no_body),
        cmocka_unit_test(names_the_operation_that_cannot_be_sent),
        cmocka_unit_test(each_operation_gets_its_answer),
        cmocka_unit_test(what_an_operation_gave_is_read),
        cmocka_unit_test(a_failed_change_set_fails_all_of_it),
        cmocka_unit_test(nothing_is_guessed),
        cmocka_unit_test(surplus_parts_are_refused),
        cmocka_unit_test(the_batch_itself_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
