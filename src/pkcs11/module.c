/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/module.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "pkcs11/code.h"
#include "pkcs11/functions.h"

/* One initialisation at a time: the lock is held through C_Initialize and C_Finalize. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static pkcs11_module *registry;

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

static cihsm_status load(const char *path, void **library, cihsm_error *err)
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

static pkcs11_module *registered(void *library)
{
    pkcs11_module *module = registry;
    while (module != NULL && module->library != library) {
        module = module->next;
    }
    return module;
}

/* Registers a library for the life of the process; the same file gives the same handle. */
static cihsm_status find_module(const char *path, pkcs11_module **out, cihsm_error *err)
{
    void *library = NULL;
    CIHSM_TRY(load(path, &library, err));
    *out = registered(library);
    if (*out != NULL) {
        dlclose(library); /* gives back the reference just taken, the first one stays */
        return CIHSM_OK;
    }
    pkcs11_module *module = calloc(1, sizeof *module);
    char *copy = strdup(path);
    if (module == NULL || copy == NULL) {
        free(module);
        free(copy);
        dlclose(library);
        return cihsm_fail_memory(err);
    }
    module->library = library;
    module->path = copy;
    module->next = registry;
    registry = module;
    *out = module;
    return CIHSM_OK;
}

typedef struct function_list_args {
    CK_C_GetFunctionList get;
    CK_FUNCTION_LIST **out;
} function_list_args;

static CK_RV run_get_function_list(CK_FUNCTION_LIST *functions, void *args)
{
    (void)functions;
    const function_list_args *a = args;
    return a->get(a->out);
}

/* C_GenerateKeyPair may be missing; without one of these nothing works. */
static bool is_complete(const CK_FUNCTION_LIST *list)
{
    return list->C_Initialize != NULL && list->C_Finalize != NULL && list->C_GetSlotList != NULL &&
           list->C_GetTokenInfo != NULL && list->C_OpenSession != NULL &&
           list->C_CloseSession != NULL && list->C_GetSessionInfo != NULL &&
           list->C_Login != NULL && list->C_FindObjectsInit != NULL &&
           list->C_FindObjects != NULL && list->C_FindObjectsFinal != NULL &&
           list->C_GetAttributeValue != NULL && list->C_SignInit != NULL && list->C_Sign != NULL;
}

static cihsm_status get_functions(const pkcs11_link *link, cihsm_error *err)
{
    pkcs11_module *module = link->module;
    CK_FUNCTION_LIST *list = NULL;
    function_list_args args = {.out = &list};
    void *symbol = dlsym(module->library, "C_GetFunctionList");
    memcpy(&args.get, &symbol, sizeof symbol); /* POSIX: a symbol may be a function */

    const CK_RV rv = pkcs11_call(link, PKCS11_C_GetFunctionList, run_get_function_list, &args);
    if (rv != CKR_OK) {
        pkcs11_code_text name;
        return cihsm_fail(err, CIHSM_E_CONFIG, CIHSM_FROM_TOKEN, rv,
                          "the PKCS#11 module %s does not start: C_GetFunctionList answers %s",
                          module->path, pkcs11_code_name(rv, &name));
    }
    if (list == NULL || !is_complete(list)) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the PKCS#11 module %s lacks functions that signing needs",
                                module->path);
    }
    module->functions = list;
    return CIHSM_OK;
}

static cihsm_status initialize(const pkcs11_link *link, cihsm_error *err)
{
    pkcs11_module *module = link->module;
    /* NSS knows one more member after pReserved and reads it: there must be a NULL. */
    struct {
        CK_C_INITIALIZE_ARGS standard;
        void *nss_reserved;
    } args = {.standard = {.flags = CKF_OS_LOCKING_OK, .pReserved = module->init_string}};

    const CK_RV rv = pkcs11_c_initialize(link, &args.standard);
    if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        return pkcs11_fail(err, rv, "cannot initialise the PKCS#11 module %s", module->path);
    }
    module->must_finalize = rv == CKR_OK;
    return CIHSM_OK;
}

static cihsm_status start(const pkcs11_link *link, const char *init_string, bool alone,
                          cihsm_error *err)
{
    pkcs11_module *module = link->module;
    if (module->is_alone || (alone && module->users > 0)) {
        return cihsm_fail_plain(err, CIHSM_E_STATE,
                                "the PKCS#11 module %s is in use by this process; a token is "
                                "administered while nothing else of its module is open",
                                module->path);
    }
    if (module->users > 0) {
        if (!text_equal(module->init_string, init_string)) {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                    "the PKCS#11 module %s is in use with another init string",
                                    module->path);
        }
        return CIHSM_OK;
    }
    CIHSM_TRY(text_set(&module->init_string, init_string, err));
    CIHSM_TRY(get_functions(link, err));
    return initialize(link, err);
}

static cihsm_status join(pkcs11_link *link, const char *path, const char *init_string, bool alone,
                         cihsm_error *err)
{
    if (path == NULL || *path == '\0') {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "no PKCS#11 module is set; give its path with --module");
    }
    pkcs11_link joined = *link;
    pthread_mutex_lock(&registry_lock);
    const long long start_us = log_clock_us();
    cihsm_status status = find_module(path, &joined.module, err);
    log_timed(link->log, CIHSM_PHASE_MODULE, log_clock_us() - start_us);
    if (status == CIHSM_OK) {
        status = start(&joined, init_string, alone, err);
    }
    if (status == CIHSM_OK) {
        joined.module->users++;
        joined.module->is_alone = alone;
        link->module = joined.module;
    }
    pthread_mutex_unlock(&registry_lock);
    return status;
}

cihsm_status pkcs11_module_join(pkcs11_link *link, const char *path, const char *init_string,
                                cihsm_error *err)
{
    return join(link, path, init_string, false, err);
}

cihsm_status pkcs11_module_join_alone(pkcs11_link *link, const char *path, const char *init_string,
                                      cihsm_error *err)
{
    return join(link, path, init_string, true, err);
}

void pkcs11_module_leave(pkcs11_link *link)
{
    if (link == NULL || link->module == NULL) {
        return;
    }
    pthread_mutex_lock(&registry_lock);
    pkcs11_module *module = link->module;
    module->users--;
    module->is_alone = false;
    if (module->users == 0 && module->must_finalize) {
        const CK_RV rv = pkcs11_c_finalize(link);
        if (rv != CKR_OK) {
            pkcs11_code_text name;
            log_line(link->log, CIHSM_LOG_WARN, "token", "the module %s does not close: %s",
                     module->path, pkcs11_code_name(rv, &name));
        }
        module->must_finalize = false;
    }
    pthread_mutex_unlock(&registry_lock);
    link->module = NULL;
}

unsigned long pkcs11_module_count(const pkcs11_module *module, pkcs11_function function)
{
    return atomic_load_explicit(&module->counts[function], memory_order_relaxed);
}
