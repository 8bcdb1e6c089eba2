/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/list - entries on stdout as they come, however many: a table and CSV look at the first ones
 * to choose their columns, then every entry is printed at once and forgotten.
 */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include <stdint.h>

#include "cli/output.h"

/** A list that is printed in one or more calls. Fill the first members, start the rest with {0}. */
typedef struct cli_list {
    cli_format format;
    const char *columns; /**< comma list of the columns of a table, the first ones of CSV; NULL:
                              chosen by the data */
    const char *fields;  /**< comma list of the members to print, in any format; NULL: all */
    const char *path;    /**< its documented properties are the first columns of CSV; NULL: none */
    bool is_selectable;  /**< the person can choose with --select */
    size_t printed;      /**< entries so far */

    cihsm_value *names;      /* columns, once they are chosen; or the fields */
    cihsm_value *first;      /* entries that wait for the choice */
    size_t waiting;          /* how many */
    struct cli_table *table; /* once the columns are chosen */
    uint64_t seen;           /* fields that an entry had, a bit each */
    size_t incomplete;       /* CSV entries with members in no column */
    bool is_started;
} cli_list;

/** Adds an array of entries. */
CIHSM_NODISCARD cihsm_status cli_list_add(cli_list *list, const cihsm_value *entries,
                                          cihsm_error *err);
/** Adds one entry; it is not kept. */
CIHSM_NODISCARD cihsm_status cli_list_add_one(cli_list *list, const cihsm_value *entry,
                                              cihsm_error *err);
/** Brings to the reader what was added: call it at the end of a page, where the next may be late.
 */
CIHSM_NODISCARD cihsm_status cli_list_flush(cli_list *list, cihsm_error *err);

/** Ends it: closes the JSON array, says what was not shown. */
CIHSM_NODISCARD cihsm_status cli_list_end(cli_list *list, cihsm_error *err);
void cli_list_free(cli_list *list);

/**
 * Prints the entries of a result, page after page.
 *
 * @param path  as in cli_list
 */
CIHSM_NODISCARD cihsm_status cli_print_result(const cli_env *env, cihsm_result *result,
                                              const char *columns, const char *path,
                                              cihsm_error *err);

/** Prints a whole array of entries. */
CIHSM_NODISCARD cihsm_status cli_print_list(const cli_env *env, const cihsm_value *entries,
                                            const char *columns, cihsm_error *err);

#endif
