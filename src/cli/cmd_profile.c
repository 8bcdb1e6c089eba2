/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm profile: named settings in the configuration file.
 */
#include <string.h>

#include "cli/cloud_foundry.h"
#include "cli/list.h"
#include "cli/next_step.h"
#include "cli/output.h"
#include "cli/profile_draft.h"
#include "cli/report.h"
#include "cli/settings.h"

static const cli_option CREATE_OPTIONS[] = {
    CLI_MODULE_ENV_OPTION,
    CLI_CF_OPTIONS,
    {0},
};

static cihsm_status run_create(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cli_draft_free) cli_profile_draft *draft = NULL;
    CLI_TRY(cli_draft_new(&draft, err));
    CLI_TRY(cli_draft_add_given(draft, env, err));
    if (cli_draft_count(draft) == 0) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "a profile needs settings, for example --service-key FILE --module PATH");
    }
    return cli_draft_save(draft, env, env->arguments[0], err);
}

const cli_command CMD_PROFILE_CREATE = {
    .name = "profile create",
    .summary = "save the options given (--service-key, --token, ...) as a profile",
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

/* Who has none yet cannot choose one. */
static cihsm_status check_any(const cli_env *env, cihsm_error *err)
{
    for (size_t i = 0; i < 2; i++) {
        if (env->configs[i] != NULL && cihsm_config_profile_count(env->configs[i]) > 0) {
            return CIHSM_OK;
        }
    }
    return cli_fail(err, CIHSM_E_CONFIG,
                    "there are no profiles yet: \"cihsm profile create NAME\" makes one of the "
                    "options behind it, such as --service-key and --token");
}

static cihsm_status run_show(cli_env *env, cihsm_error *err)
{
    CLI_TRY(check_any(env, err));
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
    CLI_TRY(check_any(env, err));
    CLI_TRY(cli_config_path(env, path, err));
    CLI_TRY(cihsm_config_use_profile(path, env->arguments[0], err));
    cli_note("profile \"%s\" is used from now on", env->arguments[0]);
    static const char *const NEXT[] = {"get", "MessageProcessingLogs", "--top", "3", NULL};
    cli_next(env, NULL, NEXT);
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
