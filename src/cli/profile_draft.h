/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/profile_draft - the settings of a profile that is to be written.
 */
#ifndef CLI_PROFILE_DRAFT_H
#define CLI_PROFILE_DRAFT_H

#include "cli/env.h"

/* Row of the option tables. */
#define CLI_MODULE_ENV_OPTION                                                            \
    {                                                                                    \
        "module-env", "NAME=VALUE", "variable that the module needs; may be repeated", 0 \
    }

typedef struct cli_profile_draft cli_profile_draft;

CIHSM_NODISCARD cihsm_status cli_draft_new(cli_profile_draft **out, cihsm_error *err);

/**
 * Adds a setting; a path is kept absolute.
 *
 * @param name   static
 * @param value  borrowed for the life of the draft
 * @retval CIHSM_E_USAGE  not the form of the source of a secret
 */
CIHSM_NODISCARD cihsm_status cli_draft_add(cli_profile_draft *to, const char *name,
                                           const char *value, cihsm_error *err);

/** Adds what is kept in profiles of the options of this command line, and --module-env. */
CIHSM_NODISCARD cihsm_status cli_draft_add_given(cli_profile_draft *to, const cli_env *env,
                                                 cihsm_error *err);

/** Adds what is kept in profiles of the settings in effect, the service key excepted. */
CIHSM_NODISCARD cihsm_status cli_draft_add_effective(cli_profile_draft *to, const cli_env *env,
                                                     cihsm_error *err);

size_t cli_draft_count(const cli_profile_draft *draft);

/** Refuses a name that is taken. @retval CIHSM_E_CONFLICT  there is a profile of that name */
CIHSM_NODISCARD cihsm_status cli_draft_check_name(const cli_env *env, const char *name,
                                                  cihsm_error *err);

/** Appends the profile to the configuration file and says so. */
CIHSM_NODISCARD cihsm_status cli_draft_save(const cli_profile_draft *draft, const cli_env *env,
                                            const char *name, cihsm_error *err);

void cli_draft_free(cli_profile_draft **draft);

#endif
