/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/remote - partners as the tenant has them.
 */
#ifndef PARTNER_REMOTE_H
#define PARTNER_REMOTE_H

#include "base/buffer.h"
#include "partner/entry.h"
#include "partner/texts.h"

/** Lists the ids of all partners, in order. */
CIHSM_NODISCARD cihsm_status partner_remote_list(cihsm_client *client, partner_texts *out,
                                                 cihsm_error *err);

/**
 * Reads all that a partner has.
 *
 * @param keeps_values  of strings; those of binaries are read one by one, by partner_remote_binary
 * @param out           in order; released by partner_entries_free, whatever the result
 */
CIHSM_NODISCARD cihsm_status partner_remote_read(cihsm_client *client, const char *partner,
                                                 bool keeps_values, partner_entries *out,
                                                 cihsm_error *err);

/**
 * Reads a binary parameter with its value, and sets content type, size and digest to what it is
 * now.
 *
 * @retval CIHSM_E_NOT_FOUND  it is there no more
 */
CIHSM_NODISCARD cihsm_status partner_remote_binary(cihsm_client *client, partner_entry *entry,
                                                   buffer *value, cihsm_error *err);

/** Finds an entity by its key, whatever partner it belongs to. @param out  NULL: it is not there */
CIHSM_NODISCARD cihsm_status partner_remote_find(cihsm_client *client, const partner_entry *like,
                                                 partner_entry **out, cihsm_error *err);

/** What is known of a password. */
typedef enum partner_match {
    PARTNER_MATCH_NO = 0,
    PARTNER_MATCH_YES,
    PARTNER_MATCH_UNKNOWN /**< the tenant told no hash that can be read */
} partner_match;

/** Compares a password with the hash that the tenant tells of a credential that it has. */
CIHSM_NODISCARD cihsm_status partner_remote_match(cihsm_client *client,
                                                  const partner_entry *credential,
                                                  const cihsm_secret *password, partner_match *out,
                                                  cihsm_error *err);

#endif
