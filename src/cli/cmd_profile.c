/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm profile: named settings in the configuration file.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/list.h"
#include "cli/output.h"
#include "cli/pin.h"
#include "cli/report.h"
#include "cli/settings.h"

#define FILE_SOURCE "file:"

enum {
    SETTINGS_MAX = 48,
    KEYS_MAX = 16,
    MODULE_ENV_MAX = 16,
    FILE_SOURCE_LEN = sizeof FILE_SOURCE - 1
};

static const cli_option CREATE_OPTIONS[] = {
    {"module-env", "NAME=VALUE", "variable that the module needs; may be repeated", 0},
    {0},
};

/* Options that are kept in a profile, in the order they are written. */
static const char *const KEPT[] = {
    "service-key", "module", "module-init",     "token",   "key",           "pin-source",
    "chain",       "ca",     "connect-timeout", "timeout", "token-timeout", "retry-time",
    "pace",        "output", "color",           "auth"};

typedef struct created {
    cihsm_setting settings[SETTINGS_MAX];
    size_t count;
    char paths[SETTINGS_MAX][FILE_SOURCE_LEN + PATH_MAX]; /* absolute forms */
    char names[MODULE_ENV_MAX][96];                       /* "module-env.NAME" */
} created;

static bool is_path(const char *name, const char *value)
{
    const bool is_file =
        strcmp(name, "service-key") == 0 || strcmp(name, "chain") == 0 || strcmp(name, "ca") == 0;
    return is_file || (strcmp(name, "module") == 0 && strchr(value, '/') != NULL);
}

/* A profile works from every folder, so a path is kept absolute; the file may come later. */
static cihsm_status make_absolute(const char *value, char out[PATH_MAX], cihsm_error *err)
{
    char here[PATH_MAX] = "";
    const bool is_absolute = value[0] == '/';
    if (!is_absolute && getcwd(here, sizeof here) == NULL) {
        return cli_fail(err, CIHSM_E_CONFIG, "the present folder cannot be read: %s",
                        strerror(errno));
    }
    const int len = snprintf(out, PATH_MAX, "%s%s%s", here, is_absolute ? "" : "/", value);
    if (len >= PATH_MAX) {
        return cli_fail(err, CIHSM_E_CONFIG, "the path %.200s is too long", value);
    }
    return CIHSM_OK;
}

static cihsm_status keep(created *to, const char *name, const char *value, cihsm_error *err)
{
    char *path = to->paths[to->count];
    if (is_path(name, value)) {
        CLI_TRY(make_absolute(value, path, err));
        value = path;
    }
    if (strcmp(name, "pin-source") == 0) {
        CLI_TRY(cli_pin_check_source(value, err)); /* a PIN must not come into the file */
    }
    if (strcmp(name, "pin-source") == 0 && strncmp(value, FILE_SOURCE, FILE_SOURCE_LEN) == 0) {
        memcpy(path, FILE_SOURCE, FILE_SOURCE_LEN);
        CLI_TRY(make_absolute(value + FILE_SOURCE_LEN, path + FILE_SOURCE_LEN, err));
        value = path;
    }
    to->settings[to->count++] = (cihsm_setting){name, value};
    return CIHSM_OK;
}

static cihsm_status keep_module_env(created *to, const char *text, size_t at, cihsm_error *err)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || at >= MODULE_ENV_MAX) {
        return cli_fail(err, CIHSM_E_USAGE, "--module-env takes NAME=VALUE, at most %d times",
                        MODULE_ENV_MAX);
    }
    snprintf(to->names[at], sizeof to->names[at], "module-env.%.*s", (int)(equals - text), text);
    to->settings[to->count++] = (cihsm_setting){to->names[at], equals + 1};
    return CIHSM_OK;
}

/* The folders above the configuration file, for us alone. */
static cihsm_status make_folders(const char *path, cihsm_error *err)
{
    char folder[CLI_PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
            return cli_fail(err, CIHSM_E_CONFIG, "cannot make the folder %.200s: %s", folder,
                            strerror(errno));
        }
        *slash = '/';
    }
    return CIHSM_OK;
}

static void created_free(created **made)
{
    free(*made);
    *made = NULL;
}

static cihsm_status collect(const cli_env *env, created *to, cihsm_error *err)
{
    if (cli_times(env, "key") > KEYS_MAX) {
        return cli_fail(err, CIHSM_E_USAGE, "a profile keeps %d keys at most", KEYS_MAX);
    }
    for (size_t i = 0; i < sizeof KEPT / sizeof *KEPT; i++) {
        const bool is_key = strcmp(KEPT[i], "key") == 0; /* each one is kept, else the last */
        const size_t times = cli_times(env, KEPT[i]);
        for (size_t at = is_key || times == 0 ? 0 : times - 1; at < times; at++) {
            CLI_TRY(keep(to, KEPT[i], cli_value_at(env, KEPT[i], at), err));
        }
    }
    for (size_t i = 0; i < cli_times(env, "module-env"); i++) {
        CLI_TRY(keep_module_env(to, cli_value_at(env, "module-env", i), i, err));
    }
    if (to->count == 0) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "a profile needs settings, for example --service-key FILE --module PATH");
    }
    return CIHSM_OK;
}

static cihsm_status run_create(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(created_free) created *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    char path[CLI_PATH_MAX];
    const char *name = env->arguments[0];
    CLI_TRY(collect(env, made, err));
    CLI_TRY(cli_config_path(env, path, err));
    CLI_TRY(make_folders(path, err));
    CLI_TRY(cihsm_config_add_profile(path, name, made->settings, made->count, err));
    cli_note(
        "profile \"%s\" is in %s: use it with --profile %s, or always after \"cihsm profile use "
        "%s\"",
        name, path, name, name);
    return CIHSM_OK;
}

const cli_command CMD_PROFILE_CREATE = {
    .name = "profile create",
    .summary = "keep the given options under a name",
    .arguments = "NAME",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm profile create test --service-key key.json --module libsofthsm2.so",
    .options = CREATE_OPTIONS,
    .run = run_create,
};

static cihsm_status describe(const cli_env *env, const cihsm_profile *profile, cihsm_value *list,
                             cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    const char *name = cihsm_profile_name(profile);
    CLI_TRY(cihsm_value_set_string(row, "Name", name, err));
    CLI_TRY(cihsm_value_set_string(row, "InUse", profile == env->profile ? "*" : "", err));
    CLI_TRY(cihsm_value_set_string(row, "Token", cihsm_profile_get(profile, "token"), err));
    CLI_TRY(
        cihsm_value_set_string(row, "ServiceKey", cihsm_profile_get(profile, "service-key"), err));
    return cihsm_value_append(list, &row, err);
}

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (size_t c = 0; c < 2; c++) {
        const cihsm_config *config = env->configs[c];
        const size_t count = config == NULL ? 0 : cihsm_config_profile_count(config);
        for (size_t i = 0; i < count; i++) {
            CLI_TRY(describe(env, cihsm_config_profile_at(config, i), list, err));
        }
    }
    return cli_print_list(env, list, "Name,InUse,Token,ServiceKey", err);
}

const cli_command CMD_PROFILE_LIST = {
    .name = "profile list",
    .summary = "list the profiles",
    .arguments = "",
    .example = "cihsm profile list",
    .run = run_list,
};

static const cihsm_profile *find_profile(const cli_env *env, const char *name)
{
    const cihsm_profile *found = NULL;
    for (size_t i = 0; i < 2 && found == NULL; i++) {
        found = env->configs[i] == NULL ? NULL : cihsm_config_profile(env->configs[i], name);
    }
    return found;
}

static cihsm_status run_show(cli_env *env, cihsm_error *err)
{
    const cihsm_profile *profile =
        env->argument_count == 0 ? env->profile : find_profile(env, env->arguments[0]);
    if (profile == NULL && env->argument_count == 0) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "no profile is in use: name one, \"cihsm profile list\" shows them");
    }
    if (profile == NULL) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "there is no profile \"%.60s\": \"cihsm profile list\" shows them",
                        env->arguments[0]);
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *object = cihsm_value_new_object();
    CIHSM_AUTO(cihsm_value_free) cihsm_value *keys = cihsm_value_new_array();
    if (object == NULL || keys == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(object, "profile", cihsm_profile_name(profile), err));
    for (size_t i = 0; i < cihsm_profile_count(profile); i++) {
        const char *value = NULL;
        const char *key = cihsm_profile_key_at(profile, i, &value);
        CLI_TRY(cihsm_value_set_string(object, key, value, err));
        if (strcmp(key, "key") == 0) {
            CLI_TRY(cihsm_value_append_string(keys, value, err));
        }
    }
    if (cihsm_value_count(keys) > 1) {
        CLI_TRY(cihsm_value_set(object, "key", &keys, err));
    }
    return cli_print_object(env, object, err);
}

const cli_command CMD_PROFILE_SHOW = {
    .name = "profile show",
    .summary = "show the settings of a profile",
    .arguments = "[NAME]",
    .argument_max = 1,
    .example = "cihsm profile show test",
    .run = run_show,
};

static cihsm_status run_use(cli_env *env, cihsm_error *err)
{
    char path[CLI_PATH_MAX];
    CLI_TRY(cli_config_path(env, path, err));
    CLI_TRY(cihsm_config_use_profile(path, env->arguments[0], err));
    cli_note("profile \"%s\" is used from now on", env->arguments[0]);
    return CIHSM_OK;
}

const cli_command CMD_PROFILE_USE = {
    .name = "profile use",
    .summary = "use a profile from now on",
    .arguments = "NAME",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm profile use test",
    .run = run_use,
};
