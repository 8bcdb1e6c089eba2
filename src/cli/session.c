/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/session.h"

#include <string.h>

#include "cli/cache.h"
#include "cli/report.h"
#include "cli/settings.h"
#include "cli/signals.h"

cihsm_status cli_open_token(cli_env *env, cihsm_token **out, cihsm_error *err)
{
    cihsm_token_config config;
    CLI_TRY(cli_token_config(env, &config, err));
    if (config.module == NULL) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "no PKCS#11 module is given: use --module PATH or a profile");
    }
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cihsm_token_open(&config, &token, err));
    CLI_TRY(cli_signals_check(err)); /* of one that came during the login */
    *out = CIHSM_MOVE(token);
    return CIHSM_OK;
}

/* The keys after the first: the same key pair on other tokens. */
static cihsm_status read_clones(const cli_env *env, const char *out[CLI_CLONES_MAX], size_t *count,
                                cihsm_error *err)
{
    const char *key = NULL;
    *count = 0;
    for (size_t i = 1; (key = cli_key_at(env, i)) != NULL; i++) {
        if (*count == CLI_CLONES_MAX) {
            return cli_fail(err, CIHSM_E_USAGE, "more than %d keys are given", CLI_CLONES_MAX + 1);
        }
        out[(*count)++] = key;
    }
    return CIHSM_OK;
}

static cihsm_status choose_auth(const cli_env *env, cihsm_auth *out, cihsm_error *err)
{
    static const struct {
        const char *name;
        cihsm_auth auth;
    } ways[] = {
        {"certificate", CIHSM_AUTH_CERTIFICATE},
        {"oauth-certificate", CIHSM_AUTH_OAUTH_CERTIFICATE},
        {"oauth-secret", CIHSM_AUTH_OAUTH_SECRET},
    };
    const char *wanted = cli_setting(env, "auth");
    for (size_t i = 0; wanted != NULL && i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(ways[i].name, wanted) == 0) {
            *out = ways[i].auth;
            return CIHSM_OK;
        }
    }
    if (wanted == NULL) {
        return CIHSM_OK;
    }
    return cli_fail(err, CIHSM_E_USAGE,
                    "auth is certificate, oauth-certificate or oauth-secret, not \"%.40s\"",
                    wanted);
}

cihsm_status cli_client_config(cli_env *env, const char *clones[CLI_CLONES_MAX],
                               cihsm_client_config *out, cihsm_error *err)
{
    long connect_timeout_s = 0;
    long timeout_s = 0;
    long retry_time_s = 60;
    long pace_percent = 80;
    size_t clone_count = 0;
    CLI_TRY(read_clones(env, clones, &clone_count, err));
    CLI_TRY(cli_setting_number(env, "connect-timeout", &connect_timeout_s, err));
    CLI_TRY(cli_setting_number(env, "timeout", &timeout_s, err));
    CLI_TRY(cli_setting_range(env, "retry-time", 0, 86400, &retry_time_s, err));
    CLI_TRY(cli_setting_range(env, "pace", 0, 1000, &pace_percent, err));
    *out = (cihsm_client_config){
        .service_key = cli_setting(env, "service-key"),
        .chain = cli_setting(env, "chain"),
        .ca = cli_setting(env, "ca"),
        .key = cli_key_uri(env),
        .clones = clones,
        .clone_count = clone_count,
        .connect_timeout_ms = connect_timeout_s * 1000,
        .timeout_ms = timeout_s * 1000,
        .retry_time_ms = retry_time_s == 0 ? -1 : retry_time_s * 1000,
        .pace_percent = pace_percent == 0 ? -1 : (int)pace_percent,
        .metadata = cli_cache_folder(),
        .log = &env->log,
        .cancel = cli_signals_cancel(),
    };
    CLI_TRY(choose_auth(env, &out->auth, err));
    return cli_token_config(env, &out->token, err);
}

cihsm_status cli_open_client(cli_env *env, cihsm_client **out, cihsm_error *err)
{
    const char *clones[CLI_CLONES_MAX];
    cihsm_client_config config;
    CLI_TRY(cli_client_config(env, clones, &config, err));
    return cihsm_client_open(&config, out, err);
}
