/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/difference - what has to be done for a partner of the tenant to be as its folder.
 */
#ifndef PARTNER_DIFFERENCE_H
#define PARTNER_DIFFERENCE_H

#include "partner/entry.h"
#include "partner/local.h"

#define PARTNER_NOTE_SIZE 160

/** One entity that differs. */
typedef struct partner_step {
    cihsm_partner_change change;
    const partner_entry *wanted;  /**< as the folder has it; NULL: it has not */
    const partner_entry *present; /**< as the tenant has it; NULL: it has not */
    const cihsm_secret *password; /**< of a credential that is written */
    size_t transaction;           /**< its number, from 1; 0: it is not sent */
    char note[PARTNER_NOTE_SIZE];
} partner_step;

/** The entities of one partner. Start with {0}. */
typedef struct partner_work {
    const partner_local *local;
    partner_entries present; /**< as the tenant has them */
    partner_entries held;    /**< that other partners have, and this one is to have */
    partner_step *steps;     /**< in the order of kind and key */
    size_t count;
    size_t room;
} partner_work;

/**
 * Reads a partner of the tenant and compares.
 *
 * @param is_final  all was applied: what cannot be compared is taken for the same
 * @param out       released by partner_work_free, whatever the result
 */
CIHSM_NODISCARD cihsm_status partner_compare(cihsm_client *client, const partner_local *local,
                                             const cihsm_partner_options *options, bool is_final,
                                             partner_work *out, cihsm_error *err);

/** @return the entity that a step is about, as the folder has it if it has. */
const partner_entry *partner_step_entry(const partner_step *step);

/** @return true if the step changes the tenant. */
bool partner_step_is_sent(const partner_step *step);

void partner_work_free(partner_work *of);

#endif
