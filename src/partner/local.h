/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/local - partners as a folder has them.
 */
#ifndef PARTNER_LOCAL_H
#define PARTNER_LOCAL_H

#include "base/buffer.h"
#include "partner/entry.h"
#include "partner/lock.h"

/** One partner of a folder. */
typedef struct partner_local {
    char *partner;
    char *folder;
    partner_entries entries; /**< in order */
} partner_local;

/** All of them: cihsm_partner_folder. */
struct cihsm_partner_folder {
    partner_lock lock; /* to read, until it is applied */
    partner_local *items;
    size_t count;
    size_t room;
};

/**
 * Reads one partner.
 *
 * @param out  released by partner_local_free, whatever the result
 * @retval CIHSM_E_CONFIG  as for cihsm_partner_folder_open
 */
CIHSM_NODISCARD cihsm_status partner_local_read(const char *folder, partner_local *out,
                                                cihsm_error *err);

void partner_local_free(partner_local *of);

/** Reads the value of a string or binary parameter again. @retval CIHSM_E_CONFIG it changed since
 */
CIHSM_NODISCARD cihsm_status partner_local_value(const partner_entry *entry, buffer *out,
                                                 cihsm_error *err);

/** @return a buffer for the value of any parameter. */
buffer partner_value_buffer(void);

#endif
