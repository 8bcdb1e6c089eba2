/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes settings of a profile: what is not changed is kept byte for byte.
 */
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/config.h"
#include "cihsm/scope.h"
#include "client/config_text.h"

enum { CHANGES_MAX = 16, LINES_MAX = 256 };

/* What a line of the file is to the change. */
typedef enum line_fate {
    LINE_KEPT = 0,
    LINE_DROPPED,
    LINE_REPLACED /* LINE_REPLACED + n: by setting n */
} line_fate;

/* The lines of the profile, found by the reader that everybody uses. */
typedef struct change {
    const char *profile;
    const cihsm_setting *settings;
    size_t count;
    struct {
        unsigned line;
        unsigned fate;
    } lines[LINES_MAX];
    size_t line_count;
    bool is_there[CHANGES_MAX];
    unsigned last_line; /* of the profile's settings; 0: it has none */
} change;

static cihsm_status take(void *user, const char *section, const char *key, const char *value,
                         unsigned line, cihsm_error *err)
{
    (void)value;
    change *of = user;
    if (strcmp(section, of->profile) != 0) {
        return CIHSM_OK;
    }
    of->last_line = line;
    for (size_t i = 0; i < of->count; i++) {
        if (strcmp(of->settings[i].key, key) != 0) {
            continue;
        }
        if (of->line_count == LINES_MAX) {
            return cihsm_fail_plain(err, CIHSM_E_LIMIT, "the profile \"%s\" has too many settings",
                                    section);
        }
        of->lines[of->line_count].line = line;
        of->lines[of->line_count++].fate =
            of->is_there[i] ? LINE_DROPPED : LINE_REPLACED + (unsigned)i;
        of->is_there[i] = true;
    }
    return CIHSM_OK;
}

static unsigned fate_of(const change *of, unsigned line)
{
    for (size_t i = 0; i < of->line_count; i++) {
        if (of->lines[i].line == line) {
            return of->lines[i].fate;
        }
    }
    return LINE_KEPT;
}

static cihsm_status append_setting(const cihsm_setting *setting, buffer *to, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *line = NULL;
    CIHSM_TRY(text_format(&line, err, "%s = %s\n", setting->key, setting->value));
    return buffer_append_text(to, line, err);
}

/* Those that the profile did not have, behind its last setting. */
static cihsm_status append_new(const change *of, buffer *to, cihsm_error *err)
{
    for (size_t i = 0; i < of->count; i++) {
        if (!of->is_there[i]) {
            CIHSM_TRY(append_setting(&of->settings[i], to, err));
        }
    }
    return CIHSM_OK;
}

static cihsm_status rewrite(const change *of, const char *from, buffer *to, cihsm_error *err)
{
    for (unsigned line = 1; *from != '\0'; line++) {
        const size_t len = strcspn(from, "\n");
        const unsigned fate = fate_of(of, line);
        if (fate >= LINE_REPLACED) {
            CIHSM_TRY(append_setting(&of->settings[fate - LINE_REPLACED], to, err));
        } else if (fate == LINE_KEPT) {
            CIHSM_TRY(buffer_append(to, from, len, err));
            CIHSM_TRY(buffer_append_text(to, "\n", err));
        }
        if (line == of->last_line) {
            CIHSM_TRY(append_new(of, to, err));
        }
        from += len + (from[len] == '\n');
    }
    return CIHSM_OK;
}

static cihsm_status check_all(const cihsm_setting *settings, size_t count, cihsm_error *err)
{
    if (count > CHANGES_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "more than %d settings are changed at once",
                                CHANGES_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        CIHSM_TRY(config_text_check(&settings[i], err));
    }
    return CIHSM_OK;
}

cihsm_status cihsm_config_change_profile(const char *path, const char *name,
                                         const cihsm_setting *settings, size_t count,
                                         cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_TRY(check_all(settings, count, err));
    struct stat there;
    CIHSM_AUTO(buffer_free) buffer old = buffer_new(CONFIG_TEXT_MAX);
    CIHSM_TRY(file_read(path, "configuration", &old, err));
    const mode_t mode = stat(path, &there) == 0 ? there.st_mode & 0777 : 0600;
    change of = {.profile = name, .settings = settings, .count = count};
    CIHSM_TRY(config_text_parse(buffer_text(&old), path, take, &of, err));
    if (of.last_line == 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "there is no profile \"%s\" in %s: \"cihsm profile list\" shows "
                                "them",
                                name, path);
    }
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(CONFIG_TEXT_MAX);
    CIHSM_TRY(rewrite(&of, buffer_text(&old), &text, err));
    return cihsm_file_write(path, mode, text.data, text.len, err);
}
