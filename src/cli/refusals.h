/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/refusals - which token refused the PIN of which source, across runs.
 *
 * A file of the user's (state folder, cihsm/refusals, mode 0600) so that a job that runs again and
 * again does not lock a token with the same wrong PIN. It holds token, time and identity of the
 * source; nothing of the PIN and nothing derived from it. Without a place for it the program goes
 * on with a warning.
 */
#ifndef CLI_REFUSALS_H
#define CLI_REFUSALS_H

#include "cli/env.h"
#include "cli/settings.h"

#define CLI_SOURCE_ID_MAX 320

/** Where the file is. @return false if there is no place for it */
bool cli_refusals_folder(char out[CLI_PATH_MAX]);

/** Identity of a PIN source: of a file its device, inode and time of change, else its name. "" if
 *  it has none (no such file). */
typedef struct cli_source_id {
    char text[CLI_SOURCE_ID_MAX];
} cli_source_id;

cli_source_id cli_source_identify(const char *source);

/**
 * Stops before a PIN is offered that this token refused, unless its source has changed since.
 *
 * @param source  as given, for the message
 * @retval CIHSM_E_PIN  it is the one that was refused; the message says when, and what to do
 */
CIHSM_NODISCARD cihsm_status cli_refusals_check(const cihsm_pin_request *request,
                                                const char *source, const cli_source_id *id,
                                                cihsm_error *err);

/** Remembers a refusal, also one in doubt; a failure to do so is a warning. */
void cli_refusals_remember(const cihsm_pin_request *request, const cli_source_id *id);

/** Forgets what is remembered of the PIN of that kind and token: it was taken, or set anew. */
void cli_refusals_forget(const cihsm_pin_request *request);

/**
 * Forgets what is remembered of the tokens that a URI may mean.
 *
 * @param uri    NULL: of all tokens
 * @param count  out: refusals forgotten
 */
CIHSM_NODISCARD cihsm_status cli_refusals_forget_uri(const char *uri, size_t *count,
                                                     cihsm_error *err);

#endif
