/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/config.h - the configuration file: one INI section a profile, keys named as the long
 * options of the command line.
 *
 * Threads: a configuration is not changed after it was read, so threads may share it; any thread
 * may make the calls. Of two that change one file at the same moment the later one's file stays.
 *
 * Source: docs/adr/0006; keys are explained in cihsm-config(5).
 */
#ifndef CIHSM_CONFIG_H
#define CIHSM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

CIHSM_BEGIN_DECLS

/** A configuration file that was read. */
typedef struct cihsm_config cihsm_config;

/** A profile of it. */
typedef struct cihsm_profile cihsm_profile;

/**
 * Reads a configuration file.
 *
 * @param path        the file
 * @param must_exist  false: a missing file yields an empty configuration
 * @param out         yours; free it with cihsm_config_free
 * @retval CIHSM_E_CONFIG  cannot be read, or line N is malformed, unknown or repeated
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_config_read(const char *path, bool must_exist,
                                                         cihsm_config **out, cihsm_error *err);
/** Frees it with all its profiles, sets *config to NULL. NULL is fine. */
CIHSM_API void cihsm_config_free(cihsm_config **config);

/** @return the name set by "profile =" above the first section, borrowed; NULL if none. */
CIHSM_API const char *cihsm_config_default_profile(const cihsm_config *config);
/** @return the number of profiles. */
CIHSM_API size_t cihsm_config_profile_count(const cihsm_config *config);
/** @return profile @p at, borrowed from the configuration; NULL beyond the end. */
CIHSM_API const cihsm_profile *cihsm_config_profile_at(const cihsm_config *config, size_t at);
/** @return the profile of that name, borrowed; NULL if there is none. */
CIHSM_API const cihsm_profile *cihsm_config_profile(const cihsm_config *config, const char *name);

/** @return the name of the section, borrowed from the configuration. */
CIHSM_API const char *cihsm_profile_name(const cihsm_profile *profile);
/** @return the value of a key, borrowed; NULL if not set. Of "key" lines, the only ones that may be
 *          repeated, the first. */
CIHSM_API const char *cihsm_profile_get(const cihsm_profile *profile, const char *key);
/** @return the number of keys that are set, repeated ones each. */
CIHSM_API size_t cihsm_profile_count(const cihsm_profile *profile);
/**
 * @param profile  borrowed
 * @param value    set to the value, borrowed; unchanged beyond the end
 * @return key @p at in the order of the file, and its value, borrowed; NULL beyond the end.
 */
CIHSM_API const char *cihsm_profile_key_at(const cihsm_profile *profile, size_t at,
                                           const char **value);

/** One key of a profile. */
typedef struct cihsm_setting {
    const char *key;   /**< a long option of the command line without --: "service-key" */
    const char *value; /**< one line */
} cihsm_setting;

/**
 * Appends a profile to the file (made with mode 0600 if missing); everything else in the file is
 * kept as it is. Written complete or not at all.
 *
 * @param path      of the file; its folder must be there
 * @param name      of the profile: no brackets, no line feeds
 * @param settings  in the order they are written
 * @param count     number of settings
 * @retval CIHSM_E_CONFLICT  a profile of that name exists
 * @retval CIHSM_E_CONFIG    a name, key or value that an INI file cannot hold
 * @retval CIHSM_E_IO        the file cannot be written; it is as it was
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_config_add_profile(const char *path, const char *name,
                                                                const cihsm_setting *settings,
                                                                size_t count, cihsm_error *err);

/**
 * Gives settings of a profile other values, all of them at once; those it did not have are added,
 * of a repeated key one line stays, everything else in the file is kept as it is. Written complete
 * or not at all, so that a reader sees the profile either as it was or as it is to be.
 *
 * @param path      of the file
 * @param name      of a profile of it
 * @param settings  keys and their new values; borrowed for the call
 * @param count     of settings, up to 16
 * @retval CIHSM_E_CONFIG  no such profile in the file; a key or value that it cannot hold
 * @retval CIHSM_E_IO      the file cannot be written; it is as it was
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_config_change_profile(const char *path,
                                                                   const char *name,
                                                                   const cihsm_setting *settings,
                                                                   size_t count, cihsm_error *err);

/**
 * Makes a profile the default one; the rest of the file is kept as it is.
 *
 * @param path  of the file
 * @param name  of a profile of it
 * @retval CIHSM_E_CONFIG  the file cannot be read, or has no profile of that name
 * @retval CIHSM_E_IO      the file cannot be written; it is as it was
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_config_use_profile(const char *path, const char *name,
                                                                cihsm_error *err);

/** @return true if a profile may hold this key ("module-env.NAME" included). */
CIHSM_API bool cihsm_config_is_key(const char *key);

CIHSM_END_DECLS

#endif
