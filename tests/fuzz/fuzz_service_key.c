/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_key_parse: a service key of any shape, and what is taken out of it; and the same bytes as
 * the binding of another service.
 */
#include "base/text.h"
#include "cihsm/scope.h"
#include "fuzz.h"
#include "identity/service_key.h"
#include "identity/service_key_binding.h"

static void read_as_binding(const char *data, size_t size)
{
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    cihsm_error err = {0};
    if (service_key_parse_binding(data, size, "binding.json", &key, &err) != CIHSM_OK) {
        fuzz_require(key == NULL && err.message[0] != '\0', "a refusal leaves a message only");
        return;
    }
    const char *token_url = service_key_token_url(key);
    const bool by_secret = cihsm_service_key_kind(key) == CIHSM_SERVICE_KEY_SECRET;
    fuzz_require(text_starts(cihsm_service_key_url(key), "https://"), "the uri is https");
    fuzz_require(strcmp(token_url + strlen(token_url) - strlen("/oauth/token"), "/oauth/token") ==
                     0,
                 "the token URL ends in its path");
    fuzz_require(by_secret == (service_key_secret(key) != NULL) &&
                     by_secret == (service_key_private(key) == NULL),
                 "there is one way to log in");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as_binding((const char *)data, size);
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CIHSM_AUTO(text_free) char *root = NULL;
    cihsm_error err = {0};
    if (service_key_parse((const char *)data, size, "service-key.json", &key, &err) != CIHSM_OK) {
        fuzz_require(key == NULL && err.message[0] != '\0', "a refusal leaves a message only");
        return 0;
    }
    fuzz_require(service_key_chain(key) != NULL, "there is a list of certificates");
    if (service_key_root(key, &root, NULL) == CIHSM_OK) {
        fuzz_require(text_starts(root, "https://"), "the root is https");
        fuzz_require(strcmp(root + strlen(root) - strlen("/api/v1/"), "/api/v1/") == 0,
                     "the root ends in the API's path");
    }
    return 0;
}
