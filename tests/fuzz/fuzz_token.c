/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a token and its module answer: lists, attributes, certificates, signatures
 * (token_module.c). Whatever they say, it ends in a result or in an error with a message.
 */
#include <dlfcn.h>

#include "cihsm/cihsm.h"
#include "fuzz.h"

static void feed_module(const uint8_t *data, size_t size)
{
    static void (*feed)(const uint8_t *, size_t);
    if (feed == NULL) {
        void *module = dlopen(FUZZ_TOKEN_MODULE, RTLD_NOW);
        fuzz_require(module != NULL, "the module is there");
        void *symbol = dlsym(module, "fuzz_token_feed");
        memcpy(&feed, &symbol, sizeof feed);
        fuzz_require(feed != NULL, "it takes its answers");
    }
    feed(data, size);
}

static cihsm_status give_pin(void *user, const cihsm_pin_request *request, cihsm_secret **out,
                             cihsm_error *err)
{
    (void)user, (void)request;
    return cihsm_secret_new("1234", 4, out, err);
}

static void check(cihsm_status status, const cihsm_error *err)
{
    fuzz_require(status == CIHSM_OK || err->message[0] != '\0', "a failure has a message");
}

static void look_at_keys(cihsm_token *token)
{
    cihsm_error err = {0};
    CIHSM_AUTO(cihsm_key_review_free) cihsm_key_review *review = NULL;
    check(cihsm_key_review_make(token, NULL, &review, &err), &err);
    const cihsm_key_list *keys = review == NULL ? NULL : cihsm_key_review_keys(review);
    const size_t count = keys == NULL ? 0 : cihsm_key_list_count(keys);
    for (size_t i = 0; i < count; i++) {
        const cihsm_key_info *key = cihsm_key_list_at(keys, i);
        fuzz_require(key->id_len <= sizeof key->id && memchr(key->label, 0, sizeof key->label),
                     "id and label are within their room");
        fuzz_require(strncmp(key->uri, "pkcs11:", 7) == 0, "a key has a URI");
    }
}

static void sign_with(cihsm_token *token)
{
    static const char *const KEYS[] = {"pkcs11:id=%01", "pkcs11:id=%02"};
    static const cihsm_evidence_spec PLAIN = {0};
    for (size_t i = 0; i < 2; i++) {
        cihsm_error err = {0};
        CIHSM_AUTO(cihsm_value_free) cihsm_value *evidence = NULL;
        check(cihsm_evidence_make(token, KEYS[i], &PLAIN, &evidence, &err), &err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cihsm_token_config config = {.module = FUZZ_TOKEN_MODULE, .pin = give_pin};
    cihsm_error err = {0};
    feed_module(data, size);
    CIHSM_AUTO(cihsm_token_report_free) cihsm_token_report *report = NULL;
    check(cihsm_token_report_fetch(&config, &report, &err), &err);
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    check(cihsm_token_open(&config, &token, &err), &err);
    if (token == NULL) {
        return 0;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *certificates = NULL;
    check(cihsm_certificate_list_token(token, 30, &certificates, &err), &err);
    look_at_keys(token);
    sign_with(token);
    return 0;
}
