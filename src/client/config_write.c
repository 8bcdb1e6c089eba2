/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes a configuration file: what is not changed is kept byte for byte.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/config.h"
#include "cihsm/scope.h"
#include "client/config_text.h"

/* Letters, digits and a few marks: what needs no quoting in an INI file or a shell. */
static cihsm_status check_name(const char *name, cihsm_error *err)
{
    static const char ALLOWED[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const size_t len = strlen(name);
    if (len == 0 || len > CONFIG_NAME_MAX || strspn(name, ALLOWED) != len) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "\"%s\" is no profile name: 1 to %d letters, digits, . _ -", name,
                                CONFIG_NAME_MAX);
    }
    return CIHSM_OK;
}

/* Text and mode of the file; nothing and 0600 if there is none. */
static cihsm_status read_existing(const char *path, buffer *text, mode_t *mode, cihsm_error *err)
{
    struct stat status;
    *mode = 0600;
    if (stat(path, &status) != 0 && errno == ENOENT) {
        return CIHSM_OK;
    }
    CIHSM_TRY(file_read(path, "configuration", text, err));
    *mode = status.st_mode & 0777;
    return CIHSM_OK;
}

cihsm_status cihsm_config_add_profile(const char *path, const char *name,
                                      const cihsm_setting *settings, size_t count, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_TRY(check_name(name, err));
    CIHSM_AUTO(cihsm_config_free) cihsm_config *config = NULL;
    CIHSM_TRY(cihsm_config_read(path, false, &config, err));
    if (cihsm_config_profile(config, name) != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                                "profile \"%s\" exists already in %s: choose another name or edit "
                                "the file",
                                name, path);
    }
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(CONFIG_TEXT_MAX);
    mode_t mode = 0600;
    CIHSM_TRY(read_existing(path, &text, &mode, err));
    if (text.len > 0) {
        CIHSM_TRY(buffer_append_text(&text, text.data[text.len - 1] == '\n' ? "\n" : "\n\n", err));
    }
    CIHSM_AUTO(text_free) char *line = NULL;
    CIHSM_TRY(text_format(&line, err, "[%s]\n", name));
    CIHSM_TRY(buffer_append_text(&text, line, err));
    for (size_t i = 0; i < count; i++) {
        CIHSM_TRY(config_text_check(&settings[i], err));
        CIHSM_TRY(text_format(&line, err, "%s = %s\n", settings[i].key, settings[i].value));
        CIHSM_TRY(buffer_append_text(&text, line, err));
    }
    return cihsm_file_write(path, mode, text.data, text.len, err);
}

/* True for a line "profile = ..." above the first section. */
static bool is_default_line(const char *line)
{
    line += strspn(line, " \t");
    if (!text_starts(line, "profile")) {
        return false;
    }
    line += strlen("profile");
    line += strspn(line, " \t");
    return *line == '=' || *line == ':';
}

cihsm_status cihsm_config_use_profile(const char *path, const char *name, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_config_free) cihsm_config *config = NULL;
    CIHSM_TRY(cihsm_config_read(path, true, &config, err));
    if (cihsm_config_profile(config, name) == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "there is no profile \"%s\" in %s: \"cihsm profile list\" shows "
                                "them",
                                name, path);
    }
    CIHSM_AUTO(buffer_free) buffer old = buffer_new(CONFIG_TEXT_MAX);
    mode_t mode = 0600;
    CIHSM_TRY(read_existing(path, &old, &mode, err));

    CIHSM_AUTO(buffer_free) buffer text = buffer_new(CONFIG_TEXT_MAX);
    CIHSM_AUTO(text_free) char *line = NULL;
    CIHSM_TRY(text_format(&line, err, "profile = %s\n", name));
    CIHSM_TRY(buffer_append_text(&text, line, err));
    bool above_sections = true;
    for (const char *at = buffer_text(&old); *at != '\0';) {
        const size_t len = strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n');
        above_sections = above_sections && at[strspn(at, " \t")] != '[';
        if (!(above_sections && is_default_line(at))) {
            CIHSM_TRY(buffer_append(&text, at, len, err));
        }
        at += len;
    }
    return cihsm_file_write(path, mode, text.data, text.len, err);
}
