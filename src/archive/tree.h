/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive/tree - the files of a folder, in the order in which they are packed, and its removal.
 */
#ifndef ARCHIVE_TREE_H
#define ARCHIVE_TREE_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

/** Start with {0}. */
typedef struct tree {
    char **names; /**< relative, with slashes */
    size_t count;
    size_t room;
} tree;

/**
 * Lists all regular files: META-INF/MANIFEST.MF first, since readers of JARs look for it there,
 * then by the bytes of their names. Version control and leftovers of editors are left out.
 *
 * @param out  released by tree_free, whatever the result
 * @retval CIHSM_E_CONFIG  the folder cannot be read; a link or a device is in it; too many files
 */
CIHSM_NODISCARD cihsm_status tree_list(const char *folder, tree *out, cihsm_error *err);
void tree_free(tree *of);

/** Removes a folder with all that is in it; follows no links. */
void tree_remove(const char *folder);

#endif
