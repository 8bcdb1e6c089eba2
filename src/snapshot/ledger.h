/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot/ledger - what earlier runs knew of the artifacts: FOLDER/.cihsm-snapshot/ledger.jsonl.
 *
 *     {"version":1,"begun_ms":1763779200000}                           a run, first
 *     {"path":"Sales/flow/Orders","version":"1.0.2","modified":"…","digest":"…","before":true}
 *     {"path":"Sales/flow/Orders","version":"1.0.3","modified":"…","digest":"…"}
 *     {"complete":true}                                                it came to its end
 *
 * "before" marks what an earlier run wrote. It only saves requests: what cannot be read in it is as
 * if it were not there.
 */
#ifndef SNAPSHOT_LEDGER_H
#define SNAPSHOT_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "snapshot/digest.h"
#include "snapshot/folder.h"

typedef struct snapshot_entry {
    char *path;     /**< below the folder */
    char *version;  /**< NULL: the tenant told none */
    char *modified; /**< NULL: the tenant told none */
    char digest[SNAPSHOT_DIGEST_SIZE];
    bool is_before; /**< not of the run that goes on */
    size_t line;
} snapshot_entry;

/** Start with {0}. */
typedef struct snapshot_ledger {
    snapshot_entry *entries; /**< by path */
    size_t count;
    size_t room;
    int64_t begun_ms;
    bool is_complete;
    bool is_continued; /**< the last run was cut off, and this one goes on with it */
    int fd;            /**< of the file, once it was begun */
} snapshot_ledger;

/**
 * Reads what there is and begins a run, or goes on with one that was cut off.
 *
 * @param is_full  nothing of it counts
 * @param out      released by snapshot_ledger_free, whatever the result
 * @retval CIHSM_E_IO  cannot be written
 */
CIHSM_NODISCARD cihsm_status snapshot_ledger_open(const snapshot_folder *folder, int64_t now_ms,
                                                  bool is_full, snapshot_ledger *out,
                                                  cihsm_error *err);

/** @return the entry of an artifact, borrowed; NULL if nothing is known of it. */
const snapshot_entry *snapshot_ledger_find(const snapshot_ledger *ledger, const char *path);

/** Notes that the folder of an artifact is up to date. @retval CIHSM_E_IO */
CIHSM_NODISCARD cihsm_status snapshot_ledger_note(const snapshot_ledger *ledger,
                                                  const snapshot_entry *entry, cihsm_error *err);

/** Notes that the run came to its end. @retval CIHSM_E_IO */
CIHSM_NODISCARD cihsm_status snapshot_ledger_end(const snapshot_ledger *ledger, cihsm_error *err);

void snapshot_ledger_free(snapshot_ledger *ledger);

#endif
