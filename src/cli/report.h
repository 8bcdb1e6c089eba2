/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/report - everything that goes to stderr: errors, warnings, notes, log lines.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/env.h"

/** Records a failure like the library does; for mistakes that only the command line can see. */
CIHSM_PRINTF(3, 4)
cihsm_status cli_fail(cihsm_error *err, cihsm_status status, const char *format, ...);

/* Never CIHSM_OK, said where every caller sees it: -fanalyzer does not look into other files. */
static inline cihsm_status cli_failed(cihsm_status status)
{
    return status == CIHSM_OK ? CIHSM_E_INTERNAL : status;
}
#define cli_fail(...) cli_failed(cli_fail(__VA_ARGS__))

/** Adds what became of the work to a failure, if there is room. */
void cli_fail_add(cihsm_error *err, const char *words);

/** Prints an error: one line, or one JSON object with -o json and jsonl. */
void cli_report_error(const cli_env *env, const cihsm_error *err);

/** Prints one line for the person ("cihsm: ..."). */
CIHSM_PRINTF(1, 2)
void cli_note(const char *format, ...);

/** The log of this run: warnings always, more with each -v. */
void cli_log_init(cli_env *env);

/** Prints where the time went, if --timing was given. */
void cli_report_time(const cli_env *env);

#define CLI_TRY(call)                      \
    do {                                   \
        cihsm_status try_status_ = (call); \
        if (try_status_ != CIHSM_OK) {     \
            return try_status_;            \
        }                                  \
    } while (0)

/** Passes the want of memory up, before another failure is told in other words. */
#define CLI_TRY_MEMORY(status, err)                                   \
    do {                                                              \
        if ((status) == CIHSM_E_NO_MEMORY) {                          \
            return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory"); \
        }                                                             \
    } while (0)

#endif
