/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive/pack - a folder becomes a zip whose bytes depend on names and content only.
 */
#ifndef ARCHIVE_PACK_H
#define ARCHIVE_PACK_H

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"

/** @param out  its maximum limits the zip. See cihsm_archive_load. */
CIHSM_NODISCARD cihsm_status pack_folder(const char *folder, buffer *out, cihsm_error *err);

#endif
