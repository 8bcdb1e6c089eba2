/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/name - the name of the file or folder that stands for an id, and back.
 *
 * Letters, digits and "_@~.-" stay as they are. All else is written as %XX, and so are a first ".",
 * "-" or "~", a last ".", and the first letter of what Windows takes for a device (CON, NUL.x).
 * Where two ids of a folder differ in case only, their capital letters are written so too, for file
 * systems that do not tell them apart.
 */
#ifndef PARTNER_NAME_H
#define PARTNER_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define PARTNER_NAME_SIZE 241 /* with room for an extension and what cihsm_file_begin adds */
#define PARTNER_ID_SIZE PARTNER_NAME_SIZE

/**
 * @param is_crowded  another id of the folder differs in case only
 * @return false, and nothing at @p out, if the id is empty or its name too long
 */
bool partner_name_make(const char *id, bool is_crowded, char out[PARTNER_NAME_SIZE]);

/**
 * Reads the id out of a name of @p len bytes.
 *
 * @return false, and nothing at @p out, if it is no name that partner_name_make gives
 */
bool partner_name_read(const char *name, size_t len, char out[PARTNER_ID_SIZE]);

/** Compares two ids as if they had no capital letters; for qsort of texts. */
int partner_id_compare_folded(const char *a, const char *b);

#endif
