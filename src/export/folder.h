/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/folder - the folder of an export: names of its files, what is left over in it, the lock.
 * Owns its descriptors. Several threads may publish files and append to the checkpoint.
 */
#ifndef EXPORT_FOLDER_H
#define EXPORT_FOLDER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"
#include "export/plan.h"
#include "export/span.h"

#define EXPORT_NAME_SIZE 192 /**< of a file's name, the NUL included */

typedef struct export_folder {
    char *path;
    const export_plan *plan; /**< borrowed; decides the names */
    int fd;
    int checkpoint;       /**< locked while it is open; -1: not there */
    pthread_mutex_t lock; /**< for appending and for what follows */
    int64_t last_at;      /**< where the last line of the checkpoint begins */
    export_span gap;      /**< that line: there is nothing in it; {0}: it says something else */
    unsigned gap_pages;   /**< answers that said so */
} export_folder;

/**
 * Opens the folder, makes it if there is none, and locks its checkpoint.
 *
 * @retval CIHSM_E_BUSY    another export is at work there
 * @retval CIHSM_E_CONFIG  its checkpoint is no regular file
 * @retval CIHSM_E_IO
 */
CIHSM_NODISCARD cihsm_status export_folder_open(const char *path, const export_plan *plan,
                                                export_folder **out, cihsm_error *err);

/**
 * Opens it for a look, without a lock. *out stays NULL if there is no folder.
 *
 * @retval CIHSM_E_CONFIG  its checkpoint is no regular file
 * @retval CIHSM_E_IO      it cannot be read or written to
 */
CIHSM_NODISCARD cihsm_status export_folder_look(const char *path, const export_plan *plan,
                                                export_folder **out, cihsm_error *err);

void export_folder_free(export_folder **folder);

/** Name of the file of a slice; of the one file if the plan has no time property. */
void export_folder_name(const export_folder *folder, export_span span, char out[EXPORT_NAME_SIZE]);

/** Name of a file in the making. */
void export_folder_part(const export_folder *folder, int64_t from_s, char out[EXPORT_NAME_SIZE]);

/** @return true if the name has the form of a finished file or one in the making. */
bool export_folder_is_ours(const export_folder *folder, const char *name);

/**
 * Removes each file of ours for which @p keep says false.
 *
 * @retval CIHSM_E_IO  cannot be read or removed
 */
CIHSM_NODISCARD cihsm_status export_folder_sweep(const export_folder *folder,
                                                 bool (*keep)(const void *user, const char *name),
                                                 const void *user, cihsm_error *err);

/** Looks whether there is a file of ours. @retval CIHSM_E_IO */
CIHSM_NODISCARD cihsm_status export_folder_has_ours(const export_folder *folder, bool *out,
                                                    cihsm_error *err);

/** @return true and the size, if there is a regular file of that name. */
bool export_folder_size(const export_folder *folder, const char *name, uint64_t *bytes);

/** Brings names to disk. @retval CIHSM_E_IO */
CIHSM_NODISCARD cihsm_status export_folder_sync(const export_folder *folder, cihsm_error *err);

/** Leaves the first bytes of the checkpoint only. @retval CIHSM_E_IO */
CIHSM_NODISCARD cihsm_status export_folder_cut(const export_folder *folder, uint64_t bytes,
                                               cihsm_error *err);

/** Appends a line to the checkpoint and brings it to disk. @retval CIHSM_E_IO */
CIHSM_NODISCARD cihsm_status export_folder_note(export_folder *folder, const cihsm_value *line,
                                                cihsm_error *err);

/**
 * The same for who has the lock.
 *
 * @param in_place  of the last line, which a kill in the middle takes away
 */
CIHSM_NODISCARD cihsm_status export_folder_append(export_folder *folder, const cihsm_value *line,
                                                  bool in_place, cihsm_error *err);

#endif
