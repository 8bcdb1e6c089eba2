/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/profile_draft.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/pin.h"
#include "cli/report.h"
#include "cli/settings.h"

#define FILE_SOURCE "file:"
#define SOURCE "-source"
#define MODULE_ENV "module-env."

enum {
    SETTINGS_MAX = 64,
    KEYS_MAX = 16,
    MODULE_ENV_MAX = 16,
    FILE_SOURCE_LEN = sizeof FILE_SOURCE - 1
};

/* Options that are kept in a profile, in the order they are written. */
static const char *const KEPT[] = {"service-key",
                                   "module",
                                   "module-init",
                                   "token",
                                   "key",
                                   "pin-source",
                                   "chain",
                                   "ca",
                                   "connect-timeout",
                                   "timeout",
                                   "token-timeout",
                                   "retry-time",
                                   "pace",
                                   "output",
                                   "color",
                                   "auth",
                                   "destination-binding",
                                   "cf-api",
                                   "instance",
                                   "cf-token-source",
                                   "cf-user",
                                   "cf-password-source",
                                   "cf-uaa"};

struct cli_profile_draft {
    cihsm_setting settings[SETTINGS_MAX];
    size_t count;
    char paths[SETTINGS_MAX][FILE_SOURCE_LEN + PATH_MAX]; /* absolute forms */
    char names[MODULE_ENV_MAX][96];                       /* "module-env.NAME" */
    size_t name_count;
};

cihsm_status cli_draft_new(cli_profile_draft **out, cihsm_error *err)
{
    *out = calloc(1, sizeof **out);
    return *out == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory") : CIHSM_OK;
}

void cli_draft_free(cli_profile_draft **draft)
{
    free(*draft);
    *draft = NULL;
}

size_t cli_draft_count(const cli_profile_draft *draft)
{
    return draft->count;
}

/* --- one setting --------------------------------------------------------------------------- */

static bool is_path(const char *name, const char *value)
{
    static const char *const FILES[] = {"service-key", "chain", "ca", "destination-binding"};
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        if (strcmp(name, FILES[i]) == 0) {
            return true;
        }
    }
    return strcmp(name, "module") == 0 && strchr(value, '/') != NULL;
}

static bool is_source(const char *name)
{
    const size_t len = strlen(name);
    const size_t end = sizeof SOURCE - 1;
    return len > end && strcmp(name + len - end, SOURCE) == 0;
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

/* A secret must not come into the file. */
static cihsm_status check_source(const char *name, const char *value, cihsm_error *err)
{
    return strcmp(name, "pin-source") == 0 ? cli_pin_check_source(value, err)
                                           : cli_secret_check_source(name, value, err);
}

cihsm_status cli_draft_add(cli_profile_draft *to, const char *name, const char *value,
                           cihsm_error *err)
{
    if (to->count == SETTINGS_MAX) {
        return cli_fail(err, CIHSM_E_USAGE, "a profile keeps %d settings at most", SETTINGS_MAX);
    }
    char *path = to->paths[to->count];
    if (is_path(name, value)) {
        CLI_TRY(make_absolute(value, path, err));
        value = path;
    }
    if (is_source(name)) {
        CLI_TRY(check_source(name, value, err));
    }
    if (is_source(name) && strncmp(value, FILE_SOURCE, FILE_SOURCE_LEN) == 0) {
        memcpy(path, FILE_SOURCE, FILE_SOURCE_LEN);
        CLI_TRY(make_absolute(value + FILE_SOURCE_LEN, path + FILE_SOURCE_LEN, err));
        value = path;
    }
    to->settings[to->count++] = (cihsm_setting){name, value};
    return CIHSM_OK;
}

static cihsm_status add_module_env(cli_profile_draft *to, const char *text, cihsm_error *err)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || to->name_count >= MODULE_ENV_MAX) {
        return cli_fail(err, CIHSM_E_USAGE, "--module-env takes NAME=VALUE, at most %d times",
                        MODULE_ENV_MAX);
    }
    char *name = to->names[to->name_count++];
    snprintf(name, sizeof to->names[0], MODULE_ENV "%.*s", (int)(equals - text), text);
    return cli_draft_add(to, name, equals + 1, err);
}

/* --- many ---------------------------------------------------------------------------------- */

static cihsm_status add_options_module_env(cli_profile_draft *to, const cli_env *env,
                                           cihsm_error *err)
{
    for (size_t i = 0; i < cli_times(env, "module-env"); i++) {
        CLI_TRY(add_module_env(to, cli_value_at(env, "module-env", i), err));
    }
    return CIHSM_OK;
}

cihsm_status cli_draft_add_given(cli_profile_draft *to, const cli_env *env, cihsm_error *err)
{
    if (cli_times(env, "key") > KEYS_MAX) {
        return cli_fail(err, CIHSM_E_USAGE, "a profile keeps %d keys at most", KEYS_MAX);
    }
    for (size_t i = 0; i < sizeof KEPT / sizeof *KEPT; i++) {
        const bool is_key = strcmp(KEPT[i], "key") == 0; /* each one is kept, else the last */
        const size_t times = cli_times(env, KEPT[i]);
        for (size_t at = is_key || times == 0 ? 0 : times - 1; at < times; at++) {
            CLI_TRY(cli_draft_add(to, KEPT[i], cli_value_at(env, KEPT[i], at), err));
        }
    }
    return add_options_module_env(to, env, err);
}

static cihsm_status add_keys(cli_profile_draft *to, const cli_env *env, cihsm_error *err)
{
    const char *key = NULL;
    for (size_t at = 0; (key = cli_key_at(env, at)) != NULL; at++) {
        if (at == KEYS_MAX) {
            return cli_fail(err, CIHSM_E_USAGE, "a profile keeps %d keys at most", KEYS_MAX);
        }
        CLI_TRY(cli_draft_add(to, "key", key, err));
    }
    return CIHSM_OK;
}

/* Those of the profile in use, unless the command line has its own. */
static cihsm_status add_profile_module_env(cli_profile_draft *to, const cli_env *env,
                                           cihsm_error *err)
{
    const size_t count = env->profile == NULL ? 0 : cihsm_profile_count(env->profile);
    for (size_t i = 0; i < count; i++) {
        const char *value = NULL;
        const char *key = cihsm_profile_key_at(env->profile, i, &value);
        if (strncmp(key, MODULE_ENV, sizeof MODULE_ENV - 1) == 0) {
            CLI_TRY(cli_draft_add(to, key, value, err));
        }
    }
    return CIHSM_OK;
}

cihsm_status cli_draft_add_effective(cli_profile_draft *to, const cli_env *env, cihsm_error *err)
{
    for (size_t i = 0; i < sizeof KEPT / sizeof *KEPT; i++) {
        if (strcmp(KEPT[i], "service-key") == 0) {
            continue;
        }
        if (strcmp(KEPT[i], "key") == 0) {
            CLI_TRY(add_keys(to, env, err));
            continue;
        }
        const char *value = cli_setting(env, KEPT[i]);
        if (value != NULL) {
            CLI_TRY(cli_draft_add(to, KEPT[i], value, err));
        }
    }
    return cli_has(env, "module-env") ? add_options_module_env(to, env, err)
                                      : add_profile_module_env(to, env, err);
}

/* --- the file ------------------------------------------------------------------------------ */

cihsm_status cli_draft_check_name(const cli_env *env, const char *name, cihsm_error *err)
{
    return env->configs[0] == NULL || cihsm_config_profile(env->configs[0], name) == NULL
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_CONFLICT,
                          "there is a profile \"%.60s\" already: choose another name", name);
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

/* It may come later, but more often its name is misspelt. */
static void note_absent(const cli_profile_draft *draft)
{
    for (size_t i = 0; i < draft->count; i++) {
        const cihsm_setting *one = &draft->settings[i];
        if (is_path(one->key, one->value) && access(one->value, F_OK) != 0) {
            cli_note("warning: --%s: %s is not there", one->key, one->value);
        }
    }
}

cihsm_status cli_draft_save(const cli_profile_draft *draft, const cli_env *env, const char *name,
                            cihsm_error *err)
{
    char path[CLI_PATH_MAX];
    CLI_TRY(cli_config_path(env, path, err));
    CLI_TRY(make_folders(path, err));
    CLI_TRY(cihsm_config_add_profile(path, name, draft->settings, draft->count, err));
    note_absent(draft);
    cli_note(
        "profile \"%s\" is in %s: use it with --profile %s, or always after \"cihsm profile use "
        "%s\"",
        name, path, name, name);
    return CIHSM_OK;
}
