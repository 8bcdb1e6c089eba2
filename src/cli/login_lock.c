/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/login_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cli/report.h"

void login_lock_close(int *lock)
{
    if (*lock >= 0) {
        close(*lock);
    }
    *lock = -1;
}

cihsm_status login_lock_open(int *out, cihsm_error *err)
{
    char path[CLI_PATH_MAX];
    CLI_TRY(refusals_make_folder(err));
    CLI_TRY(refusals_path("login-lock", path, err));
    *out = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return *out >= 0 ? CIHSM_OK
                     : cli_fail(err, CIHSM_E_IO, "%s cannot be opened: %s", path, strerror(errno));
}

/* FNV-1a, with the NUL so that two texts are not taken for one. */
static uint64_t add_text(uint64_t hash, const char *text)
{
    do {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    } while (*text++ != '\0');
    return hash;
}

/* Two that meet wait for each other, and that is all. */
static off_t byte_of(const refusals_entry *of)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    hash = add_text(hash, of->token);
    hash = add_text(hash, of->serial);
    hash = add_text(hash, of->pin);
    hash = add_text(hash, of->source);
    return (off_t)(hash >> 2); /* leaves room for its end */
}

cihsm_status login_lock_try(int lock, const refusals_entry *of, bool *has, cihsm_error *err)
{
    struct flock wanted = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte_of(of), .l_len = 1};
    *has = fcntl(lock, F_SETLK, &wanted) == 0;
    return *has || errno == EACCES || errno == EAGAIN || errno == EINTR
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_IO, "its folder knows no locks: %s", strerror(errno));
}
