/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata_uri_build: a path (first line) and a filter (the rest) as a person types them. What is
 * accepted becomes a URL below the root, of characters that every server takes.
 */
#include "base/text.h"
#include "cihsm/scope.h"
#include "fuzz.h"
#include "http/url.h"
#include "odata/uri.h"

#define ROOT "https://host/api/v1/"

static void check(const char *path, const char *url)
{
    bool is_below = false;
    CIHSM_AUTO(text_free) char *target = NULL;
    fuzz_require(odata_uri_is_below(ROOT, url, &is_below, NULL) == CIHSM_OK && is_below,
                 "the URL is below the root");
    fuzz_require(http_url_target(url, &target, NULL) == CIHSM_OK, "the URL is one");
    for (const char *c = url; !odata_uri_is_absolute(path) && *c != '\0'; c++) {
        fuzz_require(*c > ' ' && *c < 0x7f && strchr("\"<>\\^`{|}#", *c) == NULL,
                     "it holds nothing that must be encoded");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = fuzz_text(data, size);
    char *line_end = strchr(path, '\n');
    cihsm_query query = CIHSM_QUERY_INIT;
    if (line_end != NULL) {
        *line_end = '\0';
        query.filter = line_end + 1;
    }
    CIHSM_AUTO(text_free) char *url = NULL;
    cihsm_error err = {0};
    if (odata_uri_build(ROOT, path, &query, &url, &err) == CIHSM_OK) {
        check(path, url);
    } else {
        fuzz_require(err.message[0] != '\0', "a refusal says why");
    }
    free(path);
    return 0;
}
