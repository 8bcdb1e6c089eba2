/* SPDX-License-Identifier: Apache-2.0 */
#include "client/metadata_file.h"

#include <stdint.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/service_key.h"
#include "cihsm/time.h"
#include "identity/service_key.h"
#include "odata/metadata.h"

#define FILE_MAX ((size_t)16 * 1024 * 1024) /* cihsm_value_save writes no more */
#define NAME_BYTES 16                       /* of the hash */
#define MODE 0600

static cihsm_status path_of(const char *folder, const char *root, char **out, cihsm_error *err)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    char name[2 * NAME_BYTES + 1];
    if (EVP_Digest(root, strlen(root), hash, NULL, EVP_sha256(), NULL) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "SHA-256 failed");
    }
    text_hex(name, hash, NAME_BYTES);
    return text_format(out, err, "%s/metadata-%s.json", folder, name);
}

/* A file of ours, of this version and this tenant. */
static bool is_usable(const cihsm_value *digest, const char *root)
{
    double format = 0;
    int64_t fetched_ms = 0;
    const char *fetched_at = cihsm_value_get_string(digest, "fetchedAt");
    return cihsm_value_number(cihsm_value_get(digest, "format"), &format) &&
           format == ODATA_METADATA_FORMAT &&
           text_equal(cihsm_value_get_string(digest, "root"), root) && fetched_at != NULL &&
           cihsm_time_read_date(fetched_at, &fetched_ms, NULL) == CIHSM_OK;
}

static cihsm_status read_file(const char *path, const char *root, cihsm_metadata **out,
                              cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(FILE_MAX);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *digest = NULL;
    CIHSM_TRY(file_read(path, "metadata", &text, err));
    CIHSM_TRY(cihsm_value_parse(buffer_text(&text), text.len, &digest, err));
    return is_usable(digest, root) ? odata_metadata_new(&digest, out, err) : CIHSM_OK;
}

cihsm_status metadata_file_read(const char *folder, const char *root, cihsm_metadata **out,
                                cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(path_of(folder, root, &path, err));
    cihsm_error unusable = {0};
    *out = NULL;
    return read_file(path, root, out, &unusable) == CIHSM_E_NO_MEMORY ? cihsm_fail_memory(err)
                                                                      : CIHSM_OK;
}

cihsm_status cihsm_metadata_load(const char *folder, const char *service_key, cihsm_metadata **out,
                                 cihsm_error *err)
{
    cihsm_error_clear(err);
    *out = NULL;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CIHSM_AUTO(text_free) char *root = NULL;
    CIHSM_TRY(cihsm_service_key_read(service_key, &key, err));
    CIHSM_TRY(service_key_root(key, &root, err));
    return metadata_file_read(folder, root, out, err);
}

cihsm_status cihsm_metadata_save(const cihsm_metadata *metadata, const char *folder,
                                 cihsm_error *err)
{
    cihsm_error_clear(err);
    const cihsm_value *digest = odata_metadata_digest(metadata);
    const char *root = cihsm_value_get_string(digest, "root");
    if (root == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_STATE,
                                "only metadata that was fetched from a tenant can be kept");
    }
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(path_of(folder, root, &path, err));
    CIHSM_TRY(folder_make(folder, err));
    return cihsm_value_save(digest, path, MODE, err);
}
