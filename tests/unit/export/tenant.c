/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/text.h"
#include "cmocka_all.h"
#include "export/moment.h"

void tenant_fill(tenant *of, int count, int64_t from_s, int64_t step_s)
{
    of->count = count;
    for (int i = 0; i < count; i++) {
        of->logs[i] = (tenant_log){.id = i, .at_s = from_s + i * step_s};
    }
    unsigned random = 7;
    for (int i = count - 1; i > 0; i--) {
        random = random * 1103515245u + 12345u;
        const int other = (int)(random >> 8) % (i + 1);
        const tenant_log swapped = of->logs[i];
        of->logs[i] = of->logs[other];
        of->logs[other] = swapped;
    }
}

static int hex(char c)
{
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

static void decode(const char *from, char *to)
{
    while (*from != '\0') {
        if (*from == '%') {
            *to++ = (char)(hex(from[1]) * 16 + hex(from[2]));
            from += 3;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

static int64_t moment_after(const char *text, const char *words, int64_t otherwise)
{
    const char *at = strstr(text, words);
    if (at == NULL) {
        return otherwise;
    }
    char moment[EXPORT_MOMENT_LEN + 1];
    snprintf(moment, sizeof moment, "%.19s", at + strlen(words));
    int64_t seconds = 0;
    assert_true(export_moment_read(moment, &seconds));
    return seconds;
}

static int by_time(const void *a, const void *b)
{
    const tenant_log *left = *(const tenant_log *const *)a;
    const tenant_log *right = *(const tenant_log *const *)b;
    if (left->at_s != right->at_s) {
        return left->at_s < right->at_s ? -1 : 1;
    }
    return left->id - right->id;
}

static int select_logs(tenant *of, const char *text, tenant_log *found[TENANT_LOGS])
{
    const int64_t from_s = moment_after(text, "LogEnd ge datetime'", 0);
    const int64_t to_s = moment_after(text, "LogEnd lt datetime'", INT64_MAX);
    int count = 0;
    for (int i = 0; i < of->count; i++) {
        tenant_log *log = &of->logs[i];
        if (!log->is_gone && (of->ignores_filter || (from_s <= log->at_s && log->at_s < to_s))) {
            found[count++] = log;
        }
    }
    if (strstr(text, "$orderby=LogEnd") != NULL && !of->is_unordered) {
        qsort(found, (size_t)count, sizeof *found, by_time);
    }
    return count;
}

static void put(buffer *body, const char *text)
{
    assert_int_equal(buffer_append_text(body, text, NULL), CIHSM_OK);
}

static void put_log(buffer *body, const tenant_log *log)
{
    char text[200];
    snprintf(text, sizeof text,
             "{\"__metadata\":{\"type\":\"com.sap.hci.api.MessageProcessingLog\"},"
             "\"MessageGuid\":\"G%d\",\"LogEnd\":\"/Date(%lld)/\",\"Sender\":\"a,b\"}",
             log->id, (long long)log->at_s * 1000 + log->id % 1000);
    put(body, text);
}

static void put_page(tenant *of, const char *text, buffer *body)
{
    static tenant_log *found[TENANT_LOGS];
    const char *link = strstr(text, "$skiptoken=");
    const int from = link == NULL ? 0 : atoi(link + strlen("$skiptoken="));
    of->pages++;
    of->links += link == NULL ? 0 : 1;
    const int count = select_logs(of, text, found);
    const int to = from + of->page < count ? from + of->page : count;
    put(body, "{\"d\":{\"results\":[");
    for (int i = from; i < to; i++) {
        put(body, i == from ? "" : ",");
        put_log(body, found[i]);
    }
    put(body, "]");
    if (to < count) {
        char next[1500];
        const int plain = (int)(link == NULL ? strlen(text) : (size_t)(link - text) - 1);
        char encoded[1400];
        size_t at = 0;
        for (int i = 0; i < plain; i++) {
            at += (size_t)snprintf(encoded + at, sizeof encoded - at,
                                   text[i] == ' ' || text[i] == '\'' ? "%%%02X" : "%c", text[i]);
        }
        snprintf(next, sizeof next, ",\"__next\":\"%s&$skiptoken=%d\"", encoded,
                 of->repeats_link ? of->page : to);
        put(body, next);
    }
    put(body, "}}");
    if (link != NULL && of->moves_every > 0 && of->links % of->moves_every == 0 &&
        (of->moves_max == 0 || of->moves < of->moves_max)) {
        found[0]->is_gone = true;
        of->moves++;
    }
}

static void put_count(tenant *of, const char *text, buffer *body)
{
    static tenant_log *found[TENANT_LOGS];
    char number[32];
    of->counts++;
    snprintf(number, sizeof number, "%d", select_logs(of, text, found));
    put(body, number);
}

static void answer(tenant *of, tenant_flight *flight)
{
    http_exchange *exchange = flight->exchange;
    http_response *response = &exchange->response;
    char text[1024];
    decode(flight->url, text);
    flight->exchange = NULL;
    exchange->carrier = NULL;
    exchange->has_head = true;
    exchange->is_done = true;
    of->answers++;
    response->was_sent = true;
    response->status = of->refuse_after > 0 && of->answers > of->refuse_after ? 403 : 200;
    const bool counts = strstr(text, "/$count") != NULL;
    assert_int_equal(text_set(&response->content_type,
                              of->type != NULL ? of->type
                              : counts         ? "text/plain"
                                               : "application/json",
                              NULL),
                     CIHSM_OK);
    if (response->status != 200) {
        return;
    }
    if (of->cut_every > 0 && of->answers % of->cut_every == 0) {
        put(&response->body, "{\"d\":{\"results\":[{\"MessageGuid\":\"G0\"},");
        (void)cihsm_fail_plain(&exchange->failure, CIHSM_E_NETWORK, "connection lost");
    } else if (of->body != NULL) {
        put(&response->body, of->body);
    } else if (counts) {
        put_count(of, text, &response->body);
    } else {
        put_page(of, text, &response->body);
    }
}

static cihsm_status start(void *context, const http_request *request, http_exchange *exchange,
                          cihsm_error *err)
{
    (void)err;
    tenant *of = context;
    unsigned in_flight = 1;
    tenant_flight *free_one = NULL;
    for (size_t i = 0; i < TENANT_FLIGHTS; i++) {
        if (of->flights[i].exchange == NULL) {
            free_one = &of->flights[i];
        } else {
            in_flight++;
        }
    }
    assert_non_null(free_one);
    if (in_flight > of->in_flight_max) {
        of->in_flight_max = in_flight;
    }
    assert_true(text_starts(request->url, TENANT_ROOT));
    snprintf(free_one->url, sizeof free_one->url, "%s", request->url);
    free_one->exchange = exchange;
    exchange->carrier = free_one;
    return CIHSM_OK;
}

/* Whoever writes is done soon; when nobody does, time passes. */
static bool was_woken(tenant *of)
{
    const struct timespec moment = {.tv_nsec = 100000};
    for (int i = 0; i < 200; i++) {
        if (atomic_exchange(&of->is_woken, false)) {
            return true;
        }
        nanosleep(&moment, NULL);
    }
    return false;
}

static cihsm_status wait_for(void *context, long timeout_ms, cihsm_error *err)
{
    (void)err;
    tenant *of = context;
    for (size_t i = 0; i < TENANT_FLIGHTS; i++) {
        if (of->flights[i].exchange != NULL) {
            answer(of, &of->flights[i]);
            return CIHSM_OK;
        }
    }
    if (!was_woken(of)) {
        of->now_us += timeout_ms * 1000;
    }
    return CIHSM_OK;
}

static void cancel(void *context, http_exchange *exchange)
{
    (void)context;
    tenant_flight *flight = exchange->carrier;
    if (flight != NULL) {
        flight->exchange = NULL;
        exchange->carrier = NULL;
    }
}

static void wake(void *context)
{
    atomic_store(&((tenant *)context)->is_woken, true);
}

http_transport tenant_transport(tenant *of)
{
    return (http_transport){
        .start = start, .wait = wait_for, .cancel = cancel, .wake = wake, .context = of};
}

static int64_t now_us(void *context)
{
    return ((const tenant *)context)->now_us;
}

static int64_t wall_ms(void *context)
{
    const tenant *of = context;
    return (of->now_us + of->wall_off_us) / 1000;
}

static bool sleep_ms(void *context, int64_t milliseconds)
{
    ((tenant *)context)->now_us += milliseconds * 1000;
    return true;
}

clock_source tenant_clock(tenant *of)
{
    return (clock_source){now_us, wall_ms, sleep_ms, of};
}
