/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/session.h"

#include "cli/report.h"
#include "cli/settings.h"

cihsm_status cli_open_token(cli_env *env, cihsm_token **out, cihsm_error *err)
{
    cihsm_token_config config;
    CLI_TRY(cli_token_config(env, &config, err));
    if (config.module == NULL) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "no PKCS#11 module is given: use --module PATH or a profile");
    }
    return cihsm_token_open(&config, out, err);
}

cihsm_status cli_open_client(cli_env *env, cihsm_client **out, cihsm_error *err)
{
    long connect_timeout_s = 0;
    long timeout_s = 0;
    CLI_TRY(cli_setting_number(env, "connect-timeout", &connect_timeout_s, err));
    CLI_TRY(cli_setting_number(env, "timeout", &timeout_s, err));
    cihsm_client_config config = {
        .service_key = cli_setting(env, "service-key"),
        .chain = cli_setting(env, "chain"),
        .ca = cli_setting(env, "ca"),
        .key = cli_key_uri(env),
        .connect_timeout_ms = connect_timeout_s * 1000,
        .timeout_ms = timeout_s * 1000,
        .log = &env->log,
    };
    CLI_TRY(cli_token_config(env, &config.token, err));
    return cihsm_client_open(&config, out, err);
}
