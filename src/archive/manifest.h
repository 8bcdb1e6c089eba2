/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive/manifest - one header of a Java manifest.
 *
 * Source: JAR File Specification, "Manifest Specification": lines of at most 72 bytes, a blank at
 * the start of a line continues the one before, the main section ends at the first empty line.
 */
#ifndef ARCHIVE_MANIFEST_H
#define ARCHIVE_MANIFEST_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

#define ARCHIVE_MANIFEST_NAME "META-INF/MANIFEST.MF"
#define ARCHIVE_MANIFEST_MAX ((size_t)1 << 20) /* bytes */

/**
 * Finds a header of the main section. Directives, which follow a ";", are left out.
 *
 * @param text  @p len bytes
 * @param name  in any case
 * @param out   yours (text_free); NULL: there is none
 * @retval CIHSM_E_CONFIG  its value is no UTF-8 text
 */
CIHSM_NODISCARD cihsm_status manifest_header(const char *text, size_t len, const char *name,
                                             char **out, cihsm_error *err);

#endif
