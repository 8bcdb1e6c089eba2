/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata_batch_read and odata_batch_match. The first line is the Content-Type, the rest is the body.
 */
#include "cihsm/scope.h"
#include "fuzz.h"
#include "odata/batch.h"

enum { COUNT = 4 };

static const cihsm_operation OPERATIONS[COUNT] = {
    {.request = {.method = "GET", .path = "A"}},
    {.request = {.method = "POST", .path = "A"}, .change_set = 1},
    {.request = {.method = "DELETE", .path = "A('1')"}, .change_set = 1},
    {.request = {.method = "PUT", .path = "A('1')"}},
};

static void check(const odata_batch_reply *reply, const uint8_t *data, size_t size)
{
    size_t group = 0;
    for (size_t i = 0; i < reply->count; i++) {
        const http_response *response = &reply->parts[i].response;
        fuzz_require(response->status >= 200 && response->status <= 599, "it is a status");
        fuzz_require(reply->parts[i].group >= group && reply->parts[i].group < reply->groups,
                     "groups rise");
        group = reply->parts[i].group;
        fuzz_require(response->body.len == 0 ||
                         memmem(data, size, response->body.data, response->body.len) != NULL,
                     "a body is a part of the answer");
    }
}

static void match(const odata_batch_reply *reply)
{
    for (size_t count = 1; count <= COUNT; count++) {
        odata_batch_place places[COUNT] = {0};
        if (odata_batch_match(OPERATIONS, count, reply, places, NULL) != CIHSM_OK) {
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            fuzz_require(places[i].part < reply->count, "each operation has a part");
            fuzz_require(!places[i].has_culprit || places[i].culprit < count, "a culprit exists");
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *feed = size == 0 ? NULL : memchr(data, '\n', size);
    if (feed == NULL) {
        return 0;
    }
    const uint8_t *body = feed + 1;
    const size_t len = size - (size_t)(body - data);
    char *type = fuzz_text(data, (size_t)(feed - data));
    CIHSM_AUTO(odata_batch_reply_free) odata_batch_reply reply = {0};
    cihsm_error err = {0};
    const cihsm_status status =
        odata_batch_read(type, (const char *)body, len, COUNT, &reply, &err);
    fuzz_require(reply.count <= COUNT && reply.groups <= COUNT, "not more than asked for");
    if (status == CIHSM_OK) {
        check(&reply, data, size);
        match(&reply);
    } else {
        fuzz_require(status == CIHSM_E_PROTOCOL && err.message[0] != '\0', "it says why");
    }
    free(type);
    return 0;
}
