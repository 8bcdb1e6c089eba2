/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/partner_passwords - passwords for the credentials of partners: PARTNER/ID=SRC.
 */
#ifndef CLI_PARTNER_PASSWORDS_H
#define CLI_PARTNER_PASSWORDS_H

#include "cli/env.h"

/** Passwords with what they are for. Start with {0}. */
typedef struct cli_partner_passwords {
    cihsm_partner_password *items;
    cihsm_secret **secrets;
    char **names; /**< "PARTNER\0ID" */
    size_t count;
} cli_partner_passwords;

/**
 * Reads what --password-source names.
 *
 * @param out  released by cli_partner_passwords_free, whatever the result
 * @retval CIHSM_E_USAGE  not the form, or a credential that the folder has not
 */
CIHSM_NODISCARD cihsm_status cli_partner_passwords_read(const cli_env *env,
                                                        const cihsm_partner_folder *folder,
                                                        cli_partner_passwords *out,
                                                        cihsm_error *err);

void cli_partner_passwords_free(cli_partner_passwords *of);

#endif
