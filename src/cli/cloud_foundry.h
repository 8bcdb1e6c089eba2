/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/cloud_foundry - what the commands have in common that work on service keys by the Cloud
 * Foundry API.
 */
#ifndef CLI_CLOUD_FOUNDRY_H
#define CLI_CLOUD_FOUNDRY_H

#include "cli/env.h"

/* Rows of the option tables. */
#define CLI_CF_OPTIONS                                                                             \
    {"cf-api", "URL", "API endpoint of Cloud Foundry, as the cockpit shows it", 0},                \
        {"instance", "NAME|GUID", "service instance of Process Integration Runtime, plan api", 0}, \
        {"cf-token-source", "SRC", "where the token of \"cf oauth-token\" is", 0},                 \
        {"cf-user", "NAME", "log in as this user instead of with a token", 0},                     \
        {"cf-password-source", "SRC", "where the password of that user is", 0},                    \
    {                                                                                              \
        "cf-uaa", "URL", "token server, where the API does not tell it", 0                         \
    }

/* Of those that change something. */
#define CLI_CF_CHANGE_OPTIONS                                                           \
    {"wait", "TIME", "wait at most this long for the end of the work (5m)", 0},         \
    {                                                                                   \
        "confirm-profile", "NAME", "repeats the name of a profile that is protected", 0 \
    }

/**
 * Looks whether the settings are complete and can be right, before anything is asked for.
 *
 * @retval CIHSM_E_USAGE  --cf-api or a way to log in is missing, or not the form of a source
 */
CIHSM_NODISCARD cihsm_status cli_cf_check(const cli_env *env, cihsm_error *err);

/** Reads the secrets and opens a session by the effective settings. */
CIHSM_NODISCARD cihsm_status cli_cf_open(cli_env *env, cihsm_cf **out, cihsm_error *err);

/** @return --instance or its setting; NULL: all. */
const char *cli_cf_instance(const cli_env *env);

/** Refuses to go on where a file would be lost, unless the person means it. */
CIHSM_NODISCARD cihsm_status cli_cf_confirm_file(cli_env *env, const char *path, cihsm_error *err);

/** Shows the request that --dry-run stands for. Takes *request. */
CIHSM_NODISCARD cihsm_status cli_cf_show(const cli_env *env, cihsm_value **request,
                                         cihsm_error *err);

/** Writes a service key file, mode 0600, into a file that was begun. Sets *file to NULL. */
CIHSM_NODISCARD cihsm_status cli_cf_write_key(const cihsm_value *document, cihsm_file **file,
                                              cihsm_error *err);

#endif
