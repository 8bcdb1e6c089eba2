/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/package.h - integration packages: which there are, as a zip and back, copied from Discover.
 *
 * Their artifacts are listed by cihsm_artifact_list, and written by cihsm/artifact.h. A write is an
 * object that holds its request, as there.
 *
 * Threads: what takes a client is called by the client's thread; all else may be called by any.
 *
 * Source: docs/sap-contract.md sections 6.2 and 7.2.
 */
#ifndef CIHSM_PACKAGE_H
#define CIHSM_PACKAGE_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/archive.h"
#include "cihsm/artifact.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/path.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

/**
 * Makes the path of a package, or of what is below it: "$value", "CustomTags". Any thread.
 *
 * @param id    of the package
 * @param rest  may be NULL
 * @param out   the path, unencoded
 * @retval CIHSM_E_USAGE  the id is empty or too long
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_package_path(const char *id, const char *rest,
                                                          char out[CIHSM_PATH_SIZE],
                                                          cihsm_error *err);

/**
 * @param package  as read from the tenant
 * @return true if it can be configured only: neither the package nor its artifacts can be
 *         downloaded or changed
 */
CIHSM_API bool cihsm_package_is_read_only(const cihsm_value *package);

/**
 * Reads all packages of the workspace. All pages are followed.
 *
 * @param client  used by no other thread meanwhile
 * @param out     array of objects, yours
 * @retval else  as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_package_list(cihsm_client *client, cihsm_value **out,
                                                          cihsm_error *err);

/**
 * Makes a write that imports a package which was downloaded before.
 *
 * @param content     its bytes are copied; look at it by cihsm_archive_check_package
 * @param overwrites  a package of that id is replaced; else the tenant answers 409
 * @param out         yours (cihsm_artifact_write_free)
 * @retval CIHSM_E_LIMIT  the archive is larger than a request may be
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_package_import(const cihsm_archive *content,
                                                            bool overwrites,
                                                            cihsm_artifact_write **out,
                                                            cihsm_error *err);

/**
 * Makes a write that copies a package of Discover into the workspace.
 *
 * @param id      of the package in Discover
 * @param mode    "CREATE_COPY", "OVERWRITE", "OVERWRITE_MERGE"; NULL: none, and the tenant answers
 *                409 if the workspace has the package
 * @param suffix  of CREATE_COPY: tells the copy from the package; NULL: none
 * @param out     yours (cihsm_artifact_write_free)
 * @retval CIHSM_E_USAGE  there is no such mode; a suffix with another mode
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_package_copy(const char *id, const char *mode,
                                                          const char *suffix,
                                                          cihsm_artifact_write **out,
                                                          cihsm_error *err);

/**
 * Makes a write that sets the value of a custom tag of a package.
 *
 * @param id     of the package
 * @param tag    name of the tag
 * @param value  its text
 * @param out    yours (cihsm_artifact_write_free)
 * @retval CIHSM_E_USAGE  the id or the tag is empty or too long
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_package_set_tag(const char *id, const char *tag,
                                                             const char *value,
                                                             cihsm_artifact_write **out,
                                                             cihsm_error *err);

/* --- why it failed: each puts what it finds in the error, whose status may change ------------- */

/**
 * Looks why reading or writing a package failed, by reading the package: it is not there, or can
 * only be configured. An error that tells no more stays as it is.
 *
 * @param client  what failed was sent with it
 * @param id      of the package
 * @return the status of the error
 */
CIHSM_API cihsm_status cihsm_package_explain(cihsm_client *client, const char *id,
                                             cihsm_error *err);

/**
 * cihsm_package_explain of a download: a package with drafts in it has none.
 *
 * @param client  what failed was sent with it
 * @param id      of the package
 * @return the status of the error
 */
CIHSM_API cihsm_status cihsm_package_explain_download(cihsm_client *client, const char *id,
                                                      cihsm_error *err);

/**
 * cihsm_package_explain of a tag: a tag that the tenant does not know is named.
 *
 * @param client  what failed was sent with it
 * @param id      of the package
 * @param tag     name of the tag
 * @return the status of the error
 */
CIHSM_API cihsm_status cihsm_package_explain_tag(cihsm_client *client, const char *id,
                                                 const char *tag, cihsm_error *err);

/**
 * Says what to do where an import found the package there already.
 *
 * @return the status of the error
 */
CIHSM_API cihsm_status cihsm_package_explain_import(cihsm_error *err);

/**
 * Says what to do where a copy found the package there already, or not in Discover.
 *
 * @param id  of the package
 * @return the status of the error
 */
CIHSM_API cihsm_status cihsm_package_explain_copy(const char *id, cihsm_error *err);

CIHSM_END_DECLS

#endif
