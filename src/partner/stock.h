/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/stock - the folder of one partner as an export fills it.
 */
#ifndef PARTNER_STOCK_H
#define PARTNER_STOCK_H

#include "partner/entry.h"
#include "partner/index.h"

/** Start with {0}. */
typedef struct partner_stock {
    const char *partner;
    char *folder;
    bool overwrites;     /**< files that no export wrote, too */
    bool has_index;      /**< there is one */
    partner_index index; /**< of the export before */
    size_t written;      /**< files, but for the index */
    size_t removed;
    bool is_index_new; /**< the index was changed */
} partner_stock;

/**
 * Looks at the folder of a partner. Nothing is made, but a folder of another name that stands for
 * the same id gets this one.
 *
 * @param root        the folder above
 * @param is_crowded  the id of another partner differs in case only
 * @param out   released by partner_stock_free, whatever the result
 * @retval CIHSM_E_CONFIG    its index cannot be read
 * @retval CIHSM_E_LIMIT     the id is too long for a name
 * @retval CIHSM_E_CONFLICT  the folder is that of another partner
 */
CIHSM_NODISCARD cihsm_status partner_stock_open(const char *root, const char *partner,
                                                bool is_crowded, partner_stock *out,
                                                cihsm_error *err);

/**
 * Tells whether a file needs to be written.
 *
 * @param entry   file is its name below the folder
 * @param digest  SHA-256 of the bytes that it is to have
 * @retval CIHSM_E_CONFLICT  a file that no export wrote is in its place, with another value
 */
CIHSM_NODISCARD cihsm_status partner_stock_check(const partner_stock *of,
                                                 const partner_entry *entry,
                                                 const uint8_t digest[PARTNER_DIGEST_SIZE],
                                                 bool *needs, cihsm_error *err);

/**
 * Looks whether the index may be replaced.
 *
 * @param entries  of the tenant, in order
 * @retval CIHSM_E_CONFLICT  a person wrote it, and it says something else than the tenant
 */
CIHSM_NODISCARD cihsm_status partner_stock_check_index(const partner_stock *of,
                                                       const partner_entries *entries,
                                                       cihsm_error *err);

/** Writes a file. */
CIHSM_NODISCARD cihsm_status partner_stock_put(partner_stock *of, const char *name,
                                               const void *bytes, size_t len, cihsm_error *err);

/**
 * Writes partner.json, where it is not so already.
 *
 * @param entries  of the partner, in order
 * @param names    of the files of its parameters, in order
 */
CIHSM_NODISCARD cihsm_status partner_stock_put_index(partner_stock *of,
                                                     const partner_entries *entries,
                                                     const partner_texts *names, cihsm_error *err);

/** Removes what an export wrote and is not among the names; folders too that are empty then. */
CIHSM_NODISCARD cihsm_status partner_stock_prune(partner_stock *of, const partner_texts *names,
                                                 cihsm_error *err);

/** Removes all that an export wrote; nothing if the index is a person's. */
CIHSM_NODISCARD cihsm_status partner_stock_remove(partner_stock *of, cihsm_error *err);

void partner_stock_free(partner_stock *of);

#endif
