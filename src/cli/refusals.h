/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/refusals - a PIN that no person types is shown once to a token that does not take it, by all
 * runs together (docs/adr/0021).
 *
 * Before it is shown, that is noted, and other runs with the same PIN wait for the verdict. One
 * that was refused is not shown again until its source has changed, nor one whose verdict never
 * came. A source whose PIN was taken is trusted more: no note, and only a short wait.
 */
#ifndef CLI_REFUSALS_H
#define CLI_REFUSALS_H

#include "cli/env.h"
#include "cli/refusals_file.h"

/** Identity of a PIN source: of a file its device, inode and time of change, else its name; "": no
 *  source. */
typedef struct cli_source_id {
    char text[CLI_SOURCE_ID_MAX];
} cli_source_id;

cli_source_id cli_source_identify(const char *source);

/** A PIN that is being shown. Start with CLI_OFFER_NONE. */
typedef struct cli_offer {
    int lock;      /**< others wait for it; -1: not held */
    bool is_noted; /**< in the file, by this run */
} cli_offer;

#define CLI_OFFER_NONE ((cli_offer){.lock = -1})

/**
 * Stops before a PIN is shown to a token that may refuse it again; else notes that it is shown.
 *
 * @param source      as given, for the message
 * @param timeout_ms  for which the token's answer is waited for
 * @param out         for cli_refusals_resolve, which must follow
 * @retval CIHSM_E_PIN       this token refused it, or may have
 * @retval CIHSM_E_TIMEOUT   another run shows it, and there is no verdict
 * @retval CIHSM_E_CONFIG    it cannot be noted
 * @retval CIHSM_E_CANCELED  a signal came while another run showed it
 */
CIHSM_NODISCARD cihsm_status cli_refusals_offer(const cihsm_pin_request *request,
                                                const char *source, const cli_source_id *id,
                                                long timeout_ms, cli_offer *out, cihsm_error *err);

/** Notes what the token said and lets others go on; a failure to do so is a warning. */
void cli_refusals_resolve(cli_offer *of, const cihsm_pin_request *request, const cli_source_id *id,
                          cihsm_pin_verdict verdict);

/**
 * The token took a PIN that was typed, or set anew.
 *
 * @param id  of the source of the new PIN; NULL: it was typed
 */
void cli_refusals_taken(const cihsm_pin_request *request, const cli_source_id *id);

/**
 * Forgets what is remembered of the tokens that a URI may mean.
 *
 * @param uri    NULL: of all tokens
 * @param count  out: refusals forgotten
 */
CIHSM_NODISCARD cihsm_status cli_refusals_forget_uri(const char *uri, size_t *count,
                                                     cihsm_error *err);

#endif
