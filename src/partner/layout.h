/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/layout - which file of a partner's folder stands for which entry, and what a value is as
 * a file.
 */
#ifndef PARTNER_LAYOUT_H
#define PARTNER_LAYOUT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "partner/entry.h"
#include "partner/name.h"

#define PARTNER_INDEX_NAME "partner.json"
#define PARTNER_FILE_SIZE 320 /* room for "BinaryParameters/NAME.EXT" and a NUL */

/**
 * Writes the name of the file of a string or binary parameter, below its partner's folder.
 *
 * @retval CIHSM_E_LIMIT  the id is too long
 */
CIHSM_NODISCARD cihsm_status partner_file_name(const partner_entry *entry,
                                               char out[PARTNER_FILE_SIZE], cihsm_error *err);

/** What the name of a file says. */
typedef struct partner_file {
    char id[PARTNER_ID_SIZE];
    const char *extension; /**< borrowed from the name */
} partner_file;

/**
 * Reads the last part of such a name: "Endpoint.txt".
 *
 * @return false if it stands for no parameter of that kind
 */
bool partner_file_read(cihsm_partner_kind kind, const char *name, partner_file *out);

/** partner_file_read for a name with its folder: "StringParameters/Endpoint.txt". */
bool partner_file_is_own(const char *name);

/**
 * Looks whether the folder of a partner and those below are folders, as far as they are there: a
 * link could lead anywhere.
 *
 * @retval CIHSM_E_CONFIG  one is something else
 */
CIHSM_NODISCARD cihsm_status partner_check_folders(const char *folder, cihsm_error *err);

/** Makes the bytes of a string's file from its value: a line feed comes behind it. */
CIHSM_NODISCARD cihsm_status partner_text_to_file(const char *value, buffer *out, cihsm_error *err);

/** Takes the line feed of partner_text_to_file away again, where there is one. */
void partner_text_from_file(buffer *text);

#endif
