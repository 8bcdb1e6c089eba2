/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/batch_lines - operations of a batch from JSON Lines, one object a line:
 *
 *   {"method":"POST","path":"StringParameters","body":{…},"changeset":1,"query":{"user":"x"}}
 */
#ifndef CLI_BATCH_LINES_H
#define CLI_BATCH_LINES_H

#include "cli/env.h"

/** Start with {0}. */
typedef struct cli_batch_lines {
    const char *name;            /**< of the file, for messages; borrowed */
    cihsm_operation *operations; /**< they point into the lines */
    struct cli_batch_line *lines;
    size_t count;
    size_t room;
} cli_batch_lines;

/**
 * Reads and checks all lines; empty ones are left out.
 *
 * @param path          "-": standard input
 * @param is_unchecked  of each request
 * @retval CIHSM_E_USAGE   no operation, or one that cannot be sent; the message names the line
 * @retval CIHSM_E_CONFIG  the file cannot be read
 */
CIHSM_NODISCARD cihsm_status cli_batch_lines_read(const char *path, bool is_unchecked,
                                                  cli_batch_lines *out, cihsm_error *err);

/** @return the number of the line of an operation, from 1. */
size_t cli_batch_line_number(const cli_batch_lines *of, size_t at);

/** Records a failure of an operation with the place of its line. */
cihsm_status cli_batch_line_fail(const cli_batch_lines *of, size_t at, const cihsm_error *why,
                                 cihsm_error *err);

/** Wipes and frees. */
void cli_batch_lines_free(cli_batch_lines *lines);

#endif
