/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of cihsm: parses, runs one command, reports, ends with the code of the status.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/env.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/pin.h"
#include "cli/report.h"
#include "cli/settings.h"

enum { EXIT_BROKEN_PIPE = 141 };

const cli_option CLI_GLOBAL_OPTIONS[] = {
    {"profile", "NAME", "use this profile of the configuration", 0},
    {"config", "FILE", "configuration file instead of ~/.config/cihsm/config", 0},
    {"service-key", "FILE", "service key JSON of the tenant", 0},
    {"module", "PATH", "PKCS#11 module of the token", 0},
    {"module-init", "TEXT", "init string that some modules need", 0},
    {"token", "URI", "token by PKCS#11 URI; quote it, it may hold a ';'", 0},
    {"key", "URI", "private key by PKCS#11 URI (id=, object=)", 0},
    {"pin-source", "SRC", "prompt, pinpad, file:PATH, fd:N, env:NAME, cred:NAME", 0},
    {"allow-final-try", NULL, "log in although a wrong PIN now locks the token", 0},
    {"chain", "FILE", "PEM with the leaf and all intermediates to send", 0},
    {"ca", "FILE", "PEM with the roots to trust for the server", 0},
    {"auth", "WAY", "certificate, oauth-certificate or oauth-secret (by key type)", 0},
    {"connect-timeout", "S", "seconds to connect (10)", 0},
    {"timeout", "S", "seconds for a whole request (60)", 0},
    {"output", "FORMAT", "table, json or jsonl", 'o'},
    {"timing", NULL, "tell where the time went: module, login, find, sign, TLS, HTTP", 0},
    {"verbose", NULL, "say more; repeat for more (-vvv: each token call)", 'v'},
    {"yes", NULL, "do not ask before what cannot be undone", 0},
    {"help", NULL, "show help", 'h'},
    {"version", NULL, "show the version", 0},
    {0},
};

const cli_command *const CLI_COMMANDS[] = {&CMD_PROFILE_CREATE,
                                           &CMD_PROFILE_LIST,
                                           &CMD_PROFILE_SHOW,
                                           &CMD_PROFILE_USE,
                                           &CMD_TOKEN_LIST,
                                           &CMD_TOKEN_INFO,
                                           &CMD_TOKEN_INIT,
                                           &CMD_TOKEN_SET_PIN,
                                           &CMD_TOKEN_CHANGE_PIN,
                                           &CMD_TOKEN_FORGET_REFUSAL,
                                           &CMD_KEY_GENERATE,
                                           &CMD_KEY_LIST,
                                           &CMD_KEY_DELETE,
                                           &CMD_KEY_EVIDENCE,
                                           &CMD_CSR_CREATE,
                                           &CMD_CSR_CHECK,
                                           &CMD_CERT_IMPORT,
                                           &CMD_CERT_LIST,
                                           &CMD_CERT_EXPORT,
                                           &CMD_CERT_CHECK,
                                           &CMD_CERT_EXPIRY,
                                           &CMD_SERVICE_KEY_SHOW,
                                           &CMD_SERVICE_KEY_CHECK,
                                           &CMD_SERVICE_KEY_PARAMS,
                                           &CMD_SERVICE_INSTANCE_PARAMS,
                                           &CMD_ROLE_LIST,
                                           &CMD_ROLE_FOR,
                                           &CMD_DOCTOR,
                                           &CMD_GET,
                                           NULL};

/* A UTF-8 locale for the width of characters, whatever the environment says. */
static void use_utf8(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1) {
        setlocale(LC_CTYPE, "C.UTF-8");
    }
}

/* A PIN or a private key may be in memory: no core file. A closed pipe is an error, no signal. */
static void prepare_process(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    signal(SIGPIPE, SIG_IGN);
    use_utf8();
}

static cihsm_status run(cli_env *env, int argc, char **argv, cihsm_error *err)
{
    CLI_TRY(cli_parse(env, argc, argv, err));
    cli_log_init(env);
    if (cli_has(env, "version")) {
        return cli_print_version(err);
    }
    if (cli_has(env, "help")) {
        return env->command == NULL ? cli_help(err) : cli_help_command(env->command, err);
    }
    CLI_TRY(cli_settings_load(env, err));
    const cihsm_status status = env->command->run(env, err);
    cli_pin_forgotten();
    return status;
}

int main(int argc, char **argv)
{
    prepare_process();
    CIHSM_AUTO(cli_env_free) cli_env env = {0};
    cihsm_error err = {0};
    cihsm_status status = run(&env, argc, argv, &err);
    if (status == CIHSM_OK) {
        status = cli_flush_stdout(&err);
    }
    cli_report_time(&env);
    if (status == CIHSM_OK) {
        return env.has_exit_code ? env.exit_code : 0;
    }
    if (status == CIHSM_E_IO && err.origin == CIHSM_FROM_SYSTEM && err.native == EPIPE) {
        return EXIT_BROKEN_PIPE;
    }
    err.status = status;
    fflush(stdout); /* what was complete comes before the error */
    cli_report_error(&env, &err);
    return cihsm_status_exit_code(status);
}
