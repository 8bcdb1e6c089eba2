/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For LD_PRELOAD: a name server that does not answer. Each name is looked up for CIHSM_SLOW_NAMES
 * seconds and is not found then. The file CIHSM_SLOW_NAMES_FILE is made before.
 */
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void tell(const char *path)
{
    const int fd = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        abort(); /* the test is wrong */
    }
    close(fd);
}

__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **out)
{
    (void)name;
    (void)service;
    (void)hints;
    *out = NULL;
    tell(getenv("CIHSM_SLOW_NAMES_FILE"));
    const char *seconds = getenv("CIHSM_SLOW_NAMES");
    sleep(seconds == NULL ? 0 : (unsigned)strtoul(seconds, NULL, 10));
    return EAI_AGAIN;
}
