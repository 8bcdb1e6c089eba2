/* SPDX-License-Identifier: Apache-2.0 */
#include "export/entry_key.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* A value as bytes; what follows another is told apart by its NUL. */
static bool put_value(EVP_MD_CTX *digest, const cihsm_value *value)
{
    char number[32];
    const char *text = cihsm_value_string(value);
    double amount = 0;
    if (cihsm_value_number(value, &amount)) {
        snprintf(number, sizeof number, "%.17g", amount);
        text = number;
    } else if (cihsm_value_kind(value) == CIHSM_VALUE_BOOL) {
        text = cihsm_value_is_true(value) ? "true" : "false";
    }
    return text != NULL && EVP_DigestUpdate(digest, text, strlen(text) + 1) == 1;
}

static bool put_keys(EVP_MD_CTX *digest, const cihsm_value *keys, const cihsm_value *entry)
{
    const cihsm_value *key = cihsm_value_first(keys);
    for (; key != NULL; key = cihsm_value_next(key)) {
        const char *name = cihsm_value_get_string(key, "name");
        if (!put_value(digest, cihsm_value_get(entry, name))) {
            return false;
        }
    }
    return keys != NULL;
}

static bool put_address(EVP_MD_CTX *digest, const cihsm_value *entry)
{
    const cihsm_value *metadata = cihsm_value_get(entry, "__metadata");
    const char *address = cihsm_value_get_string(metadata, "uri");
    if (address == NULL) {
        address = cihsm_value_get_string(metadata, "id");
    }
    return address != NULL && EVP_DigestUpdate(digest, address, strlen(address) + 1) == 1;
}

static bool begin(EVP_MD_CTX *digest)
{
    return EVP_DigestInit_ex2(digest, NULL, NULL) == 1; /* the one it was made with */
}

cihsm_status export_key_of(EVP_MD_CTX *digest, const cihsm_value *keys, const cihsm_value *entry,
                           const odata_span *text, export_key *out, cihsm_error *err)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    const bool is_put = (begin(digest) && put_keys(digest, keys, entry)) ||
                        (begin(digest) && put_address(digest, entry)) ||
                        (begin(digest) && EVP_DigestUpdate(digest, text->text, text->len) == 1);
    if (!is_put || EVP_DigestFinal_ex(digest, hash, NULL) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot compute a SHA-256");
    }
    memcpy(out, hash, sizeof *out);
    out->a |= 1; /* never all zero */
    return CIHSM_OK;
}
