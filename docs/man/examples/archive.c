/* SPDX-License-Identifier: Apache-2.0 */
/* Packs a folder as the content of an artifact, and looks
 * whether it is the one of that id. */
#include <cihsm/archive.h>
#include <cihsm/file.h>
#include <cihsm/scope.h>

cihsm_status pack(const char *folder, const char *id,
                  const char *zip, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *archive = NULL;
    cihsm_status status = cihsm_archive_load(folder, &archive, err);
    if (status == CIHSM_OK) {
        status = cihsm_archive_check_id(archive, id, err);
    }
    if (status == CIHSM_OK) {
        size_t len = 0;
        const void *bytes = cihsm_archive_bytes(archive, &len);
        status = cihsm_file_write(zip, 0644, bytes, len, err);
    }
    return status;
}
