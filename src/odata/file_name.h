/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/file_name - what a value that was downloaded is called in a folder.
 */
#ifndef ODATA_FILE_NAME_H
#define ODATA_FILE_NAME_H

#include "base/file_name.h"
#include "cihsm/api.h"
#include "cihsm/error.h"
#include "http/transport.h"

/**
 * Takes the name that the server gives, if it is one for a file. Otherwise makes one of the keys
 * and navigations of the path and the Content-Type: "Orders-active.zip" of
 * IntegrationDesigntimeArtifacts(Id='Orders',Version='active')/$value.
 *
 * @param path  unencoded, or an absolute URL
 */
CIHSM_NODISCARD cihsm_status odata_file_name(const http_response *response, const char *path,
                                             char out[FILE_NAME_SIZE], cihsm_error *err);

#endif
