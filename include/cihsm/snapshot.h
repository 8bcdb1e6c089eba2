/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/snapshot.h - all packages of a tenant with their artifacts, unpacked, in a folder that is
 * fit for version control: what the tenant did not change does not change there.
 *
 *     FOLDER/snapshot.json                            which tenant it is of
 *     FOLDER/PACKAGE/package.json                     properties of the package
 *     FOLDER/PACKAGE/TYPE/ARTIFACT/artifact.json      properties of the artifact
 *     FOLDER/PACKAGE/TYPE/ARTIFACT/content/...        its zip, unpacked
 *     FOLDER/PACKAGE/TYPE/ARTIFACT/configuration.json of a configure-only package instead: the
 *                                                     parameters of a flow
 *     FOLDER/.cihsm-snapshot/                         what is done, the lock; git ignores it
 *
 * The folder of an artifact takes the place of the one before as a whole, so a snapshot that was
 * stopped or killed at any moment leaves no half artifact, and goes on when it is run again.
 *
 * A snapshot and its client belong to one thread. It ends early by the cancel of its client.
 */
#ifndef CIHSM_SNAPSHOT_H
#define CIHSM_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/artifact.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

#define CIHSM_SNAPSHOT_CONCURRENCY 4      /**< requests at a time by default */
#define CIHSM_SNAPSHOT_CONCURRENCY_MAX 16 /**< the tenant allows no more than ten a second */
#define CIHSM_SNAPSHOT_RESUME_S 7200      /**< a run that was cut off goes on for so long */

/** How far it is. */
typedef struct cihsm_snapshot_progress {
    uint64_t done;      /**< requests that were answered, or were not necessary */
    uint64_t total;     /**< of so many that are known */
    uint64_t artifacts; /**< whose content was downloaded */
    uint64_t bytes;     /**< of their zips */
} cihsm_snapshot_progress;

/** Start with {0}. All is borrowed for the life of the snapshot. */
typedef struct cihsm_snapshot_options {
    const char *folder;          /**< made if it is not there; one tenant each */
    const char *const *packages; /**< ids of the only packages to look at */
    size_t package_count;        /**< 0: all */
    const char *const *excluded; /**< patterns as of fnmatch(3): "Test*" of packages,
                                      "Sales/Draft*" of artifacts in packages */
    size_t excluded_count;
    const cihsm_artifact_type *type; /**< only artifacts of this type; NULL: all */
    unsigned concurrency;            /**< requests at a time; 0: CIHSM_SNAPSHOT_CONCURRENCY */
    bool is_full;                    /**< download what is known to be unchanged, too */
    bool prunes;                     /**< remove what the tenant has no more */
    bool leaves_out_drafts;          /**< artifacts with unsaved changes stay as they were */
    /** Told at least ten times a second by the thread that runs; may be NULL. */
    void (*progress)(void *user, const cihsm_snapshot_progress *progress);
    void *user;
} cihsm_snapshot_options;

/** What a snapshot found. Artifacts and packages that were not chosen count nowhere. */
typedef struct cihsm_snapshot_report {
    bool was_continued;      /**< an earlier run was cut off */
    uint64_t packages;       /**< of the tenant */
    uint64_t artifacts;      /**< of the tenant */
    uint64_t added;          /**< artifacts that were not in the folder */
    uint64_t changed;        /**< artifacts that are different now */
    uint64_t unchanged;      /**< artifacts that are as they were */
    uint64_t removed;        /**< artifacts that the tenant has no more; with prunes */
    uint64_t gone;           /**< the same, still in the folder */
    uint64_t configure_only; /**< packages whose content the tenant does not give */
    uint64_t drafts;         /**< artifacts with unsaved changes */
    uint64_t failed;         /**< artifacts and lists that could not be read */
    uint64_t downloaded;     /**< zips */
} cihsm_snapshot_report;

/** A snapshot of one tenant in one folder. */
typedef struct cihsm_snapshot cihsm_snapshot;

/**
 * Looks at the options and the folder without a client: a mistake is found before a PIN is asked
 * for. Writes nothing.
 *
 * @param options  as for cihsm_snapshot_open
 * @retval CIHSM_E_USAGE  the options cannot be used; or the folder has files and is no snapshot
 * @retval CIHSM_E_IO     the folder cannot be read
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_snapshot_check(const cihsm_snapshot_options *options,
                                                            cihsm_error *err);

/**
 * Takes hold of the folder. No network yet.
 *
 * @param client   borrowed; not used for anything else while the snapshot runs
 * @param options  what to read and where to
 * @param out      yours; must be freed before the client
 * @retval CIHSM_E_BUSY  another snapshot is at work in the folder
 * @retval else          as for cihsm_snapshot_check; the tenant is compared too
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_snapshot_open(cihsm_client *client,
                                                           const cihsm_snapshot_options *options,
                                                           cihsm_snapshot **out, cihsm_error *err);

/**
 * Brings the folder up to what the tenant has. One artifact that cannot be read keeps no other from
 * it: it is in the rows, its folder stays as it was, and the call succeeds with report.failed.
 *
 * An artifact is not downloaded if its Version and ModifiedAt are those of the last snapshot and
 * its folder is as that left it. A tenant that tells no ModifiedAt is asked for every content,
 * because a version can be written anew. What a run that was cut off did less than
 * CIHSM_SNAPSHOT_RESUME_S ago is not read again either, if it is no draft.
 *
 * Memory: the zips that are under way, and the list of all artifacts.
 *
 * @param snapshot  runs once; open it again to go on
 * @param report    filled in every case
 * @retval CIHSM_E_CANCELED   the client's cancel was requested
 * @retval CIHSM_E_NOT_FOUND  one of the packages of the options does not exist
 * @retval CIHSM_E_CONFIG     there is something in the way that no snapshot wrote
 * @retval CIHSM_E_IO         a file cannot be written
 * @retval else               as for cihsm_client_get
 *
 * Source: docs/sap-contract.md sections 7.2 and 9.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_snapshot_run(cihsm_snapshot *snapshot,
                                                          cihsm_snapshot_report *report,
                                                          cihsm_error *err);

/**
 * @return array of objects, borrowed: what the run changed, found gone or could not read. Members:
 *         Change ("new", "changed", "removed", "gone", "not-read"), Package, Type ("package" or an
 *         artifact's), Id, Version, Path (below the folder; null: none), Reason (of "not-read")
 */
CIHSM_API const cihsm_value *cihsm_snapshot_rows(const cihsm_snapshot *snapshot);

/** Lets go of the folder, sets *snapshot to NULL. NULL is fine. */
CIHSM_API void cihsm_snapshot_free(cihsm_snapshot **snapshot);

CIHSM_END_DECLS

#endif
