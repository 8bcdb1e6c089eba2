/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm version: what runs here, for a report of a defect. No secret, no token, no network.
 */
#include <stdio.h>
#include <sys/utsname.h>

#include "cli/cache.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/refusals.h"
#include "cli/report.h"
#include "cli/settings.h"

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static cihsm_status set_path(cihsm_value *object, const char *name, const char *path,
                             cihsm_error *err)
{
    return path == NULL ? CIHSM_OK : cihsm_value_set_string(object, name, path, err);
}

static cihsm_status set_paths(const cli_env *env, cihsm_value *object, cihsm_error *err)
{
    char config[CLI_PATH_MAX] = "";
    char state[CLI_PATH_MAX];
    cihsm_error no_home = {0};
    const bool has_config = cli_config_path(env, config, &no_home) == CIHSM_OK;
    CLI_TRY(set_path(object, "Configuration", has_config ? config : NULL, err));
    CLI_TRY(set_path(object, "System configuration", CLI_SYSTEM_CONFIG, err));
    CLI_TRY(set_path(object, "Cache", cli_cache_folder(), err));
    CLI_TRY(set_path(object, "State", cli_refusals_folder(state) ? state : NULL, err));
    return set_path(object, "Module", cli_setting(env, "module"), err);
}

/* "Linux 6.1.0-37-amd64 x86_64" */
static cihsm_status set_system(cihsm_value *object, cihsm_error *err)
{
    struct utsname names;
    char text[sizeof names.sysname + sizeof names.release + sizeof names.machine];
    if (uname(&names) != 0) {
        return CIHSM_OK;
    }
    snprintf(text, sizeof text, "%s %s %s", names.sysname, names.release, names.machine);
    return cihsm_value_set_string(object, "System", text, err);
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    cli_format format = CLI_TABLE;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *object = NULL;
    CLI_TRY(cli_output_format(env, &format, err));
    if (format == CLI_TABLE && !cli_has(env, "verbose")) {
        return cli_print_version(err);
    }
    CLI_TRY(cihsm_doctor_libraries(&object, err));
    CLI_TRY(cihsm_value_set_string(object, "Build", CIHSM_BUILD_TYPE, err));
    CLI_TRY(cihsm_value_set_string(object, "Compiler", COMPILER, err));
    CLI_TRY(set_system(object, err));
    CLI_TRY(set_paths(env, object, err));
    return cli_print_object(env, object, err);
}

const cli_command CMD_VERSION = {
    .name = "version",
    .summary = "show the version; with -v of all libraries, and where files are",
    .arguments = "",
    .example = "cihsm version -v",
    .run = run,
};
