/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/table - values as a table for people: fits the terminal, cuts nothing without a mark.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cihsm/cihsm.h"

typedef struct cli_table cli_table;

/**
 * Chooses columns and widths by the first entries.
 *
 * @param columns  comma list of names, in that order; NULL: what the entries hold
 */
CIHSM_NODISCARD cihsm_status cli_table_new(const cihsm_value *entries, const char *columns,
                                           cli_table **out, cihsm_error *err);
/** Prints the heading once, then a row an entry. */
CIHSM_NODISCARD cihsm_status cli_table_print(cli_table *table, const cihsm_value *entries,
                                             cihsm_error *err);
/** @return number of columns that hold something and did not fit. */
size_t cli_table_hidden(const cli_table *table);
void cli_table_free(cli_table **table);

/** Prints "name  value" lines; nested members with dotted names. */
CIHSM_NODISCARD cihsm_status cli_table_print_object(const cihsm_value *object, cihsm_error *err);

#endif
