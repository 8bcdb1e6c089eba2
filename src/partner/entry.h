/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/entry - what a partner has, as the tenant or a folder says it: an entity of one of five
 * sets, its value as a digest.
 */
#ifndef PARTNER_ENTRY_H
#define PARTNER_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/partner.h"
#include "cihsm/path.h"

#define PARTNER_KEYS_MAX 3
#define PARTNER_DIGEST_SIZE 32
#define PARTNER_TITLE_SIZE 512

/** One of the five sets. */
typedef struct partner_kind {
    const char *noun; /**< "string" */
    const char *set;
    const char
        *keys[PARTNER_KEYS_MAX]; /**< properties that name an entity, Pid aside; NULL: none */
    bool has_pid_key;            /**< Pid is part of the key; else it is told by the entity */
} partner_kind;

const partner_kind *partner_kind_of(cihsm_partner_kind kind);

/** An entity. */
typedef struct partner_entry {
    cihsm_partner_kind kind;
    char *partner;
    char *keys[PARTNER_KEYS_MAX];
    char *detail;    /**< content type of a binary, user of a credential; else NULL */
    char *value;     /**< of a string, where it was to be kept; else NULL */
    char *file;      /**< where it was read from; NULL: the tenant */
    bool is_crowded; /**< the id of another one of its set differs in case only */
    bool is_leaving; /**< another partner is to have it */
    uint64_t size;   /**< of the value, bytes */
    uint8_t digest[PARTNER_DIGEST_SIZE]; /**< SHA-256 of the value; zeros: it has none */
} partner_entry;

/** Entities, owned. Start with {0}. */
typedef struct partner_entries {
    partner_entry **items;
    size_t count;
    size_t room;
} partner_entries;

/** Makes one without keys. */
CIHSM_NODISCARD cihsm_status partner_entry_new(cihsm_partner_kind kind, const char *partner,
                                               partner_entry **out, cihsm_error *err);
void partner_entry_free(partner_entry **entry);

/** Sets size and digest. */
CIHSM_NODISCARD cihsm_status partner_entry_digest(partner_entry *entry, const void *bytes,
                                                  size_t len, cihsm_error *err);

/** Takes *entry. */
CIHSM_NODISCARD cihsm_status partner_entries_add(partner_entries *to, partner_entry **entry,
                                                 cihsm_error *err);
/** Brings them into the order of kind and key. */
void partner_entries_sort(partner_entries *of);

/** Sets is_crowded of all of them. */
CIHSM_NODISCARD cihsm_status partner_entries_crowd(const partner_entries *of, cihsm_error *err);

/** Finds one by kind and key in a list in order; NULL: it is not there. */
partner_entry *partner_entries_find(const partner_entries *in, const partner_entry *like);
void partner_entries_free(partner_entries *of);

/** Order of kind and key, without the partner. */
int partner_entry_compare(const partner_entry *a, const partner_entry *b);

/** @return true if nothing would be changed by writing one over the other. */
bool partner_entry_is_same(const partner_entry *a, const partner_entry *b);

/** Writes the key as a person types it: `Endpoint`, `GLN 014 4012345000009`. */
void partner_entry_id(const partner_entry *entry, char *out, size_t size);

/** Writes `string "Endpoint" of Shopify`. */
void partner_entry_title(const partner_entry *entry, char out[PARTNER_TITLE_SIZE]);

/** Makes the path of the entity, unencoded. */
CIHSM_NODISCARD cihsm_status partner_entry_path(const partner_entry *entry,
                                                char out[CIHSM_PATH_SIZE], cihsm_error *err);

#endif
