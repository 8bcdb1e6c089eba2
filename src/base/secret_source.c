/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"

enum { DESCRIPTOR_MAX = 1 << 20 };

static void descriptor_close(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* A secret on the stack, one byte larger than allowed so that too long a one is noticed. */
typedef struct raw_secret {
    char bytes[CIHSM_SECRET_MAX + 1];
    size_t len;
} raw_secret;

static void raw_secret_wipe(raw_secret *raw)
{
    OPENSSL_cleanse(raw, sizeof *raw);
}

static cihsm_status fail_too_long(const secret_wish *wish, cihsm_error *err)
{
    return cihsm_fail_plain(err, wish->status, "the %s in %s is longer than %zu bytes", wish->name,
                            wish->source, wish->max);
}

static cihsm_status read_descriptor(const secret_wish *wish, int fd, raw_secret *raw,
                                    cihsm_error *err)
{
    while (raw->len <= wish->max) {
        const ssize_t got = file_read_some(fd, raw->bytes + raw->len, wish->max + 1 - raw->len);
        if (got < 0 && errno == EINTR) {
            return cihsm_fail_errno(err, CIHSM_E_CANCELED, errno,
                                    "canceled: a signal came while the %s was waited for",
                                    wish->name);
        }
        if (got < 0) {
            return cihsm_fail_errno(err, wish->status, errno, "cannot read the %s from %s",
                                    wish->name, wish->source);
        }
        if (got == 0) {
            return CIHSM_OK;
        }
        raw->len += (size_t)got;
    }
    return fail_too_long(wish, err);
}

static cihsm_status check_and_take(const secret_wish *wish, raw_secret *raw, cihsm_secret **out,
                                   cihsm_error *err)
{
    if (raw->len > 0 && raw->bytes[raw->len - 1] == '\n') {
        raw->len--;
    }
    if (raw->len == 0) {
        return cihsm_fail_plain(err, wish->status, "the %s in %s is empty", wish->name,
                                wish->source);
    }
    if (memchr(raw->bytes, '\0', raw->len) != NULL) {
        return cihsm_fail_plain(err, wish->status, "the %s in %s holds a NUL character", wish->name,
                                wish->source);
    }
    if (raw->bytes[raw->len - 1] == '\r') {
        return cihsm_fail_plain(err, wish->status,
                                "the %s in %s ends in a carriage return; save it with Unix line "
                                "ends",
                                wish->name, wish->source);
    }
    return cihsm_secret_new(raw->bytes, raw->len, out, err);
}

/* Opens a regular file without waiting on a pipe or following a link. */
static cihsm_status open_regular(const secret_wish *wish, const char *path, int *out,
                                 struct stat *info, cihsm_error *err)
{
    CIHSM_AUTO(descriptor_close)
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ELOOP) {
        return cihsm_fail_plain(err, wish->status, "%s is a symbolic link; name the file itself",
                                wish->source);
    }
    if (fd < 0 || fstat(fd, info) != 0) {
        return cihsm_fail_errno(err, wish->status, errno, "cannot open %s", wish->source);
    }
    if (!S_ISREG(info->st_mode)) {
        return cihsm_fail_plain(err, wish->status, "%s is not a regular file", wish->source);
    }
    *out = fd;
    fd = -1;
    return CIHSM_OK;
}

static cihsm_status from_file(const secret_wish *wish, const char *path, cihsm_secret **out,
                              cihsm_error *err)
{
    CIHSM_AUTO(descriptor_close) int fd = -1;
    struct stat info;
    CIHSM_TRY(open_regular(wish, path, &fd, &info, err));
    if (info.st_uid != geteuid() && info.st_uid != 0) {
        return cihsm_fail_plain(err, wish->status, "%s belongs to somebody else", wish->source);
    }
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return cihsm_fail_plain(err, wish->status,
                                "others may read %s; run chmod 600 on it and consider changing "
                                "the %s",
                                wish->source, wish->name);
    }
    CIHSM_AUTO(raw_secret_wipe) raw_secret raw = {.len = 0};
    CIHSM_TRY(read_descriptor(wish, fd, &raw, err));
    return check_and_take(wish, &raw, out, err);
}

static cihsm_status from_descriptor(const secret_wish *wish, const char *number, cihsm_secret **out,
                                    cihsm_error *err)
{
    char *end = NULL;
    const long fd = strtol(number, &end, 10);
    if (*number < '0' || *number > '9' || *end != '\0' || fd > DESCRIPTOR_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "%s source %s: a descriptor is a number",
                                wish->name, wish->source);
    }
    CIHSM_AUTO(raw_secret_wipe) raw_secret raw = {.len = 0};
    CIHSM_TRY(read_descriptor(wish, (int)fd, &raw, err));
    return check_and_take(wish, &raw, out, err);
}

/* The value itself, not a copy: it is overwritten. The only place that looks at variables, because
 * the person named one. */
static char *variable(const char *name)
{
    const size_t len = strlen(name);
    for (char **at = environ; at != NULL && *at != NULL; at++) {
        if (strncmp(*at, name, len) == 0 && (*at)[len] == '=') {
            return *at + len + 1;
        }
    }
    return NULL;
}

static cihsm_status from_variable(const secret_wish *wish, const char *name, cihsm_secret **out,
                                  cihsm_error *err)
{
    char *value = variable(name);
    if (value == NULL) {
        return cihsm_fail_plain(err, wish->status, "the variable of %s is not set", wish->source);
    }
    const size_t len = strlen(value);
    CIHSM_AUTO(raw_secret_wipe) raw_secret raw = {.len = len <= wish->max ? len : 0};
    memcpy(raw.bytes, value, raw.len);
    OPENSSL_cleanse(value, len);
    return len > wish->max ? fail_too_long(wish, err) : check_and_take(wish, &raw, out, err);
}

/* systemd made the file and its access rules, which the mode bits do not show. */
static cihsm_status from_credential(const secret_wish *wish, const char *name, cihsm_secret **out,
                                    cihsm_error *err)
{
    const char *folder = variable("CREDENTIALS_DIRECTORY");
    if (*name == '\0' || strchr(name, '/') != NULL || text_equal(name, "..")) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "%s source %s: a credential is a plain name",
                                wish->name, wish->source);
    }
    if (folder == NULL || *folder == '\0') {
        return cihsm_fail_plain(err, wish->status,
                                "%s source %s: systemd passed no credentials; set "
                                "LoadCredential= in the unit",
                                wish->name, wish->source);
    }
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(text_format(&path, err, "%s/%s", folder, name));
    CIHSM_AUTO(descriptor_close) int fd = -1;
    struct stat info;
    CIHSM_TRY(open_regular(wish, path, &fd, &info, err));
    CIHSM_AUTO(raw_secret_wipe) raw_secret raw = {.len = 0};
    CIHSM_TRY(read_descriptor(wish, fd, &raw, err));
    return check_and_take(wish, &raw, out, err);
}

static const struct {
    const char *prefix;
    cihsm_status (*read)(const secret_wish *wish, const char *rest, cihsm_secret **out,
                         cihsm_error *err);
} SOURCES[] = {
    {"file:", from_file},
    {"fd:", from_descriptor},
    {"env:", from_variable},
    {"cred:", from_credential},
};

cihsm_status secret_source_read(const secret_wish *wish, cihsm_secret **out, cihsm_error *err)
{
    for (size_t i = 0; wish->source != NULL && i < sizeof SOURCES / sizeof *SOURCES; i++) {
        if (text_starts(wish->source, SOURCES[i].prefix)) {
            return SOURCES[i].read(wish, wish->source + strlen(SOURCES[i].prefix), out, err);
        }
    }
    /* The text is not repeated: it may be the secret itself. */
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "a %s source is file:PATH, fd:N, env:NAME or cred:NAME", wish->name);
}

cihsm_status cihsm_secret_read(const char *source, const char *name, cihsm_secret **out,
                               cihsm_error *err)
{
    cihsm_error_clear(err);
    const secret_wish wish = {
        .name = name, .source = source, .max = CIHSM_SECRET_MAX, .status = CIHSM_E_CONFIG};
    return secret_source_read(&wish, out, err);
}
