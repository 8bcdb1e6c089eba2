/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata_page_parse and odata_tidy. The first byte chooses what was asked for and the Content-Type,
 * the rest is the body.
 */
#include "base/buffer.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "fuzz.h"
#include "odata/page.h"
#include "odata/tidy.h"

static const struct {
    odata_wanted wanted;
    const char *type;
} CASES[] = {
    {ODATA_WANT_ENTRIES, "application/json"}, {ODATA_WANT_ENTRIES, NULL},
    {ODATA_WANT_ENTRIES, "text/html"},        {ODATA_WANT_ENTRIES, "application/atom+xml"},
    {ODATA_WANT_METADATA, "application/xml"}, {ODATA_WANT_RAW, "text/plain"},
};

static void check(const odata_page *page)
{
    const bool has_value = page->value != NULL;
    fuzz_require(has_value == (page->kind != CIHSM_RESULT_BYTES), "a value stands for its kind");
    fuzz_require(page->next == NULL || page->kind == CIHSM_RESULT_COLLECTION,
                 "only lists have a next page");
    const bool is_array = cihsm_value_kind(page->value) == CIHSM_VALUE_ARRAY;
    fuzz_require(is_array == (page->kind == CIHSM_RESULT_COLLECTION), "a list is an array");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const size_t at = (data[0] - (size_t)'0') % (sizeof CASES / sizeof *CASES);
    CIHSM_AUTO(http_response_free) http_response response;
    http_response_init(&response, size);
    response.status = 200;
    CIHSM_AUTO(odata_page_free) odata_page page = {0};
    const odata_types no_types = {0};
    cihsm_error err = {0};
    if (text_set(&response.content_type, CASES[at].type, NULL) != CIHSM_OK ||
        buffer_append(&response.body, data + 1, size - 1, NULL) != CIHSM_OK ||
        odata_page_parse(&response, CASES[at].wanted, &page, &err) != CIHSM_OK) {
        return 0;
    }
    check(&page);
    if (page.is_odata) {
        fuzz_require(odata_tidy(page.value, "Logs", &no_types, NULL) == CIHSM_OK, "it is tidied");
    }
    return 0;
}
