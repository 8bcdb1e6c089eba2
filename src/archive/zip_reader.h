/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive/zip_reader - the entries of a zip in memory, one after the other. Only here and in
 * archive/pack is libarchive called. Nothing is believed: names are checked, links and devices
 * refused, and what comes out is bounded (cihsm/archive.h).
 */
#ifndef ARCHIVE_ZIP_READER_H
#define ARCHIVE_ZIP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/utf8.h"
#include "cihsm/api.h"
#include "cihsm/error.h"

struct archive;

/** Start with {0}. Stays in its place. */
typedef struct zip_reader {
    struct archive *handle;
    utf8_scope utf8;
    uint64_t budget; /* bytes that may still come out */
    size_t entries;
} zip_reader;

typedef struct zip_entry {
    const char *name; /**< NULL: there is no further one; borrowed until the next one */
    bool is_folder;
} zip_entry;

/**
 * @param bytes  @p len bytes, borrowed as long as the reader lives
 * @param out    released by zip_reader_close, whatever the result
 * @retval CIHSM_E_PROTOCOL  no zip
 */
CIHSM_NODISCARD cihsm_status zip_reader_open(const void *bytes, size_t len, zip_reader *out,
                                             cihsm_error *err);

/** @retval CIHSM_E_PROTOCOL  the zip is damaged, or has what is refused */
CIHSM_NODISCARD cihsm_status zip_reader_next(zip_reader *reader, zip_entry *out, cihsm_error *err);

/**
 * Reads on in the present entry.
 *
 * @param got  bytes; 0: its end
 */
CIHSM_NODISCARD cihsm_status zip_reader_read(zip_reader *reader, void *bytes, size_t size,
                                             size_t *got, cihsm_error *err);

void zip_reader_close(zip_reader *reader);

#endif
