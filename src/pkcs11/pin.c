/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

enum { PIN_MAX = 256, DESCRIPTOR_MAX = 1 << 20 };

static void descriptor_close(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* A PIN on the stack, one byte larger than allowed so that too long a one is noticed. */
typedef struct raw_pin {
    char bytes[PIN_MAX + 1];
    size_t len;
} raw_pin;

static void raw_pin_wipe(raw_pin *pin)
{
    OPENSSL_cleanse(pin, sizeof *pin);
}

static cihsm_status read_descriptor(int fd, const char *what, raw_pin *pin, cihsm_error *err)
{
    while (pin->len < sizeof pin->bytes) {
        const ssize_t got = read(fd, pin->bytes + pin->len, sizeof pin->bytes - pin->len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return cihsm_fail_errno(err, CIHSM_E_PIN, errno, "cannot read the PIN from %s", what);
        }
        if (got == 0) {
            return CIHSM_OK;
        }
        pin->len += (size_t)got;
    }
    return cihsm_fail_plain(err, CIHSM_E_PIN, "the PIN in %s is longer than %d bytes", what,
                            PIN_MAX);
}

static cihsm_status check_and_take(const char *what, raw_pin *pin, cihsm_secret **out,
                                   cihsm_error *err)
{
    if (pin->len > 0 && pin->bytes[pin->len - 1] == '\n') {
        pin->len--;
    }
    if (pin->len == 0) {
        return cihsm_fail_plain(err, CIHSM_E_PIN, "the PIN in %s is empty", what);
    }
    if (memchr(pin->bytes, '\0', pin->len) != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_PIN, "the PIN in %s holds a NUL character", what);
    }
    if (pin->bytes[pin->len - 1] == '\r') {
        return cihsm_fail_plain(err, CIHSM_E_PIN,
                                "the PIN in %s ends in a carriage return; save it with Unix line "
                                "ends",
                                what);
    }
    return cihsm_secret_new(pin->bytes, pin->len, out, err);
}

/* Opens a regular file without waiting on a pipe or following a link. */
static cihsm_status open_regular(const char *path, const char *what, int *out, struct stat *info,
                                 cihsm_error *err)
{
    CIHSM_AUTO(descriptor_close)
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ELOOP) {
        return cihsm_fail_plain(err, CIHSM_E_PIN, "%s is a symbolic link; name the file itself",
                                what);
    }
    if (fd < 0 || fstat(fd, info) != 0) {
        return cihsm_fail_errno(err, CIHSM_E_PIN, errno, "cannot open %s", what);
    }
    if (!S_ISREG(info->st_mode)) {
        return cihsm_fail_plain(err, CIHSM_E_PIN, "%s is not a regular file", what);
    }
    *out = fd;
    fd = -1;
    return CIHSM_OK;
}

static cihsm_status from_file(const char *path, const char *source, cihsm_secret **out,
                              cihsm_error *err)
{
    CIHSM_AUTO(descriptor_close) int fd = -1;
    struct stat info;
    CIHSM_TRY(open_regular(path, source, &fd, &info, err));
    if (info.st_uid != geteuid() && info.st_uid != 0) {
        return cihsm_fail_plain(err, CIHSM_E_PIN, "%s belongs to somebody else", source);
    }
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_PIN,
                                "others may read %s; run chmod 600 on it and consider to change "
                                "the PIN",
                                source);
    }
    CIHSM_AUTO(raw_pin_wipe) raw_pin pin = {.len = 0};
    CIHSM_TRY(read_descriptor(fd, source, &pin, err));
    return check_and_take(source, &pin, out, err);
}

static cihsm_status from_descriptor(const char *number, const char *source, cihsm_secret **out,
                                    cihsm_error *err)
{
    char *end = NULL;
    const long fd = strtol(number, &end, 10);
    if (*number < '0' || *number > '9' || *end != '\0' || fd > DESCRIPTOR_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "PIN source %s: a descriptor is a number",
                                source);
    }
    CIHSM_AUTO(raw_pin_wipe) raw_pin pin = {.len = 0};
    CIHSM_TRY(read_descriptor((int)fd, source, &pin, err));
    return check_and_take(source, &pin, out, err);
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

static cihsm_status from_variable(const char *name, const char *source, cihsm_secret **out,
                                  cihsm_error *err)
{
    char *value = variable(name);
    if (value == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_PIN, "the variable of %s is not set", source);
    }
    const size_t len = strlen(value);
    CIHSM_AUTO(raw_pin_wipe) raw_pin pin = {.len = len <= PIN_MAX ? len : 0};
    memcpy(pin.bytes, value, pin.len);
    OPENSSL_cleanse(value, len);
    if (len > PIN_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_PIN, "the PIN in %s is longer than %d bytes", source,
                                PIN_MAX);
    }
    return check_and_take(source, &pin, out, err);
}

/* systemd made the file and its access rules, which the mode bits do not show. */
static cihsm_status from_credential(const char *name, const char *source, cihsm_secret **out,
                                    cihsm_error *err)
{
    const char *folder = variable("CREDENTIALS_DIRECTORY");
    if (*name == '\0' || strchr(name, '/') != NULL || text_equal(name, "..")) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "PIN source %s: a credential is a plain name",
                                source);
    }
    if (folder == NULL || *folder == '\0') {
        return cihsm_fail_plain(err, CIHSM_E_PIN,
                                "PIN source %s: systemd passed no credentials; set "
                                "LoadCredential= in the unit",
                                source);
    }
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(text_format(&path, err, "%s/%s", folder, name));
    CIHSM_AUTO(descriptor_close) int fd = -1;
    struct stat info;
    CIHSM_TRY(open_regular(path, source, &fd, &info, err));
    CIHSM_AUTO(raw_pin_wipe) raw_pin pin = {.len = 0};
    CIHSM_TRY(read_descriptor(fd, source, &pin, err));
    return check_and_take(source, &pin, out, err);
}

static const struct {
    const char *prefix;
    cihsm_status (*read)(const char *rest, const char *source, cihsm_secret **out,
                         cihsm_error *err);
} SOURCES[] = {
    {"file:", from_file},
    {"fd:", from_descriptor},
    {"env:", from_variable},
    {"cred:", from_credential},
};

cihsm_status cihsm_pin_read(const char *source, cihsm_secret **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    for (size_t i = 0; source != NULL && i < sizeof SOURCES / sizeof *SOURCES; i++) {
        if (text_starts(source, SOURCES[i].prefix)) {
            return SOURCES[i].read(source + strlen(SOURCES[i].prefix), source, out, err);
        }
    }
    /* The text is not repeated: it may be the PIN itself. */
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "a PIN source is file:PATH, fd:N, env:NAME or cred:NAME");
}
