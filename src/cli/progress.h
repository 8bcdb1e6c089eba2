/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/progress - one line on the terminal that says how far a long transfer is. Only where stderr
 * is a terminal, only after two seconds, and gone before anything else is printed there.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stddef.h>

/**
 * Starts counting. Nothing happens if stderr is no terminal, or if it runs already.
 *
 * @param unit  what is counted, plural: "entries"; must outlive the progress. NULL: bytes only
 */
void cli_progress_begin(const char *unit);

/** Counts on; costs next to nothing. Any thread. */
void cli_progress_add(size_t count, size_t bytes);

/**
 * Says how many parts of the whole are done, which then stands in front. Any thread.
 *
 * @param parts  what they are, plural: "slices"; must outlive the progress
 */
void cli_progress_share(const char *parts, size_t done, size_t total);

/** Erases the line and ends; nothing if it does not run. */
void cli_progress_end(void);

/** Erases the line until cli_progress_show: for whoever prints to the terminal in between. */
void cli_progress_hide(void);
void cli_progress_show(void);

#endif
