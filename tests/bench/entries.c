/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries a second of the way from the bytes of a page to JSON Lines, without a network: framing,
 * parsing, tidying and writing, on one thread. Usage: bench_entries [ENTRIES]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "integration/catalogue.h"
#include "odata/service.h"

#define ROOT "https://localhost:8443/api/v1/"
#define PAGE 1000
#define ARRIVES ((size_t)16 * 1024) /* bytes at once, as a TLS record holds */
#define PAGE_MAX ((size_t)16 * 1024 * 1024)

/* What odata reads from: the same page as often as the next one is asked for. */
typedef struct page_source {
    buffer page;
    http_exchange *exchange;
    size_t sent;
} page_source;

static cihsm_status start(void *context, const http_request *request, http_exchange *exchange,
                          cihsm_error *err)
{
    page_source *source = context;
    (void)request;
    exchange->carrier = source;
    exchange->has_head = true;
    exchange->response.status = 200;
    source->exchange = exchange;
    source->sent = 0;
    return text_set(&exchange->response.content_type, "application/json", err);
}

static cihsm_status wait_for(void *context, long timeout_ms, cihsm_error *err)
{
    page_source *source = context;
    (void)timeout_ms;
    const size_t left = source->page.len - source->sent;
    const size_t len = left < ARRIVES ? left : ARRIVES;
    CIHSM_TRY(buffer_append(&source->exchange->response.body, source->page.data + source->sent, len,
                            err));
    source->sent += len;
    source->exchange->is_done = source->sent == source->page.len;
    return CIHSM_OK;
}

static void cancel(void *context, http_exchange *exchange)
{
    (void)context;
    exchange->carrier = NULL;
}

static cihsm_status put_entry(buffer *page, int number, cihsm_error *err)
{
    static const char *const NAVIGATIONS[] = {
        "CustomHeaderProperties", "MessageStoreEntries", "ErrorInformation",
        "AdapterAttributes",      "Attachments",         "Runs"};
    CIHSM_AUTO(text_free) char *uri = NULL;
    CIHSM_AUTO(text_free) char *head = NULL;
    CIHSM_TRY(text_format(&uri, err, ROOT "MessageProcessingLogs('AGAS1%08xbench0123456789Ab')",
                          (unsigned)number));
    CIHSM_TRY(text_format(
        &head, err,
        "%s{\"__metadata\":{\"id\":\"%s\",\"uri\":\"%s\",\"type\":\"com.sap.hci.api."
        "MessageProcessingLog\"},\"MessageGuid\":\"AGAS1%08xbench0123456789Ab\",\"CorrelationId\":"
        "\"AGAS10004512bench0123456789Ab\",\"ApplicationMessageId\":\"order-%010d\","
        "\"ApplicationMessageType\":null,\"LogStart\":\"/Date(1767225600%03d)/\",\"LogEnd\":\"/"
        "Date(1767225601%03d)/\",\"Sender\":\"ERP_\xc3\x9c"
        "BERSEE\",\"Receiver\":\"WAREHOUSE\",\"IntegrationFlowName\":\"com.example.orders.flow_01\""
        ",\"Status\":\"COMPLETED\",\"LogLevel\":\"INFO\",\"CustomStatus\":\"COMPLETED\","
        "\"ArchivingStatus\":\"NOT_RELEVANT\",\"ArchivingSenderChannelMessages\":false,"
        "\"ArchivingReceiverChannelMessages\":false,\"ArchivingLogAttachments\":false,"
        "\"ArchivingPersistedMessages\":false,\"IntegrationArtifact\":{\"__metadata\":{\"type\":"
        "\"com.sap.hci.api.IntegrationArtifact\"},\"Id\":\"com.example.orders.flow_01\",\"Name\":"
        "\"Orders to the \\\"01\\\" warehouse\",\"Type\":\"INTEGRATION_FLOW\",\"PackageId\":"
        "\"ComExampleOrders\",\"PackageName\":\"Orders of the example company\"}",
        number == 0 ? "" : ",", uri, uri, (unsigned)number, number, number % 1000, number % 1000));
    CIHSM_TRY(buffer_append_text(page, head, err));
    for (size_t i = 0; i < sizeof NAVIGATIONS / sizeof *NAVIGATIONS; i++) {
        CIHSM_AUTO(text_free) char *link = NULL;
        CIHSM_TRY(text_format(&link, err, ",\"%s\":{\"__deferred\":{\"uri\":\"%s/%s\"}}",
                              NAVIGATIONS[i], uri, NAVIGATIONS[i]));
        CIHSM_TRY(buffer_append_text(page, link, err));
    }
    return buffer_append(page, "}", 1, err);
}

static cihsm_status make_page(buffer *page, cihsm_error *err)
{
    CIHSM_TRY(buffer_append_text(page, "{\"d\":{\"results\":[", err));
    for (int i = 0; i < PAGE; i++) {
        CIHSM_TRY(put_entry(page, i, err));
    }
    return buffer_append_text(page, "]}}", err);
}

/* Stands for a buffered standard output. */
typedef struct sink {
    char bytes[65536];
    size_t len;
    size_t total;
} sink;

static cihsm_status put(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    (void)err;
    sink *to = user;
    if (len > sizeof to->bytes - to->len) {
        to->len = 0;
    }
    memcpy(to->bytes + to->len, bytes, len);
    to->len += len;
    to->total += len;
    return CIHSM_OK;
}

static cihsm_status read_page(const odata_service *service, sink *out, long *entries,
                              cihsm_error *err)
{
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    CIHSM_TRY(odata_result_stream(service, "MessageProcessingLogs", NULL, NULL, &result, err));
    for (;;) {
        const cihsm_value *entry = NULL;
        CIHSM_TRY(odata_result_entry(result, &entry, err));
        if (entry == NULL) {
            return CIHSM_OK;
        }
        CIHSM_TRY(cihsm_value_write(entry, 0, put, out, err));
        CIHSM_TRY(put(out, "\n", 1, err));
        (*entries)++;
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static cihsm_status measure(long wanted, cihsm_error *err)
{
    static sink out;
    CIHSM_AUTO(buffer_free) buffer page = buffer_new(PAGE_MAX);
    CIHSM_TRY(make_page(&page, err));
    page_source source = {.page = page};
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    const odata_service service = {
        .transport = {.start = start, .wait = wait_for, .cancel = cancel, .context = &source},
        .root = ROOT,
        .types = {.type_of = integration_property_type, .user = catalogue},
    };
    long entries = 0;
    const double begun = seconds();
    while (entries < wanted) {
        CIHSM_TRY(read_page(&service, &out, &entries, err));
    }
    const double took = seconds() - begun;
    printf("%ld entries of %zu bytes, %zu bytes each written: %.0f entries/s\n", entries,
           page.len / PAGE, out.total / (size_t)entries, (double)entries / took);
    return CIHSM_OK;
}

int main(int argc, char **argv)
{
    cihsm_error err = {0};
    const long wanted = argc > 1 ? strtol(argv[1], NULL, 10) : 200000;
    if (measure(wanted, &err) != CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
