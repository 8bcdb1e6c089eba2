/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/manifest - the file that says an export is complete, and what that means.
 */
#ifndef EXPORT_MANIFEST_H
#define EXPORT_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "export/folder.h"

/** @return true if there is one. */
bool export_manifest_exists(const export_folder *folder);

/**
 * Writes it: complete or not at all. The slices are read from the checkpoint.
 *
 * @param now_ms  the present moment
 * @retval CIHSM_E_IO, CIHSM_E_CONFIG  as for export_checkpoint_read
 */
CIHSM_NODISCARD cihsm_status export_manifest_write(export_folder *folder, int64_t now_ms,
                                                   cihsm_error *err);

#endif
