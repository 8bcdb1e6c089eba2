/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/env - one run of the program: parsed arguments, effective settings, error, log.
 */
#ifndef CLI_ENV_H
#define CLI_ENV_H

#include "cli/command.h"

/** Time that went into a phase of this run. */
typedef struct cli_time {
    long long microseconds;
    unsigned long times; /**< calls or requests */
} cli_time;

/** An option as typed. */
typedef struct cli_given {
    const cli_option *option;
    const char *value; /**< borrowed from argv; NULL for a switch */
} cli_given;

struct cli_env {
    const cli_command *command;
    cli_given *given;
    size_t given_count;
    const char **arguments; /**< positional, after the command's words; borrowed from argv */
    size_t argument_count;
    cihsm_config *configs[2];     /**< the user's or --config, then the system's; NULL if absent */
    const cihsm_profile *profile; /**< borrowed from one of them; NULL: none */
    cihsm_log log;
    cli_time times[CIHSM_PHASE_COUNT]; /**< filled with --timing */
    long long start_us;
    bool has_exit_code; /**< a command that succeeded ends with a code of its own */
    int exit_code;
};

/** Last value given for an option; NULL if not given (or a switch: use cli_has). */
const char *cli_value(const cli_env *env, const char *name);
/** Value of the @p at-th occurrence; NULL beyond the last. */
const char *cli_value_at(const cli_env *env, const char *name, size_t at);
bool cli_has(const cli_env *env, const char *name);
size_t cli_times(const cli_env *env, const char *name);

/** Reads a whole number of at least @p least from an option; *out is unchanged if not given. */
CIHSM_NODISCARD cihsm_status cli_number(const cli_env *env, const char *name, long least, long *out,
                                        cihsm_error *err);

#endif
