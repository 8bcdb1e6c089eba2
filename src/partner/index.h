/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/index - partner.json: what of a partner does not fit a file, and which files an export
 * wrote.
 */
#ifndef PARTNER_INDEX_H
#define PARTNER_INDEX_H

#include "base/buffer.h"
#include "partner/entry.h"
#include "partner/texts.h"

/** Start with {0}. */
typedef struct partner_index {
    char *partner;
    partner_entries entries; /**< alternative partners, users, credentials */
    cihsm_value *types;      /**< object: content types by id, that an extension does not tell */
    bool is_exported;        /**< an export wrote it: it has the list below, maybe an empty one */
    partner_texts exported;  /**< names of files below the folder, in order */
} partner_index;

/**
 * Reads the text of partner.json.
 *
 * @param path  for messages
 * @param out  released by partner_index_free, whatever the result
 * @retval CIHSM_E_CONFIG  no JSON, or with other members than an export writes
 */
CIHSM_NODISCARD cihsm_status partner_index_parse(const char *path, const char *text, size_t len,
                                                 partner_index *out, cihsm_error *err);

/** partner_index_parse for a file. */
CIHSM_NODISCARD cihsm_status partner_index_read(const char *path, partner_index *out,
                                                cihsm_error *err);

/**
 * Makes the bytes of partner.json.
 *
 * @param entries  all of the partner, in order
 */
CIHSM_NODISCARD cihsm_status partner_index_make(const char *partner, const partner_entries *entries,
                                                const partner_texts *exported, buffer *out,
                                                cihsm_error *err);

void partner_index_free(partner_index *of);

#endif
