/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata_error_words and odata_fail: whatever the server says becomes one harmless line. The first
 * byte chooses the Content-Type, the rest is the body.
 */
#include "base/text.h"
#include "cihsm/scope.h"
#include "fuzz.h"
#include "odata/error.h"
#include "odata/error_text.h"

static const char *const TYPES[] = {"application/json", "application/xml", "text/html",
                                    "text/plain", NULL};

static void check_line(const char *line, size_t room)
{
    const size_t len = strlen(line);
    fuzz_require(len < room, "it fits");
    fuzz_require(text_is_utf8(line, len), "it is UTF-8");
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)line[i];
        fuzz_require(c >= 0x20 && c != 0x7f, "no terminal obeys it");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const size_t at = (data[0] - (size_t)'0') % (sizeof TYPES / sizeof *TYPES);
    CIHSM_AUTO(http_response_free) http_response response;
    http_response_init(&response, size);
    response.status = 500;
    if (text_set(&response.content_type, TYPES[at], NULL) != CIHSM_OK ||
        buffer_append(&response.body, data + 1, size - 1, NULL) != CIHSM_OK) {
        return 0;
    }
    char words[ODATA_WORDS_SIZE];
    odata_error_words(&response, words);
    check_line(words, sizeof words);
    const odata_hint no_hint = {0};
    cihsm_error err = {0};
    fuzz_require(odata_fail(&no_hint, "Logs", &response, &err) != CIHSM_OK, "it is a failure");
    check_line(err.message, sizeof err.message);
    (void)odata_is_request_fault(&response);
    return 0;
}
