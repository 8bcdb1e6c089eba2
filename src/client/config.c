/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/config_text.h"

typedef struct entry {
    char *key;
    char *value;
} entry;

struct cihsm_profile {
    char *name;
    entry *entries;
    size_t count;
};

struct cihsm_config {
    char *path;
    char *default_profile;
    cihsm_profile **profiles;
    size_t count;
};

static const char MODULE_ENV[] = "module-env.";
static const char SOURCE[] = "-source";
static const char SOURCE_FILE[] = "file:";

/* Keys are named as the long options. A path is relative to the folder of the file. */
static const struct {
    const char *name;
    bool is_path;
} KEYS[] = {
    {"service-key", true},
    {"module", true},
    {"module-init", false},
    {"token", false},
    {"key", false},
    {"pin-source", false},
    {"chain", true},
    {"ca", true},
    {"destination-binding", true},
    {"timeout", false},
    {"token-timeout", false},
    {"retry-time", false},
    {"pace", false},
    {"connect-timeout", false},
    {"output", false},
    {"color", false},
    {"auth", false},
    {"lb-roots", true},
    {"protected", false},
    {"cf-api", false},
    {"instance", false},
    {"cf-token-source", false},
    {"cf-user", false},
    {"cf-password-source", false},
    {"cf-uaa", false},
};

bool cihsm_config_is_key(const char *key)
{
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        if (strcmp(KEYS[i].name, key) == 0) {
            return true;
        }
    }
    return text_starts(key, MODULE_ENV) && key[sizeof MODULE_ENV - 1] != '\0';
}

static bool is_path(const char *key, const char *value)
{
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        if (strcmp(KEYS[i].name, key) == 0) {
            /* a module without a slash is found by the dynamic linker */
            return KEYS[i].is_path && (strcmp(key, "module") != 0 || strchr(value, '/') != NULL);
        }
    }
    return false;
}

static void profile_free(cihsm_profile *profile)
{
    if (profile == NULL) {
        return;
    }
    for (size_t i = 0; i < profile->count; i++) {
        free(profile->entries[i].key);
        free(profile->entries[i].value);
    }
    free(profile->entries);
    free(profile->name);
    free(profile);
}

void cihsm_config_free(cihsm_config **config)
{
    if (config == NULL || *config == NULL) {
        return;
    }
    for (size_t i = 0; i < (*config)->count; i++) {
        profile_free((*config)->profiles[i]);
    }
    free((*config)->profiles);
    free((*config)->default_profile);
    free((*config)->path);
    free(*config);
    *config = NULL;
}

/* The profile of that name, made if it is new. */
static cihsm_profile *profile_named(cihsm_config *config, const char *name)
{
    for (size_t i = 0; i < config->count; i++) {
        if (strcmp(config->profiles[i]->name, name) == 0) {
            return config->profiles[i];
        }
    }
    cihsm_profile **profiles =
        realloc(config->profiles, (config->count + 1) * sizeof(cihsm_profile *));
    if (profiles == NULL) {
        return NULL;
    }
    config->profiles = profiles;
    cihsm_profile *profile = calloc(1, sizeof *profile);
    if (profile == NULL || (profile->name = strdup(name)) == NULL) {
        profile_free(profile);
        return NULL;
    }
    config->profiles[config->count++] = profile;
    return profile;
}

/* How much of a value stands before its path: nothing, or the "file:" of the source of a secret. */
static size_t before_path(const char *key, const char *value)
{
    const size_t len = strlen(key);
    const size_t end = sizeof SOURCE - 1;
    const bool is_source = len > end && strcmp(key + len - end, SOURCE) == 0;
    return is_source && text_starts(value, SOURCE_FILE) ? sizeof SOURCE_FILE - 1 : 0;
}

/* An absolute path, or one relative to the folder of the configuration file. */
static cihsm_status resolve(const cihsm_config *config, const char *key, const char *value,
                            char **out, cihsm_error *err)
{
    const char *slash = strrchr(config->path, '/');
    const size_t before = before_path(key, value);
    const bool has_path = before > 0 || is_path(key, value);
    if (!has_path || value[before] == '/' || slash == NULL) {
        return text_set(out, value, err);
    }
    return text_format(out, err, "%.*s%.*s/%s", (int)before, value, (int)(slash - config->path),
                       config->path, value + before);
}

static cihsm_status add_entry(const cihsm_config *config, cihsm_profile *profile, const char *key,
                              const char *value, cihsm_error *err)
{
    entry *entries = realloc(profile->entries, (profile->count + 1) * sizeof *entries);
    if (entries == NULL) {
        return cihsm_fail_memory(err);
    }
    profile->entries = entries;
    entry *added = &entries[profile->count];
    *added = (entry){0};
    profile->count++;
    CIHSM_TRY(text_set(&added->key, key, err));
    return resolve(config, key, value, &added->value, err);
}

/* One "key = value" of the file. */
static cihsm_status take_line(void *user, const char *section, const char *key, const char *value,
                              unsigned line, cihsm_error *err)
{
    cihsm_config *config = user;
    if (section[0] == '\0') {
        if (strcmp(key, "profile") != 0 || config->default_profile != NULL) {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                    "%s line %u: only one \"profile = NAME\" may stand above the "
                                    "first [section]",
                                    config->path, line);
        }
        return text_set(&config->default_profile, value, err);
    }
    if (!cihsm_config_is_key(key)) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "%s line %u: unknown key \"%s\" in [%s]",
                                config->path, line, key, section);
    }
    cihsm_profile *profile = profile_named(config, section);
    if (profile == NULL) {
        return cihsm_fail_memory(err);
    }
    /* only a key may be repeated: the lines are tried in order when a token fails */
    if (strcmp(key, "key") != 0 && cihsm_profile_get(profile, key) != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "%s line %u: \"%s\" is set twice in [%s]",
                                config->path, line, key, section);
    }
    return add_entry(config, profile, key, value, err);
}

cihsm_status cihsm_config_read(const char *path, bool must_exist, cihsm_config **out,
                               cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_config_free) cihsm_config *config = calloc(1, sizeof *config);
    if (config == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(text_set(&config->path, path, err));

    CIHSM_AUTO(buffer_free) buffer text = buffer_new(CONFIG_TEXT_MAX);
    cihsm_error reading = {0};
    const cihsm_status status = file_read(path, "configuration", &text, &reading);
    const bool is_missing = reading.origin == CIHSM_FROM_SYSTEM && reading.native == ENOENT;
    if (status != CIHSM_OK && (must_exist || !is_missing)) {
        return cihsm_fail(err, status, reading.origin, reading.native, "%s", reading.message);
    }
    CIHSM_TRY(config_text_parse(buffer_text(&text), path, take_line, config, err));
    *out = CIHSM_MOVE(config);
    return CIHSM_OK;
}

const char *cihsm_config_default_profile(const cihsm_config *config)
{
    return config->default_profile;
}

size_t cihsm_config_profile_count(const cihsm_config *config)
{
    return config->count;
}

const cihsm_profile *cihsm_config_profile_at(const cihsm_config *config, size_t at)
{
    return at < config->count ? config->profiles[at] : NULL;
}

const cihsm_profile *cihsm_config_profile(const cihsm_config *config, const char *name)
{
    for (size_t i = 0; i < config->count; i++) {
        if (strcmp(config->profiles[i]->name, name) == 0) {
            return config->profiles[i];
        }
    }
    return NULL;
}

const char *cihsm_profile_name(const cihsm_profile *profile)
{
    return profile->name;
}

const char *cihsm_profile_get(const cihsm_profile *profile, const char *key)
{
    for (size_t i = 0; i < profile->count; i++) {
        if (strcmp(profile->entries[i].key, key) == 0) {
            return profile->entries[i].value;
        }
    }
    return NULL;
}

size_t cihsm_profile_count(const cihsm_profile *profile)
{
    return profile->count;
}

const char *cihsm_profile_key_at(const cihsm_profile *profile, size_t at, const char **value)
{
    if (at >= profile->count) {
        return NULL;
    }
    *value = profile->entries[at].value;
    return profile->entries[at].key;
}
