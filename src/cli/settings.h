/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/settings - effective values: option, then environment CIHSM_*, then profile, then default.
 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "cli/env.h"

#define CLI_PATH_MAX 4096

#define CLI_SYSTEM_CONFIG "/etc/cihsm/config"

/**
 * Reads the configuration and chooses the profile: --profile, CIHSM_PROFILE, the file's default.
 *
 * @retval CIHSM_E_CONFIG  a file is malformed, or there is no profile of that name
 */
CIHSM_NODISCARD cihsm_status cli_settings_load(cli_env *env, cihsm_error *err);

/** @return the effective value of a setting named as its long option, borrowed; NULL if unset. */
const char *cli_setting(const cli_env *env, const char *name);

/** Like cli_setting for whole numbers from @p least to @p most; *out is unchanged if unset. */
CIHSM_NODISCARD cihsm_status cli_setting_range(const cli_env *env, const char *name, long least,
                                               long most, long *out, cihsm_error *err);

/** Like cli_setting for whole numbers of at least 1; *out is unchanged if unset. */
CIHSM_NODISCARD cihsm_status cli_setting_number(const cli_env *env, const char *name, long *out,
                                                cihsm_error *err);

/** Writes the path of the configuration file that is changed by commands. */
CIHSM_NODISCARD cihsm_status cli_config_path(const cli_env *env, char out[CLI_PATH_MAX],
                                             cihsm_error *err);

/**
 * Fills the token part of a configuration from the settings; sets the profile's module-env
 * variables, so call it before any thread is started.
 *
 */
CIHSM_NODISCARD cihsm_status cli_token_config(cli_env *env, cihsm_token_config *out,
                                              cihsm_error *err);

/**
 * @return key @p at of the effective ones, which are tried in this order when a token fails: those
 *         of the command line, else of the environment, else of the profile; NULL beyond the last
 */
const char *cli_key_at(const cli_env *env, size_t at);

/** @return the URI that selects a key: the first key, else --token; NULL if neither is set. */
const char *cli_key_uri(const cli_env *env);

#endif
