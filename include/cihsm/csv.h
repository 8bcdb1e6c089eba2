/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/csv.h - entries as CSV: RFC 4180, lines end in CR LF, UTF-8 without a byte order mark.
 *
 * A nested member is a column with a dotted name (IntegrationArtifact.Id), an array is JSON text in
 * its cell. null is an empty cell and the empty text is "", so that a database can tell them apart.
 * A cell is written as it is, even if a spreadsheet takes it for a formula (= + - @).
 *
 * No state is kept: several threads may write rows of the same columns at the same time.
 */
#ifndef CIHSM_CSV_H
#define CIHSM_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

#define CIHSM_CSV_COLUMNS_MAX 1000 /**< columns of a file */

/**
 * Chooses the columns for a list by its first entries: the wanted names, each with the members
 * below it, then what else the entries hold in the order in which it comes.
 *
 * @param entries  array of the entries to look at, may be empty
 * @param wanted   array of dotted names that are columns even if no entry has them; may be NULL
 * @param only     leave out what is not below a wanted name
 * @param out      array of at most CIHSM_CSV_COLUMNS_MAX dotted names, yours
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_csv_columns(const cihsm_value *entries,
                                                         const cihsm_value *wanted, bool only,
                                                         cihsm_value **out, cihsm_error *err);

/**
 * Writes the heading line.
 *
 * @param columns  of cihsm_csv_columns, or any array of dotted names
 * @param write    gets the line in pieces
 * @retval else  as @p write answered
 *
 * Source: RFC 4180.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_csv_heading(const cihsm_value *columns,
                                                         cihsm_write_fn write, void *user,
                                                         cihsm_error *err);

/**
 * Writes an entry as a line.
 *
 * @param columns   those of the heading
 * @param entry     an object
 * @param left_out  members of the entry that hold something and are in no column; may be NULL
 * @param write     gets the line in pieces
 * @retval else  as @p write answered
 *
 * Source: RFC 4180.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_csv_row(const cihsm_value *columns,
                                                     const cihsm_value *entry, size_t *left_out,
                                                     cihsm_write_fn write, void *user,
                                                     cihsm_error *err);

CIHSM_END_DECLS

#endif
