/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of the network as libcurl finds them: this program's own, in front of the C library's.
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault.h"

__attribute__((visibility("default"))) ssize_t send(int fd, const void *bytes, size_t len,
                                                    int flags)
{
    return fault_is_due(FAULT_SEND, ECONNRESET)
               ? -1
               : (ssize_t)syscall(SYS_sendto, fd, bytes, len, flags, NULL, 0);
}

__attribute__((visibility("default"))) ssize_t recv(int fd, void *bytes, size_t len, int flags)
{
    return fault_is_due(FAULT_RECV, ECONNRESET)
               ? -1
               : (ssize_t)syscall(SYS_recvfrom, fd, bytes, len, flags, NULL, NULL);
}

/* The C library declares the address as a union of pointers. */
__attribute__((visibility("default"))) int connect(int fd, __CONST_SOCKADDR_ARG to,
                                                   socklen_t to_len)
{
    return fault_is_due(FAULT_CONNECT, ENETUNREACH)
               ? -1
               : (int)syscall(SYS_connect, fd, to.__sockaddr__, to_len);
}
