/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot/job - a snapshot that holds its folder, and what it knows of the tenant.
 */
#ifndef SNAPSHOT_JOB_H
#define SNAPSHOT_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/snapshot.h"
#include "snapshot/engine.h"
#include "snapshot/folder.h"
#include "snapshot/ledger.h"
#include "snapshot/name.h"

/** A package of the tenant. */
typedef struct snapshot_package {
    snapshot_name name;
    cihsm_value *entity;
    bool is_wanted;
    bool is_configure_only;
    bool is_listed[CIHSM_ARTIFACT_TYPES]; /**< all its artifacts of the type are known */
} snapshot_package;

/** An artifact of the tenant. */
typedef struct snapshot_item {
    snapshot_name name;
    size_t package;
    cihsm_artifact_type type;
    cihsm_value *entity;
    bool is_wanted;
} snapshot_item;

/** Owns all but the client and what belongs to it. */
struct cihsm_snapshot {
    cihsm_client *client;
    const odata_service *service;
    cihsm_snapshot_options options;
    snapshot_engine engine;
    snapshot_folder *folder;
    snapshot_ledger ledger;
    snapshot_package *packages; /**< by id */
    size_t package_count;
    snapshot_item *items; /**< by package, type and id */
    size_t item_count;
    size_t item_room;
    bool lacks[CIHSM_ARTIFACT_TYPES]; /**< the tenant has no lists of this type */
    cihsm_value *rows;
    cihsm_snapshot_report report;
    cihsm_snapshot_progress progress;
};

/** A row of cihsm_snapshot_rows. Texts may be NULL. */
typedef struct snapshot_row {
    const char *change;
    const char *package;
    const char *type;
    const char *id;
    const char *version;
    const char *path;
    const char *reason;
} snapshot_row;

CIHSM_NODISCARD cihsm_status snapshot_add_row(cihsm_snapshot *of, const snapshot_row *row,
                                              cihsm_error *err);

/** Adds the row of an artifact. */
CIHSM_NODISCARD cihsm_status snapshot_add_item_row(cihsm_snapshot *of, const snapshot_item *item,
                                                   const char *change, const char *reason,
                                                   cihsm_error *err);

/** Puts the rows in order: by package, the package itself first, then by type and id. */
CIHSM_NODISCARD cihsm_status snapshot_sort_rows(cihsm_snapshot *of, cihsm_error *err);

/** Makes the path of an artifact below the folder. @param out  the caller's */
CIHSM_NODISCARD cihsm_status snapshot_item_path(const cihsm_snapshot *of, const snapshot_item *item,
                                                char **out, cihsm_error *err);

/** @return true if nothing that comes later can be read either. */
bool snapshot_is_fatal(const cihsm_error *why);

/** True for artifacts and packages that the options choose. */
bool snapshot_wants_package(const cihsm_snapshot_options *options, const char *id);
bool snapshot_wants_item(const cihsm_snapshot_options *options, const char *package,
                         const char *id);

/** Tells the caller how far it is. */
void snapshot_tell(cihsm_snapshot *of, size_t done, size_t total);

/**
 * Reads which packages and artifacts there are, and names their folders.
 *
 * @retval CIHSM_E_NOT_FOUND  one of the packages of the options does not exist
 */
CIHSM_NODISCARD cihsm_status snapshot_read_packages(cihsm_snapshot *of, cihsm_error *err);
CIHSM_NODISCARD cihsm_status snapshot_read_artifacts(cihsm_snapshot *of, cihsm_error *err);

/** Brings the folders of all wanted artifacts up to date. */
CIHSM_NODISCARD cihsm_status snapshot_read_contents(cihsm_snapshot *of, cihsm_error *err);

/** Finds what the tenant has no more, and removes it if the options say so. */
CIHSM_NODISCARD cihsm_status snapshot_find_gone(cihsm_snapshot *of, cihsm_error *err);

#endif
