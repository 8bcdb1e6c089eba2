/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How what a renewal makes is called: files, the certificate, the service key, a new key. Decided
 * once, before anything is made.
 */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cli/renewal.h"
#include "cli/report.h"

enum { TAG_LEN = 15, KEY_ID_BYTES = 16 };

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

cihsm_status renewal_choose_names(renewal *of, cihsm_error *err)
{
    char tag[TAG_LEN + 1];
    CLI_TRY(choose_tag(of, tag, err));
    CLI_TRY(set_new_key(of, tag, err));
    return set_names(of, tag, err);
}
