/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/archive.h - the zip that an artifact of the tenant is: made of a folder, unpacked into one,
 * compared with the id of the artifact.
 *
 * What comes from outside is not trusted: no entry gets out of the folder, and none grows without
 * measure.
 *
 * Threads: a zip is used by one thread at a time.
 */
#ifndef CIHSM_ARCHIVE_H
#define CIHSM_ARCHIVE_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

CIHSM_BEGIN_DECLS

/** Bytes of a zip at most: what a request takes as base64. */
#define CIHSM_ARCHIVE_MAX ((size_t)44 << 20)

/** A zip in memory. */
typedef struct cihsm_archive cihsm_archive;

/**
 * Makes an empty one, to be filled by cihsm_archive_append.
 *
 * @param out  yours
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_archive_new(cihsm_archive **out, cihsm_error *err);

/**
 * Adds bytes of the zip at its end.
 *
 * @param archive  begun with cihsm_archive_new
 * @param bytes    @p len of them, copied
 * @retval CIHSM_E_LIMIT  more than CIHSM_ARCHIVE_MAX
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_archive_append(cihsm_archive *archive,
                                                            const void *bytes, size_t len,
                                                            cihsm_error *err);

/** Forgets the bytes. */
CIHSM_API void cihsm_archive_clear(cihsm_archive *archive);

/**
 * Reads a zip, or packs a folder. Equal content gives equal bytes: the manifest is the first entry,
 * then the names in order, with one time and no owner. Left out are version control (.git,
 * .gitignore and the like), leftovers of editors, and folders without files.
 *
 * @param path  file or folder
 * @param out   yours
 * @retval CIHSM_E_CONFIG  it cannot be read, is no zip, holds a link or a device, or too much
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_archive_load(const char *path, cihsm_archive **out,
                                                          cihsm_error *err);

/** @return the bytes, borrowed until the archive is changed. */
CIHSM_API const void *cihsm_archive_bytes(const cihsm_archive *archive, size_t *len);

/**
 * Looks whether it is the content of this artifact: Bundle-SymbolicName in META-INF/MANIFEST.MF
 * must be the id.
 *
 * @param archive  stays as it is
 * @param id       of the artifact
 * @retval CIHSM_E_CONFIG  it is that of another one, or there is no manifest
 *
 * Source: docs/sap-contract.md section 7.2; JAR File Specification, "Manifest Specification".
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_archive_check_id(const cihsm_archive *archive,
                                                              const char *id, cihsm_error *err);

/**
 * Looks whether it is a package as the tenant exports one, and reads it to its end: the entry
 * resources.cnt must be there, and nothing that cihsm_archive_unpack refuses.
 *
 * @param archive  stays as it is
 * @retval CIHSM_E_CONFIG  it is no zip, is damaged, refused, or is the content of an artifact
 *
 * Source: the exported packages of SAP's repositories of samples (SAP-samples); SAP documents no
 * form of the zip.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_archive_check_package(const cihsm_archive *archive,
                                                                   cihsm_error *err);

/**
 * Unpacks into a folder, which is made, or is empty: complete or not at all.
 *
 * Refused are names that lead out of the folder, links and devices, a name that comes twice, and
 * what grows to more than 512 MiB, 20,000 entries or 200 times the size of the zip.
 *
 * @param archive  stays as it is
 * @param folder   where to
 * @retval CIHSM_E_CONFIG    there is something at @p folder
 * @retval CIHSM_E_PROTOCOL  the zip is damaged, or refused as above
 * @retval CIHSM_E_IO        cannot be written
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_archive_unpack(const cihsm_archive *archive,
                                                            const char *folder, cihsm_error *err);

/** Frees it, sets *archive to NULL. NULL is fine. */
CIHSM_API void cihsm_archive_free(cihsm_archive **archive);

CIHSM_END_DECLS

#endif
