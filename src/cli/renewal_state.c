/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cli/input.h"
#include "cli/renewal.h"
#include "cli/report.h"
#include "cli/session.h"

enum { TAG_LEN = 15, KEY_ID_BYTES = 16 };

void renewal_free(renewal *of)
{
    renewal_close_token(of);
    cihsm_value_free(&of->state);
}

/* --- members -----------------------------------------------------------------------------------
 */

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

/* --- names of what is to be made ---------------------------------------------------------------
 */

/* "20261122T071500": sorts. */
static void make_tag(time_t when, char out[TAG_LEN + 1])
{
    char text[CIHSM_TIME_SIZE];
    size_t len = 0;
    cihsm_time_write((int64_t)when * 1000, text);
    for (const char *c = text; *c != '\0' && len < TAG_LEN; c++) {
        if (*c != '-' && *c != ':') {
            out[len++] = *c;
        }
    }
    out[len] = '\0';
}

static bool is_tag(const char *text)
{
    static const char FORM[] = "00000000T000000";
    for (size_t i = 0; i < TAG_LEN; i++) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (FORM[i] == '0' ? !is_digit : text[i] != FORM[i]) {
            return false;
        }
    }
    return true;
}

/* Bytes of a path without its ending and without the tag of an earlier renewal. */
static size_t stem_of(const char *path, const char *ending)
{
    size_t len = strlen(path);
    const size_t end = strlen(ending);
    if (len > end && strcmp(path + len - end, ending) == 0) {
        len -= end;
    }
    const size_t tag = TAG_LEN + 1;
    if (len > tag && path[len - tag] == '-' && is_tag(path + len - TAG_LEN)) {
        len -= tag;
    }
    return len;
}

/* The path "like" with another ending, and the tag before that. */
typedef struct made_path {
    const char *name; /* of the member */
    const char *like;
    const char *like_ending;
    const char *middle;
    const char *ending;
} made_path;

static cihsm_status set_path(renewal *of, const made_path *made, const char *tag, cihsm_error *err)
{
    char path[CLI_PATH_MAX];
    const int len =
        snprintf(path, sizeof path, "%.*s%s-%s%s", (int)stem_of(made->like, made->like_ending),
                 made->like, made->middle, tag, made->ending);
    if (len >= CLI_PATH_MAX) {
        return cli_fail(err, CIHSM_E_CONFIG, "the path %.200s is too long", made->like);
    }
    return renewal_set(of, made->name, path, err);
}

static cihsm_status set_paths(renewal *of, const char *tag, cihsm_error *err)
{
    const char *key = renewal_get(of, "oldServiceKey");
    const char *chain = renewal_get(of, "oldChain");
    const char *like = chain == NULL ? key : chain;
    const char *ending = chain == NULL ? ".json" : ".pem";
    const char *middle = chain == NULL ? "-chain" : "";
    const made_path paths[] = {{"serviceKey", key, ".json", "", ".json"},
                               {"chain", like, ending, middle, ".pem"},
                               {"csr", like, ending, middle, ".csr"}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        CLI_TRY(set_path(of, &paths[i], tag, err));
    }
    return CIHSM_OK;
}

/* No earlier renewal has left something under the names of this one. */
static cihsm_status choose_tag(renewal *of, char out[TAG_LEN + 1], cihsm_error *err)
{
    time_t when = time(NULL);
    do {
        make_tag(when++, out);
        CLI_TRY(set_paths(of, out, err));
    } while (access(renewal_get(of, "csr"), F_OK) == 0);
    return CIHSM_OK;
}

/* The id is decided before the key is made, so that a stop in between finds it. */
static cihsm_status set_new_key(renewal *of, const char *tag, cihsm_error *err)
{
    unsigned char id[KEY_ID_BYTES];
    char hex[2 * KEY_ID_BYTES + 1];
    char label[CIHSM_KEY_LABEL_MAX];
    if (!cli_has(of->env, "new-key")) {
        return CIHSM_OK;
    }
    if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id) {
        return cli_fail(err, CIHSM_E_INTERNAL, "no random bytes");
    }
    for (size_t i = 0; i < sizeof id; i++) {
        snprintf(hex + 2 * i, 3, "%02x", id[i]);
    }
    snprintf(label, sizeof label, "%.60s-%s", cihsm_profile_name(of->env->profile), tag);
    CLI_TRY(renewal_set(of, "newKey", cli_value(of->env, "new-key"), err));
    CLI_TRY(renewal_set(of, "keyId", hex, err));
    return renewal_set(of, "keyLabel", label, err);
}

static cihsm_status set_names(renewal *of, const char *tag, cihsm_error *err)
{
    char name[128];
    char cn[CIHSM_COMMON_NAME_MAX];
    const char *given = cli_value(of->env, "cn");
    if (given == NULL) {
        CLI_TRY(cihsm_certificate_common_name(renewal_get(of, "oldServiceKey"), cn, err));
    }
    const char *profile = cihsm_profile_name(of->env->profile);
    snprintf(name, sizeof name, "%.60s-%s.pem", profile, tag);
    CLI_TRY(renewal_set(of, "certificateName", name, err));
    snprintf(name, sizeof name, "%.*s-%s", CIHSM_CF_NAME_MAX - TAG_LEN - 1, profile, tag);
    CLI_TRY(renewal_set(of, "serviceKeyName", name, err));
    return renewal_set(of, "cn", given != NULL ? given : cn, err);
}

/* --- which profile -----------------------------------------------------------------------------
 */

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
    char tag[TAG_LEN + 1];
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
    CLI_TRY(choose_tag(of, tag, err));
    CLI_TRY(set_new_key(of, tag, err));
    return set_names(of, tag, err);
}

/* --- the file ----------------------------------------------------------------------------------
 */

static cihsm_status set_file(renewal *of, cihsm_error *err)
{
    char config[CLI_PATH_MAX];
    CLI_TRY(cli_config_path(of->env, config, err));
    const char *slash = strrchr(config, '/');
    const int folder = slash == NULL ? 0 : (int)(slash - config) + 1;
    const int len = snprintf(of->file, sizeof of->file, "%.*srenewal-%s.json", folder, config,
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
    if (cihsm_value_parse(text.data, text.len, &of->state, NULL) != CIHSM_OK || !is_state(of)) {
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

/* --- for the steps -----------------------------------------------------------------------------
 */

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
