/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/error.h"

buffer buffer_new(size_t max)
{
    return (buffer){.max = max};
}

static cihsm_status grow(buffer *to, size_t need, cihsm_error *err)
{
    if (need <= to->room) {
        return CIHSM_OK;
    }
    size_t room = to->room < 128 ? 256 : to->room * 2;
    if (room < need) {
        room = need;
    }
    char *data = malloc(room);
    if (data == NULL) {
        return cihsm_fail_memory(err);
    }
    if (to->data != NULL) {
        memcpy(data, to->data, to->len);
        OPENSSL_cleanse(to->data, to->len);
        free(to->data);
    }
    to->data = data;
    to->room = room;
    return CIHSM_OK;
}

cihsm_status buffer_append(buffer *to, const void *bytes, size_t len, cihsm_error *err)
{
    if (len > to->max || to->len > to->max - len) {
        return cihsm_fail_plain(err, CIHSM_E_LIMIT, "more than %zu bytes", to->max);
    }
    CIHSM_TRY(grow(to, to->len + len + 1, err));
    if (len > 0) {
        memcpy(to->data + to->len, bytes, len);
    }
    to->len += len;
    to->data[to->len] = '\0';
    return CIHSM_OK;
}

cihsm_status buffer_append_text(buffer *to, const char *text, cihsm_error *err)
{
    return buffer_append(to, text, strlen(text), err);
}

const char *buffer_text(const buffer *from)
{
    return from->data == NULL ? "" : from->data;
}

void buffer_clear(buffer *of)
{
    if (of->data != NULL) {
        OPENSSL_cleanse(of->data, of->len);
        of->data[0] = '\0';
    }
    of->len = 0;
}

void buffer_free(buffer *of)
{
    buffer_clear(of);
    free(of->data);
    *of = (buffer){.max = of->max};
}
