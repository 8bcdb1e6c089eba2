/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm metadata: what the tenant says about its entity sets. Kept in the cache folder, so that it
 * is asked for once.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/cache.h"
#include "cli/completion.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"

enum { AGE_MAX = 64 };

static const cli_option OPTIONS[] = {
    {"functions", NULL, "list the function imports instead of the entity sets", 0},
    {"documented", NULL, "tell what is documented, without asking the tenant", 0},
    {"refresh", NULL, "ask the tenant again instead of telling what it said before", 0},
    {"raw", NULL, "print the EDMX document as the tenant sends it", 0},
    {"complete", "WHAT",
     "print plain names for a shell, without asking the tenant: sets, functions, profiles, of a "
     "SET "
     "its properties or navigations; words that can follow \"artifact list\"",
     0},
    {0},
};

static cihsm_status check_usage(const cli_env *env, cihsm_error *err)
{
    static const char *const ONE_OF[] = {"functions", "raw", "complete"};
    size_t given = 0;
    for (size_t i = 0; i < sizeof ONE_OF / sizeof *ONE_OF; i++) {
        given += cli_has(env, ONE_OF[i]) ? 1 : 0;
    }
    if (given > 1) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "give only one of --functions, --raw and --complete at a time");
    }
    if (cli_has(env, "documented") && (cli_has(env, "raw") || cli_has(env, "refresh"))) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--documented asks no tenant: leave out --raw and --refresh");
    }
    if (env->argument_count > 0 && (cli_has(env, "functions") || cli_has(env, "raw"))) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--functions and --raw are about the whole tenant: "
                        "leave out the entity set");
    }
    return CIHSM_OK;
}

static void put_age(char out[AGE_MAX], long long seconds)
{
    static const struct {
        long long seconds;
        const char *name;
    } UNITS[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
        const long long count = seconds / UNITS[i].seconds;
        if (count > 0) {
            snprintf(out, AGE_MAX, "%lld %s%s ago", count, UNITS[i].name, count == 1 ? "" : "s");
            return;
        }
    }
    snprintf(out, AGE_MAX, "less than a minute ago");
}

/* A clock that was set back makes the age senseless: then the moment itself is told. */
static void tell_age(const cihsm_metadata *metadata)
{
    const char *fetched_at = cihsm_metadata_fetched_at(metadata);
    int64_t fetched_ms = 0;
    char age[AGE_MAX];
    if (fetched_at == NULL || cihsm_time_read_date(fetched_at, &fetched_ms, NULL) != CIHSM_OK) {
        return;
    }
    const long long seconds = (long long)time(NULL) - fetched_ms / 1000;
    if (seconds < 0) {
        snprintf(age, sizeof age, "%s", fetched_at);
    } else {
        put_age(age, seconds);
    }
    cli_note("metadata of %s; --refresh fetches anew", age);
}

/* What cannot be kept is asked for again the next time. */
static void keep(const cihsm_metadata *metadata, const char *folder)
{
    cihsm_error err = {0};
    if (folder != NULL && cihsm_metadata_save(metadata, folder, &err) != CIHSM_OK) {
        cli_note("warning: the metadata is not kept: %s", err.message);
    }
}

static cihsm_status fetch(cli_env *env, const char *folder, cihsm_metadata **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_metadata_fetch(client, out, err));
    keep(*out, folder);
    return CIHSM_OK;
}

static cihsm_status find_metadata(cli_env *env, cihsm_metadata **out, cihsm_error *err)
{
    if (cli_has(env, "documented")) {
        return cihsm_metadata_documented(out, err);
    }
    const char *service_key = cli_setting(env, "service-key");
    const char *folder = cli_cache_folder();
    if (service_key != NULL && folder != NULL && !cli_has(env, "refresh")) {
        CLI_TRY(cihsm_metadata_load(folder, service_key, out, err));
    }
    if (*out != NULL) {
        tell_age(*out);
        return CIHSM_OK;
    }
    return fetch(env, folder, out, err);
}

static cihsm_status print_raw(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_client_get(client, "$metadata", NULL, &result, err));
    size_t len = 0;
    const char *bytes = cihsm_result_bytes(result, &len);
    return cli_print_bytes(bytes, len, err);
}

static bool has_set(const cihsm_value *rows, const char *name)
{
    const cihsm_value *row = cihsm_value_first(rows);
    while (row != NULL && strcmp(cihsm_value_get_string(row, "Set"), name) != 0) {
        row = cihsm_value_next(row);
    }
    return row != NULL;
}

/* A set that is documented and not there is worth knowing before it answers 404. */
static cihsm_status tell_missing(const cihsm_value *rows, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *documented = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *sets = NULL;
    CLI_TRY(cihsm_metadata_documented(&documented, err));
    CLI_TRY(cihsm_metadata_sets(documented, &sets, err));
    size_t missing = 0;
    for (const cihsm_value *set = cihsm_value_first(sets); set != NULL;
         set = cihsm_value_next(set)) {
        missing += has_set(rows, cihsm_value_get_string(set, "Set")) ? 0 : 1;
    }
    if (missing > 0) {
        cli_note("%zu documented entity set%s not in the metadata: --documented lists all", missing,
                 missing == 1 ? " is" : "s are");
    }
    return CIHSM_OK;
}

static cihsm_status print_sets(const cli_env *env, const cihsm_metadata *metadata, cihsm_error *err)
{
    cli_format format = CLI_TABLE;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cihsm_metadata_sets(metadata, &rows, err));
    CLI_TRY(cli_print_list(env, rows, "Set,Keys,Properties,Media,Documented,Navigations", err));
    return format == CLI_TABLE ? tell_missing(rows, err) : CIHSM_OK;
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    const char *name = env->argument_count > 0 ? env->arguments[0] : NULL;
    cli_format format = CLI_TABLE;
    CLI_TRY(check_usage(env, err));
    CLI_TRY(cli_output_format(env, &format, err)); /* mistakes are told before a login */
    if (cli_has(env, "complete")) {
        return cli_complete(env, cli_value(env, "complete"), name, err);
    }
    if (cli_has(env, "raw")) {
        return print_raw(env, err);
    }
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    CLI_TRY(find_metadata(env, &metadata, err));
    if (cli_has(env, "functions")) {
        CLI_TRY(cihsm_metadata_functions(metadata, &rows, err));
        return cli_print_list(env, rows, "Function,Method,Parameters,Returns,Set", err);
    }
    if (name == NULL) {
        return print_sets(env, metadata, err);
    }
    CLI_TRY(cihsm_metadata_members(metadata, name, &rows, err));
    return cli_print_list(env, rows, "Name,Kind,Type,Nullable,MaxLength,Multiplicity,Set", err);
}

const cli_command CMD_METADATA = {
    .name = "metadata",
    .summary = "list the tenant's entity sets, or the properties of one",
    .arguments = "[SET]",
    .argument_max = 1,
    .example = "cihsm metadata MessageProcessingLogs",
    .options = OPTIONS,
    .run = run,
};
