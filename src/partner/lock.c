/* SPDX-License-Identifier: Apache-2.0 */
#include "partner/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"

/* NFS for one locks nothing that is open for reading only. */
static cihsm_status lock(const partner_lock *held, int how, cihsm_error *err)
{
    if (held->fd < 0 || flock(held->fd, how | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_BUSY,
                            "another \"cihsm partner export\" or \"apply\" is at work in this "
                            "folder: wait for its end");
}

cihsm_status partner_lock_take(const char *folder, bool is_alone, partner_lock *out,
                               cihsm_error *err)
{
    out->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->fd < 0 && errno != ENOENT) {
        return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot open the folder %.300s", folder);
    }
    const cihsm_status status = lock(out, is_alone ? LOCK_EX : LOCK_SH, err);
    if (status != CIHSM_OK) {
        partner_lock_release(out);
    }
    return status;
}

cihsm_status partner_lock_alone(const partner_lock *held, cihsm_error *err)
{
    return lock(held, LOCK_EX, err);
}

void partner_lock_release(partner_lock *held)
{
    if (held->fd >= 0) {
        close(held->fd);
    }
    held->fd = -1;
}
