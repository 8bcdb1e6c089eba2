/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/checkpoint - the lines of a checkpoint: the plan, then what is done.
 *
 *     {"version":1,"set":"MessageProcessingLogs",…}                       the plan, first
 *     {"columns":["MessageGuid",…]}                                       of CSV files
 *     {"from":"2026-03-01T00:00:00","to":"2026-03-01T01:00:00","file":"…","entries":12,…}
 *
 * Slices without entries that follow each other share a line, so that following a quiet tenant does
 * not make the file grow.
 *
 * A last line without its line feed was cut short by a kill and does not count.
 */
#ifndef EXPORT_CHECKPOINT_H
#define EXPORT_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"
#include "export/folder.h"
#include "export/part.h"
#include "export/span.h"

/** A slice that is done. */
typedef struct export_record {
    export_span span; /**< {0} if the plan has no time property */
    export_content content;
} export_record;

/** Makes a line. */
CIHSM_NODISCARD cihsm_status export_record_write(const export_folder *folder,
                                                 const export_record *record, cihsm_value **out,
                                                 cihsm_error *err);

/**
 * Reads a line back. The name of its file must be the one that follows from the span.
 *
 * @retval CIHSM_E_CONFIG  it is none of this export
 */
CIHSM_NODISCARD cihsm_status export_record_read(const export_folder *folder,
                                                const cihsm_value *line, export_record *out,
                                                cihsm_error *err);

/** Makes it a line of the checkpoint, and brings it to disk. @retval CIHSM_E_IO */
CIHSM_NODISCARD cihsm_status export_record_note(export_folder *folder, const export_record *record,
                                                cihsm_error *err);

/** Receives a line; @p number is 1 for the plan. @p line is the reader's. */
typedef cihsm_status (*export_line_fn)(void *user, size_t number, const cihsm_value *line,
                                       cihsm_error *err);

/**
 * Reads all lines.
 *
 * @param fd    of the checkpoint; -1: there is none, so there are no lines
 * @param good  out: bytes of the lines that count; may be NULL
 * @retval CIHSM_E_CONFIG  it is no checkpoint; a line is no JSON object, or too long
 * @retval CIHSM_E_IO
 */
CIHSM_NODISCARD cihsm_status export_checkpoint_read(int fd, export_line_fn take, void *user,
                                                    uint64_t *good, cihsm_error *err);

/** What earlier runs did. Start with {0}; released by export_state_free. */
typedef struct export_state {
    bool has_plan;        /**< there was an earlier run */
    export_spans done;    /**< of the window */
    bool is_all_done;     /**< without a time property: the file is there */
    size_t files;         /**< that should be there */
    size_t files_gone;    /**< of them, those that were moved away */
    cihsm_value *columns; /**< of CSV files; NULL: not chosen yet */
    uint64_t *names;      /**< hashes of the names of files, in order */
    size_t name_room;
    uint64_t good; /**< bytes of the checkpoint that count */
} export_state;

/**
 * Reads the checkpoint of a folder and looks at the files it names.
 *
 * @param plan  is matched with the stored one (export_plan_match)
 * @retval CIHSM_E_CONFIG  lines overlap, or a file has another size than noted
 */
CIHSM_NODISCARD cihsm_status export_state_load(const export_folder *folder, export_plan *plan,
                                               export_state *out, cihsm_error *err);

void export_state_free(export_state *state);

/** @return true if the checkpoint names that file; fits export_folder_sweep. */
bool export_state_has_file(const void *state, const char *name);

#endif
