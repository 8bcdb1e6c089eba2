/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/library.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/text.h"

/* What the dynamic linker says, made readable for who gave the wrong path. */
static cihsm_status fail_to_load(const char *path, const char *reason, cihsm_error *err)
{
    const bool is_path = strchr(path, '/') != NULL;
    const bool is_not_found =
        text_starts(reason, path) && strstr(reason, "No such file or directory") != NULL;
    if (!is_path && is_not_found) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "no PKCS#11 module %s in the system's library folders; give its "
                                "whole path with --module",
                                path);
    }
    if (is_path && access(path, F_OK) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "no PKCS#11 module at %s; check the path given with --module",
                                path);
    }
    if (strstr(reason, "invalid ELF header") != NULL || strstr(reason, "file too short") != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s is not a shared library; --module wants the vendor's .so file",
                                path);
    }
    /* glibc does not find a file that is there if it was built for another processor */
    if (is_not_found || strstr(reason, "wrong ELF class") != NULL ||
        strstr(reason, "ELF machine") != NULL ||
        strstr(reason, "cannot open shared object file: Exec format") != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s was built for another kind of machine; install the vendor's "
                                "module for this one",
                                path);
    }
    return cihsm_fail_plain(err, CIHSM_E_CONFIG, "cannot load the PKCS#11 module %s: %s", path,
                            reason);
}

/* The dynamic linker maps a file that was cut off and dies at the first page behind its end. The
 * section headers stand last in what linkers write; a stripped file without them passes. */
static bool is_cut_off(const char *path)
{
    ElfW(Ehdr) header;
    struct stat status;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return false; /* a bare name, or the linker says why */
    }
    const bool is_read =
        read(fd, &header, sizeof header) == (ssize_t)sizeof header && fstat(fd, &status) == 0;
    close(fd);
    return is_read && memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
           header.e_ident[EI_CLASS] == (__ELF_NATIVE_CLASS == 64 ? ELFCLASS64 : ELFCLASS32) &&
           header.e_ident[EI_DATA] ==
               (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB) &&
           header.e_shoff + (uint64_t)header.e_shnum * header.e_shentsize >
               (uint64_t)status.st_size;
}

cihsm_status pkcs11_library_load(const char *path, void **library, cihsm_error *err)
{
    if (is_cut_off(path)) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s is not complete; install the vendor's module again", path);
    }
    ERR_set_mark(); /* constructors of the module run here */
    *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ERR_pop_to_mark();
    if (*library == NULL) {
        const char *reason = dlerror();
        return fail_to_load(path, reason == NULL ? "unknown reason" : reason, err);
    }
    if (dlsym(*library, "C_GetFunctionList") == NULL) {
        dlclose(*library);
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s is a shared library, but no PKCS#11 module (it has no "
                                "C_GetFunctionList)",
                                path);
    }
    return CIHSM_OK;
}
