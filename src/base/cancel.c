/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cancel.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "cihsm/scope.h"

struct cihsm_cancel {
    atomic_bool is_requested; /* lock-free wherever there is an eventfd */
    int fd;
};

cihsm_status cihsm_cancel_new(cihsm_cancel **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_cancel_free) cihsm_cancel *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    made->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made->fd < 0) {
        return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot open a descriptor");
    }
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

void cihsm_cancel_request(cihsm_cancel *cancel)
{
    static const uint64_t ONE = 1;
    const int before = errno; /* of whom a signal interrupted */
    atomic_store(&cancel->is_requested, true);
    const ssize_t put = write(cancel->fd, &ONE, sizeof ONE);
    (void)put; /* it can only fail where the counter is full, and then it is readable */
    errno = before;
}

bool cihsm_cancel_is_requested(const cihsm_cancel *cancel)
{
    return cancel != NULL && atomic_load(&cancel->is_requested);
}

int cihsm_cancel_descriptor(const cihsm_cancel *cancel)
{
    return cancel->fd;
}

void cihsm_cancel_free(cihsm_cancel **cancel)
{
    if (*cancel == NULL) {
        return;
    }
    if ((*cancel)->fd >= 0) {
        close((*cancel)->fd);
    }
    free(*cancel);
    *cancel = NULL;
}

cihsm_status cancel_check(const cihsm_cancel *cancel, const char *what, cihsm_error *err)
{
    return cihsm_cancel_is_requested(cancel)
               ? cihsm_fail_plain(err, CIHSM_E_CANCELED, "canceled: %s", what)
               : CIHSM_OK;
}
