/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/output - data on stdout, in the format the person chose.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/env.h"

typedef enum cli_format {
    CLI_TABLE = 0, /**< for people */
    CLI_JSON,      /**< one document */
    CLI_JSONL      /**< one line an entry */
} cli_format;

/** -o, CIHSM_OUTPUT or the profile's output; CLI_TABLE if unset. @retval CIHSM_E_USAGE unknown */
CIHSM_NODISCARD cihsm_status cli_output_format(const cli_env *env, cli_format *out,
                                               cihsm_error *err);

/** A list that is printed in one or more calls. */
typedef struct cli_list {
    cli_format format;
    const char *columns; /**< comma list of the wanted table columns; NULL: chosen by the data */
    bool is_selectable;  /**< the person can choose with --select */
    size_t printed;      /**< entries so far */
    struct cli_table *table;
} cli_list;

CIHSM_NODISCARD cihsm_status cli_list_add(cli_list *list, const cihsm_value *entries,
                                          cihsm_error *err);
/** Adds one entry that is not in an array; not for a table. */
CIHSM_NODISCARD cihsm_status cli_list_add_one(cli_list *list, const cihsm_value *entry,
                                              cihsm_error *err);
/** Ends it: closes the JSON array, says which columns did not fit. */
CIHSM_NODISCARD cihsm_status cli_list_end(cli_list *list, cihsm_error *err);
void cli_list_free(cli_list *list);

/** Prints a whole array of entries. */
CIHSM_NODISCARD cihsm_status cli_print_list(const cli_env *env, const cihsm_value *entries,
                                            const char *columns, cihsm_error *err);

/** Prints one object: as lines "name  value", or as JSON. */
CIHSM_NODISCARD cihsm_status cli_print_object(const cli_env *env, const cihsm_value *object,
                                              cihsm_error *err);

/** Prints bytes as they are. */
CIHSM_NODISCARD cihsm_status cli_print_bytes(const char *bytes, size_t len, cihsm_error *err);

/** A cihsm_write_fn to stdout. native EPIPE tells a closed pipe. */
cihsm_status cli_write_stdout(void *user, const char *bytes, size_t len, cihsm_error *err);

/** Flushes stdout; call it before a command reports success. */
CIHSM_NODISCARD cihsm_status cli_flush_stdout(cihsm_error *err);

#endif
