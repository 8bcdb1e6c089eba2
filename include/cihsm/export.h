/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/export.h - a whole entity set, or a window of time of it, into files of a folder.
 *
 * The window is cut into slices, which are read several at a time and written each to a file of its
 * own: complete or absent. A checkpoint in the folder says what is done, so an export that was
 * stopped or killed at any moment goes on when it is run again, and the result is the same: each
 * entry whose key and time did not change meanwhile is there exactly once.
 *
 *     FOLDER/checkpoint.jsonl   line 1: what is exported; then a line for each slice that is done
 *     FOLDER/SET-FROM-TO.jsonl  the entries of a slice; there is none for a slice without entries
 *     FOLDER/manifest.json      written when all is done: window, slices, sums, what is guaranteed
 *
 * Files that are not named in the checkpoint or the manifest do not count.
 *
 * An export and its client belong to one thread, but for cihsm_export_stop.
 *
 * Source: docs/adr/0009; docs/sap-contract.md sections 4.5, 5.4 and 9.
 */
#ifndef CIHSM_EXPORT_H
#define CIHSM_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"

CIHSM_BEGIN_DECLS

#define CIHSM_EXPORT_LAG_S 300         /**< seconds that entries may come late */
#define CIHSM_EXPORT_CONCURRENCY 6     /**< requests at a time by default */
#define CIHSM_EXPORT_CONCURRENCY_MAX 8 /**< more would only need more memory */

/** The form of the files. */
typedef enum cihsm_export_format {
    CIHSM_EXPORT_JSONL = 0, /**< one JSON object a line */
    CIHSM_EXPORT_CSV        /**< as cihsm/csv.h, with the same columns in all files */
} cihsm_export_format;

/** How far it is. */
typedef struct cihsm_export_progress {
    uint64_t entries;     /**< written by this run */
    uint64_t bytes;       /**< of their files */
    int64_t done_s;       /**< seconds of the window that are done */
    int64_t window_s;     /**< seconds of the window; 0: not known */
    uint64_t slices;      /**< done by this run */
    uint64_t slices_left; /**< at least: a slice with many entries becomes several */
} cihsm_export_progress;

/** Start with {0}. Strings are copied. */
typedef struct cihsm_export_options {
    const char *set;    /**< an entity set: "MessageProcessingLogs" */
    const char *folder; /**< made if it is not there; one export each */
    const char *since;  /**< start of the window, inclusive, as cihsm_time_read has it. Told as ago,
                             "7d", it counts from the first run: one that goes on is told the same
                             and keeps its window. Required if the set has a time property, else not
                             allowed */
    const char *until;  /**< its end, exclusive; NULL: now less CIHSM_EXPORT_LAG_S, and never
                             later */
    const char *time_property;         /**< NULL: what the set is usually searched by (LogEnd) */
    const char *filter;                /**< OData query options, unencoded; may be NULL */
    const char *select;                /**< must include key and time property; may be NULL */
    const char *expand;                /**< may be NULL */
    const cihsm_parameter *parameters; /**< options of the tenant's own */
    size_t parameter_count;
    bool is_unchecked;    /**< send what the set is documented to refuse, too */
    int64_t slice_s;      /**< length of a slice in seconds; 0: by the window. Slices with many
                               entries are cut further */
    unsigned concurrency; /**< requests at a time; 0: CIHSM_EXPORT_CONCURRENCY */
    cihsm_export_format format; /**< of the files */
    bool follow;                /**< has no end: go on with what comes, until it is stopped */
    int64_t interval_s;         /**< with follow: seconds between two looks; 0: 60 */
    int64_t lag_s;              /**< with follow: entries are read so long after their time; 0:
                                     CIHSM_EXPORT_LAG_S; less loses what comes later */
    /** Told about ten times a second by the thread that runs; may be NULL. */
    void (*progress)(void *user, const cihsm_export_progress *progress);
    void *user;
} cihsm_export_options;

/** What an export did. */
typedef struct cihsm_export_report {
    bool was_complete;     /**< there was nothing to do */
    bool was_continued;    /**< an earlier run had begun */
    bool is_until_lowered; /**< the wanted end was too late */
    int64_t since_ms;      /**< the window, Unix milliseconds; 0 without a time property */
    int64_t until_ms;      /**< with follow: as far as it came */
    uint64_t entries;      /**< written by this run */
    uint64_t bytes;        /**< of their files */
    uint64_t files;        /**< written by this run */
    uint64_t left_out;     /**< CSV: members of entries that are in no column */
} cihsm_export_report;

/** An export of one set into one folder. */
typedef struct cihsm_export cihsm_export;

/**
 * Looks at the options, and at the folder if there is one, without a client: a mistake is found
 * before a PIN is asked for. Writes nothing.
 *
 * @param options  as for cihsm_export_open
 * @retval CIHSM_E_USAGE   the options cannot be used; or the folder holds another export: the
 *                         message names the difference
 * @retval CIHSM_E_CONFIG  the checkpoint of the folder was changed by others
 * @retval CIHSM_E_IO      the folder cannot be read
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_export_check(const cihsm_export_options *options,
                                                          cihsm_error *err);

/**
 * Takes hold of the folder. No network yet.
 *
 * @param client   borrowed; not used for anything else while the export runs
 * @param options  what to export and where to
 * @param out      yours; must be freed before the client
 * @retval CIHSM_E_BUSY  another export is at work in the folder
 * @retval else          as for cihsm_export_check; the tenant is compared too
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_export_open(cihsm_client *client,
                                                         const cihsm_export_options *options,
                                                         cihsm_export **out, cihsm_error *err);

/**
 * Exports until all is done; with follow until it is stopped. After a failure what is complete
 * stays; it goes on when the same export is opened and run again.
 *
 * Reads pages with four threads of its own besides the caller's; memory is bounded by the number of
 * requests at a time, whatever the number of entries.
 *
 * @param export_  runs once; open it again to go on
 * @param report   filled in every case
 * @retval CIHSM_E_CANCELED  cihsm_export_stop was called
 * @retval CIHSM_E_CONFLICT  entries of one second changed again and again while they were read
 * @retval CIHSM_E_IO        a file cannot be written
 * @retval CIHSM_E_PROTOCOL  the tenant does not filter, or an answer is broken
 * @retval else              as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_export_run(cihsm_export *export_,
                                                        cihsm_export_report *report,
                                                        cihsm_error *err);

/** Makes cihsm_export_run return soon. May be called by a signal handler and by any thread. */
CIHSM_API void cihsm_export_stop(cihsm_export *export_);

/** Lets go of the folder, sets *export_ to NULL. NULL is fine. */
CIHSM_API void cihsm_export_free(cihsm_export **export_);

CIHSM_END_DECLS

#endif
