/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in JSON, as OData writes Edm.Binary there: base64.
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cihsm/scope.h"
#include "cihsm/value.h"

enum { PIECE = 3 * 1024 }; /* bytes; a multiple of 3, so that only the last piece is padded */

static void free_decoder(EVP_ENCODE_CTX **of)
{
    EVP_ENCODE_CTX_free(*of);
    *of = NULL;
}

cihsm_status cihsm_value_set_bytes(cihsm_value *object, const char *name, const void *bytes,
                                   size_t len, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(len / 3 * 4 + 4);
    for (size_t at = 0; at < len; at += PIECE) {
        unsigned char piece[PIECE / 3 * 4 + 1];
        const size_t take = len - at < PIECE ? len - at : PIECE;
        const int made =
            EVP_EncodeBlock(piece, (const unsigned char *)bytes + at, (int)take); /* fits */
        const cihsm_status status = buffer_append(&text, piece, (size_t)made, err);
        OPENSSL_cleanse(piece, sizeof piece);
        CIHSM_TRY(status);
    }
    return cihsm_value_set_string(object, name, buffer_text(&text), err);
}

static cihsm_status refuse(cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "the value is no base64");
}

/* Hands on what a piece of base64 stands for. */
static cihsm_status decode(EVP_ENCODE_CTX *decoder, const char *text, size_t len,
                           cihsm_write_fn write, void *user, cihsm_error *err)
{
    unsigned char bytes[PIECE + 64]; /* some bytes of the piece before may wait */
    int made = 0;
    if (EVP_DecodeUpdate(decoder, bytes, &made, (const unsigned char *)text, (int)len) < 0) {
        return refuse(err);
    }
    return made == 0 ? CIHSM_OK : write(user, (const char *)bytes, (size_t)made, err);
}

cihsm_status cihsm_value_write_bytes(const cihsm_value *value, cihsm_write_fn write, void *user,
                                     cihsm_error *err)
{
    cihsm_error_clear(err);
    const char *text = cihsm_value_string(value);
    if (text == NULL) {
        return refuse(err);
    }
    CIHSM_AUTO(free_decoder) EVP_ENCODE_CTX *decoder = EVP_ENCODE_CTX_new();
    if (decoder == NULL) {
        return cihsm_fail_memory(err);
    }
    EVP_DecodeInit(decoder);
    const size_t len = strlen(text);
    for (size_t at = 0; at < len; at += PIECE) {
        CIHSM_TRY(
            decode(decoder, text + at, len - at < PIECE ? len - at : PIECE, write, user, err));
    }
    unsigned char rest[64];
    int made = 0;
    return EVP_DecodeFinal(decoder, rest, &made) < 0 ? refuse(err) : CIHSM_OK;
}
