/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive/unpack - a zip becomes a folder: first beside its place, then moved there as a whole.
 */
#ifndef ARCHIVE_UNPACK_H
#define ARCHIVE_UNPACK_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

/** See cihsm_archive_unpack. */
CIHSM_NODISCARD cihsm_status unpack_into(const void *zip, size_t len, const char *folder,
                                         cihsm_error *err);

#endif
