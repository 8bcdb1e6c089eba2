/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/url: a URL of any shape, alone and as a link on a page.
 */
#include "base/text.h"
#include "cihsm/scope.h"
#include "fuzz.h"
#include "http/url.h"

#define BASE "https://host/api/v1/Logs?$top=1"

static void check_normal(const char *url)
{
    CIHSM_AUTO(text_free) char *again = NULL;
    CIHSM_AUTO(text_free) char *origin = NULL;
    CIHSM_AUTO(text_free) char *target = NULL;
    fuzz_require(text_starts(url, "https://"), "only https is accepted");
    fuzz_require(http_url_normalise(url, &again, NULL) == CIHSM_OK, "normal URLs are accepted");
    fuzz_require(strcmp(url, again) == 0, "a normal URL stays as it is");
    fuzz_require(http_url_origin(url, &origin, NULL) == CIHSM_OK, "it has an origin");
    bool same = false;
    fuzz_require(http_url_same_origin(url, origin, &same, NULL) == CIHSM_OK && same,
                 "its origin is its own");
    fuzz_require(http_url_target(url, &target, NULL) == CIHSM_OK && target[0] == '/',
                 "it has a target");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    CIHSM_AUTO(text_free) char *normal = NULL;
    CIHSM_AUTO(text_free) char *resolved = NULL;
    CIHSM_AUTO(text_free) char *escaped = NULL;
    if (http_url_normalise(text, &normal, NULL) == CIHSM_OK) {
        check_normal(normal);
    }
    if (http_url_resolve(BASE, text, &resolved, NULL) == CIHSM_OK) {
        check_normal(resolved);
    }
    fuzz_require(http_escape(text, &escaped, NULL) == CIHSM_OK, "any text can be encoded");
    for (const char *c = escaped; *c != '\0'; c++) {
        fuzz_require(*c > ' ' && *c < 0x7f && strchr("/?#&+=", *c) == NULL, "encoded is harmless");
    }
    free(text);
    return 0;
}
