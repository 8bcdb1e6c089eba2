/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/signals - how the program ends when it is told to.
 *
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT: the first one cancels requests and waits, and the program
 * goes its ordinary way out, so that partial files are removed, the token is logged out and its
 * module finalised. It is not ended within a call of the token: SoftHSM rewrites its token file at
 * a login, and one that is cut off is lost. A second signal ends it at once.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdint.h>

#include "cihsm/cancel.h"

/**
 * Takes over the signals, those excepted that are ignored. Those about a closed pipe and a file
 * that may not grow are ignored: they show as errors.
 */
CIHSM_NODISCARD cihsm_status cli_signals_begin(cihsm_error *err);

/** @return what a signal requests; for clients and waits. */
cihsm_cancel *cli_signals_cancel(void);

/** @return the first signal that came; 0: none. */
int cli_signals_caught(void);

/** @return its name: "SIGTERM". */
const char *cli_signals_name(void);

/** @return the exit code of a status: that of the signal, if one came and ended it. */
int cli_signals_exit_code(cihsm_status status);

/** The file that a second signal removes; copied. */
void cli_signals_remove(const char *path);

/** @return true after the time, false as soon as a signal came. */
bool cli_signals_wait_ms(int64_t milliseconds);

/** @retval CIHSM_E_CANCELED  a signal came */
CIHSM_NODISCARD cihsm_status cli_signals_check(cihsm_error *err);

#endif
