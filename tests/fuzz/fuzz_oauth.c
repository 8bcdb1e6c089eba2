/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/answer.h: the body of a token server, as a success and as a refusal. Neither the token nor
 * what is forbidden gets into a message.
 */
#include "auth/answer.h"
#include "cihsm/scope.h"
#include "cihsm/secret.h"
#include "fuzz.h"

#define SECRET "Zs3cret-8f1d" /* no digit of an escape is in front of it */

static void answer_with(http_response *answer, long status, const uint8_t *data, size_t size)
{
    http_response_init(answer, size + 1);
    answer->status = status;
    fuzz_require(buffer_append(&answer->body, data, size, NULL) == CIHSM_OK, "there is memory");
}

static void read_token(const auth_asked *asked, const uint8_t *data, size_t size)
{
    CIHSM_AUTO(http_response_free) http_response answer;
    CIHSM_AUTO(auth_token_free) auth_token token = {0};
    cihsm_error err = {0};
    answer_with(&answer, 200, data, size);
    if (auth_answer_token(&answer, asked, &token, &err) != CIHSM_OK) {
        fuzz_require(token.header == NULL && err.message[0] != '\0', "there is only a message");
        return;
    }
    const char *header = cihsm_secret_bytes(token.header);
    const size_t len = cihsm_secret_len(token.header);
    fuzz_require(len > strlen("Bearer ") && memcmp(header, "Bearer ", 7) == 0, "it is a header");
    for (size_t i = 7; i < len; i++) {
        fuzz_require(header[i] > ' ' && header[i] < 0x7f, "nothing can be put behind it");
    }
    fuzz_require(token.lifetime_s >= 0, "it does not end before it begins");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const long STATUSES[] = {302, 400, 401, 403, 404, 429, 500};
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *secret = NULL;
    if (cihsm_secret_new(SECRET, strlen(SECRET), &secret, NULL) != CIHSM_OK) {
        return 0;
    }
    const auth_asked asked = {
        .url = "https://login.example/oauth/token", .path = "key.json", .forbidden = secret};
    read_token(&asked, data, size);
    for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++) {
        CIHSM_AUTO(http_response_free) http_response answer;
        cihsm_error err = {0};
        answer_with(&answer, STATUSES[i], data, size);
        fuzz_require(auth_answer_fail(&answer, &asked, &err) != CIHSM_OK, "it is a failure");
        fuzz_require(strstr(err.message, SECRET) == NULL, "the secret is not repeated");
    }
    return 0;
}
