/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/name.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "base/error.h"
#include "base/text.h"

#define LENGTH_MAX 180 /* bytes, without a suffix */
#define HASH_BYTES 4

/* Of the snapshot itself, and of Windows, with any extension. */
static const char *const RESERVED[] = {
    "snapshot.json", "CON",  "PRN",  "AUX",  "NUL",  "COM1", "COM2", "COM3",
    "COM4",          "COM5", "COM6", "COM7", "COM8", "COM9", "LPT1", "LPT2",
    "LPT3",          "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
};

static bool is_reserved(const char *name)
{
    for (size_t i = 0; i < sizeof RESERVED / sizeof *RESERVED; i++) {
        const size_t len = strlen(RESERVED[i]);
        if (strncasecmp(name, RESERVED[i], len) == 0 && (name[len] == '\0' || name[len] == '.')) {
            return true;
        }
    }
    return false;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("._- ", c) != NULL;
}

static bool stays(const char *id, size_t at)
{
    const bool is_first = at == 0;
    const bool is_last = id[at + 1] == '\0';
    return is_plain(id[at]) && !(is_first && strchr(".- ", id[at]) != NULL) &&
           !(is_last && strchr(". ", id[at]) != NULL);
}

/* @return false: it was cut */
static bool encode(const char *id, char out[SNAPSHOT_NAME_SIZE])
{
    size_t len = 0;
    *out = '\0';
    for (size_t at = 0; id[at] != '\0'; at++) {
        if (len + 3 > LENGTH_MAX) {
            return false;
        }
        const bool is_kept = stays(id, at);
        len += (size_t)snprintf(out + len, SNAPSHOT_NAME_SIZE - len, is_kept ? "%c" : "%%%02X",
                                is_kept ? id[at] : (unsigned char)id[at]);
    }
    return true;
}

static cihsm_status add_hash(snapshot_name *name, cihsm_error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hash[HASH_BYTES * 2 + 1];
    if (EVP_Digest(name->id, strlen(name->id), digest, NULL, EVP_sha256(), NULL) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot hash");
    }
    text_hex(hash, digest, HASH_BYTES);
    const size_t len = strlen(name->text);
    snprintf(name->text + len, sizeof name->text - len, "~%s", hash);
    return CIHSM_OK;
}

static int compare(const void *left, const void *right)
{
    const snapshot_name *a = *(const snapshot_name *const *)left;
    const snapshot_name *b = *(const snapshot_name *const *)right;
    return strcasecmp(a->text, b->text);
}

/* @return the end of those from @p from on that a file system may take for one */
static size_t end_of_equals(snapshot_name *const *names, size_t count, size_t from)
{
    size_t end = from + 1;
    while (end < count && strcasecmp(names[end]->text, names[from]->text) == 0) {
        end++;
    }
    return end;
}

cihsm_status snapshot_name_all(snapshot_name **names, size_t count, cihsm_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!encode(names[i]->id, names[i]->text) || is_reserved(names[i]->text)) {
            CIHSM_TRY(add_hash(names[i], err));
        }
    }
    if (count > 0) {
        qsort(names, count, sizeof *names, compare);
    }
    for (size_t from = 0, end = 0; from < count; from = end) {
        end = end_of_equals(names, count, from);
        for (size_t i = from; end - from > 1 && i < end; i++) {
            CIHSM_TRY(add_hash(names[i], err));
        }
    }
    return CIHSM_OK;
}
