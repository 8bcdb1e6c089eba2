/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PKCS#11 URIs as a person types them: the first line is one, the rest the label of a token that it
 * may match.
 */
#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/token_admin.h"
#include "fuzz.h"
#include "pkcs11/uri.h"

static void uri_release(P11KitUri **uri)
{
    p11_kit_uri_free(*uri);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CIHSM_AUTO(text_free) char *text = fuzz_text(data, size);
    char *line_end = strchr(text, '\n');
    const char *label = line_end == NULL ? "" : line_end + 1;
    if (line_end != NULL) {
        *line_end = '\0';
    }
    cihsm_error err = {0};
    CIHSM_AUTO(uri_release) P11KitUri *uri = NULL;
    const cihsm_status status = pkcs11_uri_parse(text, &uri, &err);
    fuzz_require((status == CIHSM_OK) == (uri != NULL), "there is a URI, or a failure");
    if (status != CIHSM_OK) {
        fuzz_require(status == CIHSM_E_USAGE && err.message[0] != '\0', "a refusal says why");
        return 0;
    }
    fuzz_require(p11_kit_uri_get_pin_value(uri) == NULL, "no PIN comes in by a URI");
    (void)pkcs11_uri_names_token(uri);
    bool matches = false;
    err = (cihsm_error){0};
    fuzz_require(cihsm_token_uri_matches(text, label, "1", &matches, &err) == CIHSM_OK,
                 "what was read can be compared");
    return 0;
}
