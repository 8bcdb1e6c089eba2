/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"

#include <string.h>

#include "cli/cache.h"
#include "cli/completion_words.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/settings.h"

/* What is kept of the tenant, or what is documented; NULL if neither can be had. */
static void find_metadata(const cli_env *env, cihsm_metadata **out)
{
    const char *service_key = cli_setting(env, "service-key");
    const char *folder = cli_cache_folder();
    const bool has_place = service_key != NULL && folder != NULL;
    if (has_place && cihsm_metadata_load(folder, service_key, out, NULL) == CIHSM_OK &&
        *out != NULL) {
        return;
    }
    if (cihsm_metadata_documented(out, NULL) != CIHSM_OK) {
        *out = NULL;
    }
}

static cihsm_status print_name(const char *name, cihsm_error *err)
{
    CLI_TRY(cli_print_bytes(name, strlen(name), err));
    return cli_print_bytes("\n", 1, err);
}

/* @p kind: only rows of that kind, or with '!' in front, of another; NULL: all. */
static cihsm_status print_rows(const cihsm_value *rows, const char *member, const char *kind,
                               cihsm_error *err)
{
    const bool is_other = kind != NULL && kind[0] == '!';
    for (const cihsm_value *row = cihsm_value_first(rows); row != NULL;
         row = cihsm_value_next(row)) {
        const char *name = cihsm_value_get_string(row, member);
        const char *here = cihsm_value_get_string(row, "Kind");
        const bool is_wanted = kind == NULL || here == NULL ||
                               (strcmp(here, kind + (is_other ? 1 : 0)) == 0) != is_other;
        if (name != NULL && is_wanted) {
            CLI_TRY(print_name(name, err));
        }
    }
    return CIHSM_OK;
}

/* A path through navigations is known to the documentation only. */
static cihsm_status print_documented(const char *path, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *names = NULL;
    if (cihsm_catalogue_properties(path, &names, NULL) != CIHSM_OK) {
        return CIHSM_OK;
    }
    for (const cihsm_value *name = cihsm_value_first(names); name != NULL;
         name = cihsm_value_next(name)) {
        CLI_TRY(print_name(cihsm_value_string(name), err));
    }
    return CIHSM_OK;
}

static cihsm_status print_members(const cihsm_metadata *metadata, const char *name,
                                  const char *kind, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    if (name == NULL) {
        return CIHSM_OK;
    }
    if (cihsm_metadata_members(metadata, name, &rows, NULL) == CIHSM_OK) {
        return print_rows(rows, "Name", kind, err);
    }
    return kind[0] == '!' ? print_documented(name, err) : CIHSM_OK;
}

static cihsm_status print_profiles(const cli_env *env, cihsm_error *err)
{
    for (size_t i = 0; i < sizeof env->configs / sizeof *env->configs; i++) {
        const size_t count =
            env->configs[i] == NULL ? 0 : cihsm_config_profile_count(env->configs[i]);
        for (size_t at = 0; at < count; at++) {
            const cihsm_profile *profile = cihsm_config_profile_at(env->configs[i], at);
            CLI_TRY(print_name(cihsm_profile_name(profile), err));
        }
    }
    return CIHSM_OK;
}

static cihsm_status complete_line(const cli_env *env, const char *line, cihsm_error *err)
{
    cli_wanted_names wanted;
    CLI_TRY(cli_complete_words(line, &wanted, err));
    return wanted.what == NULL ? CIHSM_OK : cli_complete(env, wanted.what, wanted.set, err);
}

cihsm_status cli_complete(const cli_env *env, const char *what, const char *name, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    if (strcmp(what, "words") == 0) {
        return complete_line(env, name == NULL ? "" : name, err);
    }
    if (strcmp(what, "profiles") == 0) {
        return print_profiles(env, err);
    }
    find_metadata(env, &metadata);
    if (metadata == NULL) {
        return CIHSM_OK;
    }
    if (strcmp(what, "sets") == 0) {
        return cihsm_metadata_sets(metadata, &rows, NULL) == CIHSM_OK
                   ? print_rows(rows, "Set", NULL, err)
                   : CIHSM_OK;
    }
    if (strcmp(what, "functions") == 0) {
        return cihsm_metadata_functions(metadata, &rows, NULL) == CIHSM_OK
                   ? print_rows(rows, "Function", NULL, err)
                   : CIHSM_OK;
    }
    if (strcmp(what, "properties") == 0) {
        return print_members(metadata, name, "!navigation", err);
    }
    if (strcmp(what, "navigations") == 0) {
        return print_members(metadata, name, "navigation", err);
    }
    return cli_fail(
        err, CIHSM_E_USAGE,
        "--complete takes words, sets, functions, profiles, properties or navigations, not "
        "\"%.40s\"",
        what);
}
