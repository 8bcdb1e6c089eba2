/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/download - one value that is handed over while it arrives.
 */
#ifndef ODATA_DOWNLOAD_H
#define ODATA_DOWNLOAD_H

#include "cihsm/api.h"
#include "cihsm/download.h"
#include "http/patience.h"
#include "odata/service.h"

/**
 * See cihsm_client_download.
 *
 * @param service   its transport is that of @p patience
 * @param patience  decides whether a transfer that broke off is begun anew
 * @param path      with "/$value"; unencoded, or an absolute URL below the root
 */
CIHSM_NODISCARD cihsm_status odata_download(const odata_service *service, http_patience *patience,
                                            const char *path, const cihsm_query *query,
                                            const cihsm_sink *sink, cihsm_error *err);

#endif
