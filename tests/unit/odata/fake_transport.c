/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_transport.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cmocka_all.h"

static void keep(fake_transport *fake, const http_request *request)
{
    fake->requests++;
    snprintf(fake->url, sizeof fake->url, "%s", request->url);
    for (size_t i = 0; i < request->header_count; i++) {
        const http_header *header = &request->headers[i];
        if (strcmp(header->name, "Accept") == 0) {
            snprintf(fake->accept, sizeof fake->accept, "%s", header->value);
        }
        if (strcmp(header->name, "DataServiceVersion") == 0) {
            snprintf(fake->version, sizeof fake->version, "%s", header->value);
        }
    }
}

static const fake_answer *answer_for(fake_transport *fake, const http_request *request)
{
    assert_string_equal(request->method, "GET");
    assert_null(request->body);
    keep(fake, request);
    const fake_answer *row = fake->answers;
    while (row->body != NULL && row->url != NULL && strcmp(row->url, request->url) != 0) {
        row++;
    }
    if (row->body == NULL) {
        print_error("no answer for %s\n", request->url);
    }
    assert_non_null(row->body);
    return row;
}

static cihsm_status fail_connection(cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_NETWORK, "connection lost");
}

static cihsm_status take_head(const fake_transport *fake, const fake_answer *row,
                              http_response *response, cihsm_error *err)
{
    response->status = row->status;
    CIHSM_TRY(text_set(&response->disposition, fake->disposition, err));
    return text_set(&response->content_type, row->content_type, err);
}

static cihsm_status answer(void *context, const http_request *request, http_response *response,
                           cihsm_error *err)
{
    const fake_answer *row = answer_for(context, request);
    if (row->status == 0) {
        return fail_connection(err);
    }
    CIHSM_TRY(take_head(context, row, response, err));
    return buffer_append_text(&response->body, row->body, err);
}

static cihsm_status start(void *context, const http_request *request, http_exchange *exchange,
                          cihsm_error *err)
{
    (void)err;
    fake_transport *fake = context;
    fake_flight *flight = fake->flights;
    while (flight->exchange != NULL) {
        flight++;
        assert_true(flight < fake->flights + FAKE_EXCHANGES);
    }
    *flight = (fake_flight){.exchange = exchange, .row = answer_for(fake, request)};
    exchange->carrier = flight;
    exchange->has_head = false;
    exchange->is_done = false;
    exchange->failure = (cihsm_error){0};
    buffer_clear(&exchange->response.body);
    return CIHSM_OK;
}

static void land(fake_flight *flight)
{
    flight->exchange->carrier = NULL;
    flight->exchange = NULL;
}

static void finish(fake_flight *flight)
{
    flight->exchange->is_done = true;
    land(flight);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* With one cut less to come. */
static void cut_off(fake_transport *fake, cihsm_error *failure)
{
    (void)fail_connection(failure);
    if (fake->cuts_left > 0 && --fake->cuts_left == 0) {
        fake->cut = 0;
    }
}

static void deliver(fake_transport *fake, fake_flight *flight)
{
    const size_t whole = strlen(flight->row->body);
    const size_t end = fake->cut == 0 ? whole : least(fake->cut, whole);
    const size_t len = least(fake->chunk == 0 ? whole : fake->chunk, end - flight->sent);
    http_exchange *exchange = flight->exchange;
    cihsm_error *failure = &exchange->failure;
    if (buffer_append(&exchange->response.body, flight->row->body + flight->sent, len, failure) !=
        CIHSM_OK) {
        finish(flight);
        return;
    }
    flight->sent += len;
    if (flight->sent == end) {
        if (end < whole) {
            cut_off(fake, failure);
        }
        finish(flight);
    }
}

static void step(fake_transport *fake, fake_flight *flight)
{
    http_exchange *exchange = flight->exchange;
    if (flight->row->status == 0) {
        (void)fail_connection(&exchange->failure);
        finish(flight);
    } else if (!exchange->has_head) {
        exchange->has_head = true;
        assert_int_equal(take_head(fake, flight->row, &exchange->response, NULL), CIHSM_OK);
    } else {
        deliver(fake, flight);
    }
}

static cihsm_status wait_for(void *context, long timeout_ms, cihsm_error *err)
{
    (void)timeout_ms;
    (void)err;
    fake_transport *fake = context;
    for (size_t i = 0; i < FAKE_EXCHANGES; i++) {
        if (fake->flights[i].exchange != NULL) {
            step(fake, &fake->flights[i]);
        }
    }
    return CIHSM_OK;
}

static void cancel(void *context, http_exchange *exchange)
{
    fake_transport *fake = context;
    if (exchange->carrier != NULL) {
        fake->cancelled++;
        land(exchange->carrier);
    }
}

static void wake(void *context)
{
    (void)context;
}

unsigned fake_transport_in_flight(const fake_transport *fake)
{
    unsigned count = 0;
    for (size_t i = 0; i < FAKE_EXCHANGES; i++) {
        count += fake->flights[i].exchange == NULL ? 0 : 1;
    }
    return count;
}

http_transport fake_transport_table(fake_transport *fake)
{
    return (http_transport){.send = answer,
                            .start = start,
                            .wait = wait_for,
                            .cancel = cancel,
                            .wake = wake,
                            .context = fake};
}
