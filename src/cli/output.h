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
    CLI_JSONL,     /**< one line an entry */
    CLI_CSV        /**< cihsm/csv.h */
} cli_format;

/** -o, CIHSM_OUTPUT or the profile's output; CLI_TABLE if unset. @retval CIHSM_E_USAGE unknown */
CIHSM_NODISCARD cihsm_status cli_output_format(const cli_env *env, cli_format *out,
                                               cihsm_error *err);

bool cli_is_json(cli_format format);

/** Finds out what stdout is; buffers much if it is no terminal. Call it before anything is printed.
 */
void cli_prepare_stdout(void);

/** Prints one object: as lines "name  value", as JSON, or as CSV with one line. */
CIHSM_NODISCARD cihsm_status cli_print_object(const cli_env *env, const cihsm_value *object,
                                              cihsm_error *err);

/** Prints bytes as they are. */
CIHSM_NODISCARD cihsm_status cli_print_bytes(const char *bytes, size_t len, cihsm_error *err);

/**
 * Prints a running text and a line end. A terminal gets it in lines that end between words, the
 * later ones below the first; elsewhere it is one line.
 *
 * @param column  where the text starts, from 0
 */
CIHSM_NODISCARD cihsm_status cli_print_text(const char *text, size_t column, cihsm_error *err);

/** A cihsm_write_fn to stdout. native EPIPE tells a closed pipe. */
cihsm_status cli_write_stdout(void *user, const char *bytes, size_t len, cihsm_error *err);

/** @return cli_write_stdout; for a terminal one that lets no control characters through. */
cihsm_write_fn cli_csv_writer(void);

/** @return bytes written to stdout so far, those in the buffer included. */
size_t cli_written(void);

/** Says in messages where stdout goes to; @p name is borrowed for the rest of the run. */
void cli_name_stdout(const char *name);

/** Flushes stdout; call it before a command reports success, and where a reader may wait. */
CIHSM_NODISCARD cihsm_status cli_flush_stdout(cihsm_error *err);

/** Forgets what was not written to standard output yet, which is closed. */
void cli_drop_stdout(void);

#endif
