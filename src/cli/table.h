/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/table - values as a table for people: fits the terminal, cuts nothing without a mark.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cihsm/cihsm.h"

typedef struct cli_table cli_table;

/** Which of the columns are shown, as far as they fit. */
typedef enum cli_table_choice {
    CLI_TABLE_FILLED = 0, /**< those with something in them, the telling ones first */
    CLI_TABLE_PRESENT,    /**< those that an entry has, even if empty */
    CLI_TABLE_ALL         /**< every one */
} cli_table_choice;

/**
 * Chooses columns and widths by the first entries.
 *
 * @param names    array of dotted names
 * @param entries  array of the entries to measure
 */
CIHSM_NODISCARD cihsm_status cli_table_new(const cihsm_value *names, const cihsm_value *entries,
                                           cli_table_choice choice, cli_table **out,
                                           cihsm_error *err);
CIHSM_NODISCARD cihsm_status cli_table_heading(const cli_table *table, cihsm_error *err);
CIHSM_NODISCARD cihsm_status cli_table_row(const cli_table *table, const cihsm_value *entry,
                                           cihsm_error *err);
/** @return number of columns that hold something and did not fit. */
size_t cli_table_hidden(const cli_table *table);
void cli_table_free(cli_table **table);

/** Prints "name  value" lines; nested members with dotted names. */
CIHSM_NODISCARD cihsm_status cli_table_print_object(const cihsm_value *object, cihsm_error *err);

#endif
