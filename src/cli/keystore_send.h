/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/keystore_send - sends a change of the keystore, and says what came of it.
 */
#ifndef CLI_KEYSTORE_SEND_H
#define CLI_KEYSTORE_SEND_H

#include "cli/env.h"

/* Rows of the option tables. */
#define CLI_KEYSTORE_CONFIRM_OPTION                                                     \
    {                                                                                   \
        "confirm-profile", "NAME", "repeats the name of a profile that is protected", 0 \
    }
#define CLI_KEYSTORE_FINGERPRINT_OPTION                                              \
    {                                                                                \
        "fingerprint", "SHA256",                                                     \
            "vouch for the certificate by the fingerprint that its owner gave you; " \
            "compared with the file before anything is sent",                        \
            0                                                                        \
    }

/** What a change means to the person. */
typedef struct cli_keystore_change {
    const cihsm_keystore_write *write;
    const char *what;     /**< "key pair": with the alias behind it the subject of sentences */
    const char *alias;    /**< NULL: it is about all; else its entry in the answer is printed */
    const char *question; /**< NULL: nobody is asked */
    const char *done;     /**< "imported" */
    const char *columns;  /**< of a list of all entries in the answer; NULL: no list is printed */
    const char *const *needed; /**< aliases that must be there; NULL: it does not matter */
    size_t needed_count;
} cli_keystore_change;

/**
 * Warns of what the certificates are like, asks, sends, prints.
 *
 * @retval CIHSM_E_CHECK  it was done, but not all entries were imported
 */
CIHSM_NODISCARD cihsm_status cli_keystore_send(cli_env *env, cli_keystore_change *change,
                                               cihsm_error *err);

/**
 * Reads the secret that an option names the source of; none with --dry-run, which only shows the
 * request. A protected profile is refused before.
 *
 * @param out  yours; NULL if there is none
 */
CIHSM_NODISCARD cihsm_status cli_keystore_password(const cli_env *env, const char *option,
                                                   const char *name, cihsm_secret **out,
                                                   cihsm_error *err);

#endif
