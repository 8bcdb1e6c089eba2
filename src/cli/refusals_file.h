/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/refusals_file - the file that tells a run what tokens said to PINs of runs before.
 *
 * A file of the user's (state folder, "refusals", mode 0600). It holds token, time and identity of
 * the source; nothing of the PIN and nothing derived from it.
 */
#ifndef CLI_REFUSALS_FILE_H
#define CLI_REFUSALS_FILE_H

#include "cli/env.h"
#include "cli/settings.h"

#define CLI_SOURCE_ID_MAX 320

enum { REFUSALS_TEXT_MAX = 80, REFUSALS_TIME_MAX = 32, REFUSALS_MAX = 64 };

/** A PIN of a token, from a source. */
typedef struct refusals_entry {
    char token[REFUSALS_TEXT_MAX]; /**< label */
    char serial[REFUSALS_TEXT_MAX];
    char pin[REFUSALS_TEXT_MAX]; /**< whose */
    char source[CLI_SOURCE_ID_MAX];
    char time[REFUSALS_TIME_MAX];
    char answer[REFUSALS_TEXT_MAX];
} refusals_entry;

/** The oldest comes first. */
typedef struct refusals_list {
    refusals_entry list[REFUSALS_MAX];
    size_t count;
} refusals_list;

typedef struct refusals_known {
    refusals_list refused; /**< or in doubt, or being offered */
    refusals_list taken;   /**< the source's last PIN */
} refusals_known;

typedef bool (*refusals_match_fn)(const refusals_entry *of, const void *context);

/** @return the first that matches, borrowed from the list; NULL: none does */
const refusals_entry *refusals_find(const refusals_list *in, refusals_match_fn matches,
                                    const void *context);

/** @return how many matched and are gone */
size_t refusals_drop(refusals_list *from, refusals_match_fn matches, const void *context);

/** The oldest makes room. */
void refusals_add(refusals_list *to, const refusals_entry *made);

/** Where the file is. @return false if there is no place for it */
bool cli_refusals_folder(char out[CLI_PATH_MAX]);

/** Path of a file in that folder. @retval CIHSM_E_CONFIG  there is no place */
CIHSM_NODISCARD cihsm_status refusals_path(const char *name, char out[CLI_PATH_MAX],
                                           cihsm_error *err);

/** Makes the folder where it is missing. @retval CIHSM_E_IO  it cannot be made */
CIHSM_NODISCARD cihsm_status refusals_make_folder(cihsm_error *err);

/** @return true if anything may be known */
bool refusals_exist(void);

/**
 * What is known; nothing if there is no place for it, or, with a warning, if the file is damaged.
 *
 * @retval CIHSM_E_IO, CIHSM_E_NO_MEMORY  there is a file, but it cannot be read; @p out is empty
 */
CIHSM_NODISCARD cihsm_status refusals_read(refusals_known *out, cihsm_error *err);

/** @return true if it changed something */
typedef bool (*refusals_change_fn)(refusals_known *now, void *context);

/**
 * Changes the file while no other run does.
 *
 * @retval CIHSM_E_CONFIG, CIHSM_E_IO  there is no place for it, or it cannot be read or written
 */
CIHSM_NODISCARD cihsm_status refusals_change(refusals_change_fn change, void *context,
                                             cihsm_error *err);

/** Says once in a run that something cannot be known or kept. */
void refusals_warn(const char *what, const char *reason);

#endif
