/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/plan: the first line is a path, the second a filter. What is made of a path is left
 * as it is when it is made again, and a URL of it holds nothing that needs encoding. A text stays
 * inside its quotes.
 */
#include "base/buffer.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "fuzz.h"
#include "integration/address.h"
#include "integration/plan.h"
#include "odata/literal.h"
#include "odata/quote.h"
#include "odata/uri.h"

static const char ROOT[] = "https://host/api/v1/";

static const char *const TYPES[] = {
    "Edm.String", "Edm.Boolean",  "Edm.Int32",          "Edm.Int64", "Edm.Decimal", "Edm.Double",
    "Edm.Single", "Edm.DateTime", "Edm.DateTimeOffset", "Edm.Time",  "Edm.Guid",    "Edm.Binary",
};

static void check_literals(const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        CIHSM_AUTO(buffer_free) buffer literal = buffer_new(1 << 20);
        if (odata_literal_append(TYPES[i], text, len, &literal, NULL) != CIHSM_OK) {
            continue;
        }
        const char *written = buffer_text(&literal);
        const char *quote = strchr(written, '\'');
        fuzz_require(strlen(written) != literal.len || quote == NULL ||
                         odata_quote_end(quote) == written + literal.len,
                     "the literal ends with its quote");
    }
}

static void check_address(const integration_catalogue *catalogue, const char *path)
{
    CIHSM_AUTO(text_free) char *once = NULL;
    CIHSM_AUTO(text_free) char *twice = NULL;
    if (integration_address(catalogue, path, &once, NULL) != CIHSM_OK) {
        return;
    }
    fuzz_require(integration_address(catalogue, once, &twice, NULL) == CIHSM_OK, "it is a path");
    fuzz_require(strcmp(once, twice) == 0, "made again it stays");
}

static void check_url(const integration_catalogue *catalogue, const char *path, const char *filter)
{
    static const char SENDABLE[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "-._~%/?$&=(),':";
    cihsm_query query = CIHSM_QUERY_INIT;
    query.filter = filter;
    CIHSM_AUTO(integration_plan_free) integration_plan plan = {0};
    CIHSM_AUTO(text_free) char *url = NULL;
    if (integration_plan_make(catalogue, path, &query, &plan, NULL) != CIHSM_OK ||
        odata_uri_is_absolute(plan.path) ||
        odata_uri_build(ROOT, plan.path, &plan.query, &url, NULL) != CIHSM_OK) {
        return;
    }
    fuzz_require(url[strspn(url, SENDABLE)] == '\0', "all is encoded");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const integration_catalogue *catalogue = NULL;
    CIHSM_AUTO(text_free) char *path = fuzz_text(data, size);
    char *end = strchr(path, '\n');
    const char *filter = end == NULL ? NULL : end + 1;
    if (end != NULL) {
        *end = '\0';
    }
    fuzz_require(integration_catalogue_get(&catalogue, NULL) == CIHSM_OK, "the catalogue is read");
    check_literals((const char *)data, size);
    check_address(catalogue, path);
    check_url(catalogue, path, filter);
    return 0;
}
