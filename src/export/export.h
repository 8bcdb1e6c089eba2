/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/export - cihsm_export over any transport.
 */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include "cihsm/export.h"
#include "http/patience.h"
#include "odata/service.h"

/**
 * cihsm_export_open without a client.
 *
 * @param service   root, hint, types and log are used; borrowed
 * @param patience  what carries the requests; its clock is the export's; borrowed
 */
CIHSM_NODISCARD cihsm_status export_open(const odata_service *service, http_patience *patience,
                                         const cihsm_export_options *options, cihsm_export **out,
                                         cihsm_error *err);

#endif
