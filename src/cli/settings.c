/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/pin.h"
#include "cli/report.h"

enum { SETTING_MAX = 86400 }; /* seconds of a day, the longest that any setting makes sense */

/* CIHSM_PIN_SOURCE for pin-source. */
static const char *environment(const char *name)
{
    char variable[64] = "CIHSM_";
    size_t at = strlen(variable);
    for (; *name != '\0' && at + 1 < sizeof variable; name++) {
        variable[at++] = *name == '-' ? '_' : (char)toupper((unsigned char)*name);
    }
    variable[at] = '\0';
    const char *value = getenv(variable);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

const char *cli_setting(const cli_env *env, const char *name)
{
    if (cli_has(env, name)) {
        return cli_value(env, name);
    }
    const char *value = environment(name);
    if (value == NULL && env->profile != NULL) {
        value = cihsm_profile_get(env->profile, name);
    }
    return value;
}

cihsm_status cli_setting_range(const cli_env *env, const char *name, long least, long most,
                               long *out, cihsm_error *err)
{
    const char *text = cli_setting(env, name);
    if (text == NULL) {
        return CIHSM_OK;
    }
    char *end = NULL;
    errno = 0;
    const long number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < least || number > most) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "%s takes a whole number from %ld to %ld, not \"%.40s\"", name, least, most,
                        text);
    }
    *out = number;
    return CIHSM_OK;
}

cihsm_status cli_setting_number(const cli_env *env, const char *name, long *out, cihsm_error *err)
{
    return cli_setting_range(env, name, 1, SETTING_MAX, out, err);
}

cihsm_status cli_config_path(const cli_env *env, char out[CLI_PATH_MAX], cihsm_error *err)
{
    const char *given = cli_has(env, "config") ? cli_value(env, "config") : environment("config");
    const char *base = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    int len = 0;
    if (given != NULL) {
        len = snprintf(out, CLI_PATH_MAX, "%s", given);
    } else if (base != NULL && base[0] == '/') {
        len = snprintf(out, CLI_PATH_MAX, "%s/cihsm/config", base);
    } else if (home != NULL && home[0] == '/') {
        len = snprintf(out, CLI_PATH_MAX, "%s/.config/cihsm/config", home);
    } else {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "no place for the configuration: set HOME, or use --config FILE");
    }
    if (len >= CLI_PATH_MAX) {
        return cli_fail(err, CIHSM_E_CONFIG, "the path of the configuration is too long");
    }
    return CIHSM_OK;
}

static cihsm_status read_configs(cli_env *env, cihsm_error *err)
{
    char path[CLI_PATH_MAX];
    const bool is_given = cli_has(env, "config") || environment("config") != NULL;
    const bool creates = env->command == &CMD_PROFILE_CREATE || cli_has(env, "save-profile");
    const bool has_home = getenv("HOME") != NULL || getenv("XDG_CONFIG_HOME") != NULL;
    if (is_given || has_home) {
        CLI_TRY(cli_config_path(env, path, err));
        CLI_TRY(cihsm_config_read(path, is_given && !creates, &env->configs[0], err));
    }
    if (!is_given) {
        CLI_TRY(cihsm_config_read(CLI_SYSTEM_CONFIG, false, &env->configs[1], err));
    }
    return CIHSM_OK;
}

static const char *wanted_profile(const cli_env *env)
{
    const char *name = cli_has(env, "profile") ? cli_value(env, "profile") : environment("profile");
    for (size_t i = 0; name == NULL && i < 2; i++) {
        name = env->configs[i] == NULL ? NULL : cihsm_config_default_profile(env->configs[i]);
    }
    return name;
}

cihsm_status cli_settings_load(cli_env *env, cihsm_error *err)
{
    CLI_TRY(read_configs(env, err));
    const char *name = wanted_profile(env);
    for (size_t i = 0; name != NULL && env->profile == NULL && i < 2; i++) {
        if (env->configs[i] != NULL) {
            env->profile = cihsm_config_profile(env->configs[i], name);
        }
    }
    const bool is_about_profiles = strncmp(env->command->name, "profile ", 8) == 0;
    if (name != NULL && env->profile == NULL && !is_about_profiles) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "there is no profile \"%.60s\": \"cihsm profile list\" shows them", name);
    }
    return CIHSM_OK;
}

/* What the module's own configuration needs, for example SOFTHSM2_CONF. */
static cihsm_status set_module_environment(const cli_env *env, cihsm_error *err)
{
    static const char PREFIX[] = "module-env.";
    const size_t count = env->profile == NULL ? 0 : cihsm_profile_count(env->profile);
    for (size_t i = 0; i < count; i++) {
        const char *value = NULL;
        const char *key = cihsm_profile_key_at(env->profile, i, &value);
        if (strncmp(key, PREFIX, sizeof PREFIX - 1) == 0 &&
            setenv(key + sizeof PREFIX - 1, value, 1) != 0) {
            return cli_fail(err, CIHSM_E_CONFIG, "cannot set %s of the profile", key);
        }
    }
    return CIHSM_OK;
}

static const char *profile_key_at(const cihsm_profile *profile, size_t at)
{
    const char *value = NULL;
    const char *name = NULL;
    for (size_t i = 0; (name = cihsm_profile_key_at(profile, i, &value)) != NULL; i++) {
        if (strcmp(name, "key") == 0 && at-- == 0) {
            return value;
        }
    }
    return NULL;
}

const char *cli_key_at(const cli_env *env, size_t at)
{
    if (cli_has(env, "key")) {
        return cli_value_at(env, "key", at);
    }
    const char *value = environment("key");
    if (value != NULL) {
        return at == 0 ? value : NULL;
    }
    return env->profile == NULL ? NULL : profile_key_at(env->profile, at);
}

const char *cli_key_uri(const cli_env *env)
{
    const char *key = cli_key_at(env, 0);
    return key != NULL ? key : cli_setting(env, "token");
}

cihsm_status cli_token_config(cli_env *env, cihsm_token_config *out, cihsm_error *err)
{
    const char *token = cli_setting(env, "token");
    long timeout_s = 30;
    CLI_TRY(cli_setting_number(env, "token-timeout", &timeout_s, err));
    *out = (cihsm_token_config){
        .module = cli_setting(env, "module"),
        .init_string = cli_setting(env, "module-init"),
        .uri = token != NULL ? token : cli_key_at(env, 0),
        .allow_final_try = cli_has(env, "allow-final-try"),
        .log = &env->log,
        .timeout_ms = timeout_s * 1000,
    };
    CLI_TRY(cli_pin_config(env, out, err));
    return set_module_environment(env, err);
}
