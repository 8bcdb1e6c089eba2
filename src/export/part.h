/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/part - a file of a slice in the making: hidden, then complete under its name. Used by one
 * thread at a time. Borrows the folder.
 */
#ifndef EXPORT_PART_H
#define EXPORT_PART_H

#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "export/folder.h"

#define EXPORT_SHA256_SIZE 32

/** What stands in a file, or will. */
typedef struct export_content {
    uint64_t entries;
    uint64_t bytes;
    unsigned pages; /**< answers of the tenant that it was made of */
    uint8_t sha256[EXPORT_SHA256_SIZE];
} export_content;

typedef struct export_part export_part;

/** Makes the hidden file. @retval CIHSM_E_IO */
CIHSM_NODISCARD cihsm_status export_part_open(export_folder *folder, int64_t from_s,
                                              export_part **out, cihsm_error *err);

/** Writes at the end. @retval CIHSM_E_IO */
CIHSM_NODISCARD cihsm_status export_part_write(export_part *part, const char *bytes, size_t len,
                                               cihsm_error *err);

/**
 * Brings the file to disk and to its name. Sets *part to NULL in every case.
 *
 * @param content  out: bytes and sha256
 * @retval CIHSM_E_IO
 */
CIHSM_NODISCARD cihsm_status export_part_publish(export_part **part, const char *name,
                                                 export_content *content, cihsm_error *err);

/** Removes it, sets *part to NULL. NULL is fine. */
void export_part_discard(export_part **part);

#endif
