/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cloud_foundry.h"

#include <sys/stat.h>

#include "cli/btp.h"
#include "cli/confirm.h"
#include "cli/pin.h"
#include "cli/report.h"
#include "cli/settings.h"

static const char TOKEN_SOURCE[] = "cf-token-source";
static const char PASSWORD_SOURCE[] = "cf-password-source";

const char *cli_cf_instance(const cli_env *env)
{
    return cli_setting(env, "instance");
}

static bool by_password(const cli_env *env)
{
    /* what was typed comes before what a profile keeps */
    return !cli_has(env, TOKEN_SOURCE) &&
           (cli_has(env, "cf-user") || cli_setting(env, TOKEN_SOURCE) == NULL);
}

static cihsm_status check_login(const cli_env *env, cihsm_error *err)
{
    const char *token = cli_setting(env, TOKEN_SOURCE);
    const char *password = cli_setting(env, PASSWORD_SOURCE);
    if (!by_password(env)) {
        return cli_secret_check_source(TOKEN_SOURCE, token, err);
    }
    if (cli_setting(env, "cf-user") == NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "how to log in to Cloud Foundry is not given: --cf-token-source SRC with "
                        "what \"cf oauth-token\" prints, or --cf-user and --cf-password-source");
    }
    return password == NULL ? CIHSM_OK : cli_secret_check_source(PASSWORD_SOURCE, password, err);
}

cihsm_status cli_cf_check(const cli_env *env, cihsm_error *err)
{
    if (cli_setting(env, "cf-api") == NULL) {
        return cli_fail(
            err, CIHSM_E_USAGE,
            "--cf-api is missing: the URL of the API endpoint that the cockpit shows in "
            "the overview of the subaccount");
    }
    return check_login(env, err);
}

static cihsm_status read_secrets(const cli_env *env, cihsm_secret **token, cihsm_secret **password,
                                 cihsm_error *err)
{
    if (!by_password(env)) {
        return cli_secret_read(cli_setting(env, TOKEN_SOURCE), "access token", token, err);
    }
    const char *source = cli_setting(env, PASSWORD_SOURCE);
    return cli_secret_read(source == NULL ? "prompt" : source, "password", password, err);
}

cihsm_status cli_cf_open(cli_env *env, cihsm_cf **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *token = NULL;
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *password = NULL;
    cihsm_cf_config config = {.api = cli_setting(env, "cf-api"),
                              .user = cli_setting(env, "cf-user"),
                              .uaa = cli_setting(env, "cf-uaa")};
    CLI_TRY(cli_cf_check(env, err));
    CLI_TRY(cli_btp_network(env, &config.network, err));
    CLI_TRY(read_secrets(env, &token, &password, err));
    config.token = token;
    config.password = password;
    return cihsm_cf_open(&config, out, err);
}

cihsm_status cli_cf_confirm_file(cli_env *env, const char *path, cihsm_error *err)
{
    struct stat there;
    return lstat(path, &there) != 0
               ? CIHSM_OK
               : cli_confirm(env, err, "%.400s is there already and is replaced; go on?", path);
}

cihsm_status cli_cf_show(const cli_env *env, cihsm_value **request, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *all = cihsm_value_new_array();
    if (all == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_append(all, request, err));
    return cli_btp_show_requests(env, all, err);
}

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return cihsm_file_append(user, bytes, len, err);
}

cihsm_status cli_cf_write_key(const cihsm_value *document, cihsm_file **file, cihsm_error *err)
{
    CLI_TRY(cihsm_value_write(document, 2, append, *file, err));
    CLI_TRY(cihsm_file_append(*file, "\n", 1, err));
    return cihsm_file_commit(file, err);
}
