/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads the content of an artifact to an open file. */
#include <stdio.h>

#include <cihsm/download.h>

static cihsm_status begin(void *user, const cihsm_media *media,
                          cihsm_error *err)
{
    (void)user;
    (void)err;
    fprintf(stderr, "%s\n", media->name);
    return CIHSM_OK;
}

static cihsm_status keep(void *user, const char *bytes, size_t len,
                         cihsm_error *err)
{
    return fwrite(bytes, 1, len, (FILE *)user) == len
               ? CIHSM_OK
               : cihsm_error_set(err, CIHSM_E_IO, "cannot write");
}

cihsm_status download_flow(cihsm_client *client, FILE *file,
                           cihsm_error *err)
{
    const cihsm_sink sink = {begin, keep, file, false, false};
    return cihsm_client_download(
        client,
        "IntegrationDesigntimeArtifacts(Id='Orders',Version='"
        "active')/$value",
        NULL, &sink, err);
}
