/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot/folder - the folder of a snapshot: whose it is, the lock, and how something takes its
 * place there as a whole.
 */
#ifndef SNAPSHOT_FOLDER_H
#define SNAPSHOT_FOLDER_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

#define SNAPSHOT_OWN ".cihsm-snapshot"   /* folder for what is not of the tenant */
#define SNAPSHOT_OLD SNAPSHOT_OWN "/old" /* what is being replaced in several steps */

typedef struct snapshot_folder {
    char *path;
    char *made; /**< a folder in the making */
    int lock;
} snapshot_folder;

/** What something that took its place did to what was there. */
typedef enum snapshot_change { SNAPSHOT_SAME = 0, SNAPSHOT_NEW, SNAPSHOT_CHANGED } snapshot_change;

/**
 * Looks whether a snapshot of this tenant may be there.
 *
 * @param tenant  its root; NULL: of any
 * @retval CIHSM_E_USAGE  there is something else; names with a dot in front do not count
 * @retval CIHSM_E_IO
 */
CIHSM_NODISCARD cihsm_status snapshot_folder_check(const char *path, const char *tenant,
                                                   cihsm_error *err);

/**
 * Makes it if there is none, marks it as a snapshot, locks it, clears away what a run that was cut
 * off left unfinished.
 *
 * @retval CIHSM_E_BUSY   another snapshot is at work there
 * @retval CIHSM_E_USAGE  as for snapshot_folder_check
 * @retval CIHSM_E_IO
 */
CIHSM_NODISCARD cihsm_status snapshot_folder_open(const char *path, const char *tenant,
                                                  snapshot_folder **out, cihsm_error *err);

void snapshot_folder_free(snapshot_folder **folder);

/** Makes a path below the folder. @param out  the caller's */
CIHSM_NODISCARD cihsm_status snapshot_folder_path(const snapshot_folder *folder, const char *below,
                                                  char **out, cihsm_error *err);

/** @return true if there is a regular file. */
bool snapshot_folder_has(const snapshot_folder *folder, const char *below, const char *name);

/** Makes the empty folder folder->made. @retval CIHSM_E_IO */
CIHSM_NODISCARD cihsm_status snapshot_folder_begin(const snapshot_folder *folder, cihsm_error *err);

/** Removes folder->made. */
void snapshot_folder_discard(const snapshot_folder *folder);

/**
 * Brings folder->made to its place, unless the same is there already. There is never a moment
 * without the old or the new one, where the file system can exchange two names; elsewhere there is
 * a short one without both.
 *
 * @param below   "Sales/flow/Orders"
 * @param digest  of folder->made
 * @retval CIHSM_E_CONFIG  there is something without artifact.json, which no snapshot wrote
 * @retval CIHSM_E_IO
 */
CIHSM_NODISCARD cihsm_status snapshot_folder_commit(const snapshot_folder *folder,
                                                    const char *below, const char *digest,
                                                    snapshot_change *out, cihsm_error *err);

/**
 * Makes the folder of a package, and writes its file if it says something else.
 *
 * @param below  "Sales"
 * @retval CIHSM_E_CONFIG  there is a folder with files and without package.json
 */
CIHSM_NODISCARD cihsm_status snapshot_folder_package(const snapshot_folder *folder,
                                                     const char *below, const cihsm_value *stable,
                                                     snapshot_change *out, cihsm_error *err);

/** Removes the folder of an artifact, and those above it that are empty then. @retval CIHSM_E_IO */
CIHSM_NODISCARD cihsm_status snapshot_folder_remove(const snapshot_folder *folder,
                                                    const char *below, cihsm_error *err);

#endif
