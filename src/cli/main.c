/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of cihsm: parses, runs one command, reports, ends with the code of the status.
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/color.h"
#include "cli/env.h"
#include "cli/help.h"
#include "cli/help_json.h"
#include "cli/options.h"
#include "cli/out_file.h"
#include "cli/output.h"
#include "cli/pin.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/resource.h"
#include "cli/settings.h"
#include "cli/signals.h"

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
    {"token-timeout", "S", "seconds to wait for an answer of the token (30)", 0},
    {"retry-time", "S", "seconds to try again after a failure that may pass (60); 0: never", 0},
    {"pace", "PERCENT", "share of the tenant's rate limits to use at most (80); 0: no limit", 0},
    {"output", "FORMAT", "table, json, jsonl or csv", 'o'},
    {"color", "WHEN", "auto (on a terminal, unless NO_COLOR is set), always or never", 0},
    {"out", "FILE", "write there instead of stdout, complete or not at all", 0},
    {"timing", NULL, "tell where the time went: module, login, find, sign, TLS, HTTP", 0},
    {"verbose", NULL, "say more; repeat for more (-vvv: each token call)", 'v'},
    {"dry-run", NULL, "show the request of a write instead of sending it", 0},
    {"yes", NULL, "do not ask before what cannot be undone", 0},
    {"help", NULL, "show help", 'h'},
    {"version", NULL, "show the version", 0},
    {0},
};

static const cli_command *const COMMANDS[] = {&CMD_PROFILE_CREATE,
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
                                              &CMD_CSR_ENROLL,
                                              &CMD_CERT_IMPORT,
                                              &CMD_CERT_LIST,
                                              &CMD_CERT_EXPORT,
                                              &CMD_CERT_CHECK,
                                              &CMD_CERT_EXPIRY,
                                              &CMD_SERVICE_KEY_SHOW,
                                              &CMD_SERVICE_KEY_CHECK,
                                              &CMD_SERVICE_KEY_PARAMS,
                                              &CMD_SERVICE_KEY_CREATE,
                                              &CMD_SERVICE_KEY_LIST,
                                              &CMD_SERVICE_KEY_DOWNLOAD,
                                              &CMD_SERVICE_KEY_DELETE,
                                              &CMD_SERVICE_KEY_RENEW,
                                              &CMD_SERVICE_INSTANCE_PARAMS,
                                              &CMD_ROLE_LIST,
                                              &CMD_ROLE_FOR,
                                              &CMD_DOCTOR,
                                              &CMD_ARTIFACT_LIST,
                                              &CMD_ARTIFACT_SHOW,
                                              &CMD_ARTIFACT_DOWNLOAD,
                                              &CMD_ARTIFACT_CREATE,
                                              &CMD_ARTIFACT_UPDATE,
                                              &CMD_ARTIFACT_SAVE_AS_VERSION,
                                              &CMD_ARTIFACT_DELETE,
                                              &CMD_ARTIFACT_CONFIGURE,
                                              &CMD_ARTIFACT_DEPLOY,
                                              &CMD_ARTIFACT_STATUS,
                                              &CMD_ARTIFACT_UNDEPLOY,
                                              &CMD_ARTIFACT_ENDPOINTS,
                                              &CMD_ARTIFACT_RESOURCE_LIST,
                                              &CMD_ARTIFACT_RESOURCE_GET,
                                              &CMD_ARTIFACT_RESOURCE_ADD,
                                              &CMD_ARTIFACT_RESOURCE_UPDATE,
                                              &CMD_ARTIFACT_RESOURCE_DELETE,
                                              &CMD_ARTIFACT_GUIDELINE_LIST,
                                              &CMD_ARTIFACT_GUIDELINE_RUN,
                                              &CMD_ARTIFACT_GUIDELINE_SHOW,
                                              &CMD_ARTIFACT_GUIDELINE_REPORT,
                                              &CMD_ARTIFACT_GUIDELINE_SKIP,
                                              &CMD_ARTIFACT_GUIDELINE_REVERT,
                                              &CMD_CUSTOM_TAG_SHOW,
                                              &CMD_CUSTOM_TAG_SET,
                                              &CMD_VALUE_MAPPING_SCHEMAS,
                                              &CMD_VALUE_MAPPING_LIST,
                                              &CMD_VALUE_MAPPING_SET,
                                              &CMD_VALUE_MAPPING_DEFAULT,
                                              &CMD_VALUE_MAPPING_DELETE,
                                              &CMD_SNAPSHOT,
                                              &CMD_RUNTIME_LIST,
                                              &CMD_RUNTIME_SHOW,
                                              &CMD_RUNTIME_ERROR,
                                              &CMD_MESSAGE_LIST,
                                              &CMD_MESSAGE_COUNT,
                                              &CMD_MESSAGE_SHOW,
                                              &CMD_MESSAGE_ERROR,
                                              &CMD_MESSAGE_STEPS,
                                              &CMD_MESSAGE_ATTACHMENTS,
                                              &CMD_MESSAGE_ATTACHMENT_GET,
                                              &CMD_MESSAGE_PAYLOAD,
                                              &CMD_MESSAGE_PAYLOAD_GET,
                                              &CMD_MESSAGE_TAIL,
                                              &CMD_MESSAGE_FAILURES,
                                              &CMD_MESSAGE_ID_MAP,
                                              &CMD_PACKAGE_ARTIFACTS,
                                              &CMD_PACKAGE_DOWNLOAD,
                                              &CMD_PACKAGE_UPLOAD,
                                              &CMD_PACKAGE_COPY,
                                              &CMD_PACKAGE_TAG_LIST,
                                              &CMD_PACKAGE_TAG_SET,
                                              &CMD_PARTNER_EXPORT,
                                              &CMD_PARTNER_APPLY,
                                              &CMD_KEYSTORE_CERTIFICATE_IMPORT,
                                              &CMD_KEYSTORE_CHAIN_IMPORT,
                                              &CMD_KEYSTORE_KEY_PAIR_CREATE,
                                              &CMD_KEYSTORE_KEY_PAIR_IMPORT,
                                              &CMD_KEYSTORE_RSA_KEY_IMPORT,
                                              &CMD_KEYSTORE_SSH_KEY_IMPORT,
                                              &CMD_KEYSTORE_RENAME,
                                              &CMD_KEYSTORE_DELETE,
                                              &CMD_KEYSTORE_SIZE,
                                              &CMD_KEYSTORE_IMPORT,
                                              &CMD_KEYSTORE_EXPORT,
                                              &CMD_KEYSTORE_BACKUP,
                                              &CMD_KEYSTORE_RESTORE,
                                              &CMD_KEYSTORE_RENEWAL_ACTIVATE,
                                              &CMD_KEYSTORE_HISTORY_RESTORE,
                                              &CMD_GET,
                                              &CMD_COUNT,
                                              &CMD_VALUE,
                                              &CMD_EXPORT,
                                              &CMD_METADATA,
                                              &CMD_CREATE,
                                              &CMD_UPDATE,
                                              &CMD_DELETE,
                                              &CMD_CALL,
                                              &CMD_BATCH,
                                              &CMD_COMPLETION,
                                              &CMD_VERSION};

const cli_command *cli_command_at(size_t at)
{
    enum { COUNT = sizeof COMMANDS / sizeof *COMMANDS };
    return at < COUNT ? COMMANDS[at] : cli_resource_command(at - COUNT);
}

/* A UTF-8 locale for the width of characters, whatever the environment says. */
static void use_utf8(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1) {
        setlocale(LC_CTYPE, "C.UTF-8");
    }
}

/* A PIN or a private key may be in memory: no core file. libcurl creates the file for session keys,
 * though nothing is ever written there: the variable is gone before it starts. */
static cihsm_status prepare_process(cihsm_error *err)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)unsetenv("SSLKEYLOGFILE");
    use_utf8();
    return cli_signals_begin(err);
}

/* Only where it is typed: a setting about data must not change what --help says. */
static bool wants_json(const cli_env *env)
{
    const char *format = cli_value(env, "output");
    return format != NULL && strcmp(format, "json") == 0;
}

static cihsm_status print_help(const cli_env *env, cihsm_error *err)
{
    if (env->command != NULL) {
        return cli_help_command(env->command, err);
    }
    if (cli_help_is_topic(env)) {
        return cli_help_topic(err);
    }
    char group[CLI_GROUP_MAX];
    const size_t words = cli_help_group_of(env->arguments, env->argument_count, group);
    if (words > 0) {
        return cli_help_group(group, err);
    }
    if (wants_json(env)) {
        return cli_help_json(err);
    }
    return cli_has(env, "verbose") ? cli_help_full(err) : cli_help(err);
}

/* The help is no data here: nobody asked for it. */
static cihsm_status show_usage(cli_env *env, cihsm_error *err)
{
    if (wants_json(env)) {
        return cli_fail(err, CIHSM_E_USAGE, "no command is given: \"cihsm --help\" lists them");
    }
    cli_help_short(stderr);
    env->has_exit_code = true;
    env->exit_code = cihsm_status_exit_code(CIHSM_E_USAGE);
    return CIHSM_OK;
}

static cihsm_status run(cli_env *env, int argc, char **argv, cihsm_error *err)
{
    CLI_TRY(cli_parse(env, argc, argv, err));
    cli_log_init(env);
    if (cli_has(env, "version")) {
        return cli_print_version(err);
    }
    if (cli_has(env, "help")) {
        return print_help(env, err);
    }
    if (env->command == NULL) {
        return show_usage(env, err);
    }
    CLI_TRY(cli_settings_load(env, err));
    CLI_TRY(cli_color_choose(env, err));
    CIHSM_AUTO(cihsm_file_discard) cihsm_file *file = NULL;
    CLI_TRY(cli_out_begin(env, &file, err));
    cli_prepare_stdout();
    const cihsm_status status = env->command->run(env, err);
    cli_progress_end();
    cli_pin_forgotten();
    if (status != CIHSM_OK && status != CIHSM_E_CHECK) {
        return status;
    }
    CLI_TRY(cli_out_commit(&file, err));
    return status;
}

static bool is_broken_pipe(const cihsm_error *err)
{
    return err->status == CIHSM_E_IO && err->origin == CIHSM_FROM_SYSTEM && err->native == EPIPE;
}

/* Tells what failed. @return the exit code */
static int report_failure(const cli_env *env, const cihsm_error *err)
{
    if (is_broken_pipe(err)) {
        return EXIT_BROKEN_PIPE;
    }
    if (cli_signals_exit_code(err->status) > 128) {
        cli_drop_stdout(); /* whoever reads it may have stopped to */
        cli_note("stopped by %s; %s", cli_signals_name(), err->message);
    } else {
        fflush(stdout); /* what was complete comes before the error */
        cli_report_error(env, err);
    }
    return cli_signals_exit_code(err->status);
}

static int run_and_report(int argc, char **argv)
{
    CIHSM_AUTO(cli_env_free) cli_env env = {0};
    cihsm_error err = {0};
    cihsm_status status = prepare_process(&err);
    if (status == CIHSM_OK) {
        status = run(&env, argc, argv, &err);
    }
    if (status == CIHSM_OK) {
        status = cli_flush_stdout(&err);
    }
    cli_report_time(&env);
    if (status == CIHSM_OK) {
        return env.has_exit_code ? env.exit_code : 0;
    }
    err.status = status;
    return report_failure(&env, &err);
}

int main(int argc, char **argv)
{
    const int code = run_and_report(argc, argv);
    if (cihsm_token_is_stuck()) {
        /* exit would run the exit handlers of a module in which a thread still is */
        fflush(stderr);
        _exit(code);
    }
    return code;
}
