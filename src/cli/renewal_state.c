/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "cli/input.h"
#include "cli/renewal.h"
#include "cli/report.h"
#include "cli/session.h"

void renewal_free(renewal *of)
{
    renewal_close_token(of);
    cihsm_value_free(&of->state);
    if (of->lock >= 0) {
        close(of->lock);
    }
}

/* --- members ---------------------------------------------------------------------------------- */

const char *renewal_get(const renewal *of, const char *name)
{
    return cihsm_value_get_string(of->state, name);
}

cihsm_status renewal_set(renewal *of, const char *name, const char *text, cihsm_error *err)
{
    return cihsm_value_set_string(of->state, name, text, err);
}

cihsm_status renewal_save(const renewal *of, cihsm_error *err)
{
    return cihsm_value_save(of->state, of->file, 0600, err);
}

cihsm_status renewal_forget(const renewal *of, cihsm_error *err)
{
    return unlink(of->file) == 0 || errno == ENOENT
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_IO, "cannot remove %.300s: %s", of->file, strerror(errno));
}

/* --- which profile ---------------------------------------------------------------------------- */

/* What stands in another file cannot be changed, and what was typed is not the profile's. */
static cihsm_status check_profile(const cli_env *env, cihsm_error *err)
{
    static const char *const TYPED[] = {"service-key", "chain", "key", "token"};
    if (env->profile == NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "a profile is renewed: name it with --profile NAME (\"cihsm profile list\" "
                        "shows them)");
    }
    for (size_t i = 0; i < sizeof TYPED / sizeof *TYPED; i++) {
        if (cli_has(env, TYPED[i])) {
            return cli_fail(err, CIHSM_E_USAGE,
                            "a profile is renewed, with what stands in it: leave out --%s",
                            TYPED[i]);
        }
    }
    const char *name = cihsm_profile_name(env->profile);
    if (env->configs[0] == NULL || cihsm_config_profile(env->configs[0], name) != env->profile) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "the profile \"%.60s\" stands in the configuration of the system: name "
                        "that file with --config, as a user who may change it",
                        name);
    }
    return CIHSM_OK;
}

static cihsm_status check_service_key(const char *path, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CLI_TRY(cihsm_service_key_read(path, &key, err));
    return cihsm_service_key_kind(key) == CIHSM_SERVICE_KEY_EXTERNAL
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_CONFIG,
                          "service key %.200s is of the type %s: only External Certificate keys "
                          "are renewed, whose private key is on a token",
                          path, cihsm_service_key_kind_name(key));
}

static cihsm_status check_new_key(const cli_env *env, cihsm_error *err)
{
    cihsm_key_type type;
    unsigned bits = 0;
    const char *wanted = cli_value(env, "new-key");
    if (wanted == NULL) {
        return CIHSM_OK;
    }
    if (!cihsm_key_type_parse(wanted, &type, &bits)) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--new-key is a type as rsa:3072 or ec:P-256, not "
                        "\"%.40s\"",
                        wanted);
    }
    if (cli_key_at(env, 1) != NULL || cihsm_profile_get(env->profile, "token") == NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--new-key makes a key on one token: the profile must name it (token =) "
                        "and have one key; renew with the same key, or change the profile first");
    }
    return CIHSM_OK;
}

static cihsm_status fill(renewal *of, cihsm_error *err)
{
    char begun[CIHSM_TIME_SIZE];
    const cihsm_profile *profile = of->env->profile;
    const char *service_key = cihsm_profile_get(profile, "service-key");
    if (service_key == NULL) {
        return cli_fail(err, CIHSM_E_CONFIG, "the profile \"%.60s\" has no service-key",
                        cihsm_profile_name(profile));
    }
    CLI_TRY(check_service_key(service_key, err));
    CLI_TRY(check_new_key(of->env, err));
    cihsm_time_write((int64_t)time(NULL) * 1000, begun);
    CLI_TRY(renewal_set(of, "profile", cihsm_profile_name(profile), err));
    CLI_TRY(renewal_set(of, "begun", begun, err));
    CLI_TRY(renewal_set(of, "oldServiceKey", service_key, err));
    CLI_TRY(renewal_set(of, "oldChain", cihsm_profile_get(profile, "chain"), err));
    return renewal_choose_names(of, err);
}

/* --- the file --------------------------------------------------------------------------------- */

/* That of the configuration, with its slash; "": the working directory. */
static cihsm_status folder_of(const cli_env *env, char out[CLI_PATH_MAX], cihsm_error *err)
{
    CLI_TRY(cli_config_path(env, out, err));
    char *slash = strrchr(out, '/');
    *(slash == NULL ? out : slash + 1) = '\0';
    return CIHSM_OK;
}

cihsm_status renewal_lock(const cli_env *env, int *out, cihsm_error *err)
{
    char folder[CLI_PATH_MAX];
    CLI_TRY(folder_of(env, folder, err));
    *out = open(folder[0] == '\0' ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*out < 0 || flock(*out, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
        return CIHSM_OK;
    }
    return cli_fail(err, CIHSM_E_BUSY,
                    "another run renews a profile in %.200s: repeat the command when it has ended",
                    folder[0] == '\0' ? "this folder" : folder);
}

static cihsm_status set_file(renewal *of, cihsm_error *err)
{
    char folder[CLI_PATH_MAX];
    CLI_TRY(folder_of(of->env, folder, err));
    const int len = snprintf(of->file, sizeof of->file, "%srenewal-%s.json", folder,
                             cihsm_profile_name(of->env->profile));
    return len < CLI_PATH_MAX ? CIHSM_OK
                              : cli_fail(err, CIHSM_E_CONFIG,
                                         "the path of the configuration is "
                                         "too long");
}

typedef struct bytes {
    char *data;
    size_t len;
} bytes;

static void bytes_free(bytes *of)
{
    cli_input_free(&of->data, of->len);
}

/* Each step relies on these. */
static bool is_state(const renewal *of)
{
    static const char *const NEEDED[] = {"profile", "next",  "cn",         "certificateName",
                                         "csr",     "chain", "serviceKey", "oldServiceKey"};
    bool is_whole = true;
    for (size_t i = 0; i < sizeof NEEDED / sizeof *NEEDED; i++) {
        is_whole = is_whole && renewal_get(of, NEEDED[i]) != NULL;
    }
    return is_whole &&
           strcmp(renewal_get(of, "profile"), cihsm_profile_name(of->env->profile)) == 0;
}

static cihsm_status load(renewal *of, cihsm_error *err)
{
    CIHSM_AUTO(bytes_free) bytes text = {.data = NULL};
    CLI_TRY(cli_input_read(of->file, &text.data, &text.len, err));
    const cihsm_status status = cihsm_value_parse(text.data, text.len, &of->state, NULL);
    CLI_TRY_MEMORY(status, err);
    if (status != CIHSM_OK || !is_state(of)) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "%.300s is not the state of a renewal of this profile: begin anew with "
                        "--restart",
                        of->file);
    }
    return CIHSM_OK;
}

cihsm_status renewal_begin(cli_env *env, bool anew, renewal *out, cihsm_error *err)
{
    out->env = env;
    CLI_TRY(check_profile(env, err));
    CLI_TRY(set_file(out, err));
    if (!anew && access(out->file, F_OK) == 0) {
        return load(out, err);
    }
    out->state = cihsm_value_new_object();
    return out->state == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory") : fill(out, err);
}

/* --- for the steps ---------------------------------------------------------------------------- */

cihsm_status renewal_token(renewal *of, cihsm_token **out, cihsm_error *err)
{
    if (of->token == NULL) {
        CLI_TRY(cli_open_token(of->env, &of->token, err));
    }
    *out = of->token;
    return CIHSM_OK;
}

void renewal_close_token(renewal *of)
{
    cihsm_token_free(&of->token);
}

const char *renewal_key(const renewal *of)
{
    const char *made = renewal_get(of, "key");
    return made != NULL ? made : cli_key_uri(of->env);
}

void renewal_wait(renewal *of, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(of->waits_for, sizeof of->waits_for, format, args);
    va_end(args);
}
