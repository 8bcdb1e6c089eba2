/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/module.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/time.h"
#include "pkcs11/code.h"
#include "pkcs11/deadline.h"
#include "pkcs11/functions.h"
#include "pkcs11/library.h"

enum { TIMEOUT_MS = 30000 };

/* One initialisation at a time: the lock is held through C_Initialize and C_Finalize. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static pkcs11_module *registry;

static pkcs11_module *registered(void *library)
{
    pkcs11_module *module = registry;
    while (module != NULL && module->library != library) {
        module = module->next;
    }
    return module; /* the newest: that of this process if it was forked */
}

bool pkcs11_module_is_forked(const pkcs11_module *module)
{
    return module->process != getpid();
}

/* When its link breaks with several calls inside, the client of p11-kit (0.24 to 0.26,
 * rpc-transport.c) lets some of them wait for ever, and closes a descriptor that others still read
 * from. At the other end of the link they are made one after another anyway. */
static bool takes_one_at_a_time(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash == NULL ? path : slash + 1, "p11-kit-client.so") == 0;
}

/* Registers a library for the life of the process; the same file gives the same handle. */
static cihsm_status find_module(const char *path, pkcs11_module **out, cihsm_error *err)
{
    void *library = NULL;
    CIHSM_TRY(pkcs11_library_load(path, &library, err));
    *out = registered(library);
    const pkcs11_module *inherited = *out;
    if (inherited != NULL && !pkcs11_module_is_forked(inherited)) {
        dlclose(library); /* gives back the reference just taken, the first one stays */
        return CIHSM_OK;
    }
    pkcs11_module *module = calloc(1, sizeof *module);
    char *copy = strdup(path);
    if (module == NULL || copy == NULL || !pkcs11_gate_init(&module->gate) ||
        !pkcs11_gate_init(&module->turn)) {
        free(module);
        free(copy);
        dlclose(library);
        return cihsm_fail_memory(err);
    }
    pkcs11_crew_init(&module->crew);
    pkcs11_orphans_init(&module->orphans);
    module->library = library;
    module->path = copy;
    module->is_one_at_a_time = takes_one_at_a_time(path);
    module->process = getpid();
    module->is_inherited = inherited != NULL && inherited->is_ours && inherited->is_initialized;
    module->next = registry;
    registry = module;
    *out = module;
    return CIHSM_OK;
}

typedef struct function_list_args {
    CK_C_GetFunctionList get;
    CK_FUNCTION_LIST *list;
} function_list_args;

static CK_RV run_get_function_list(CK_FUNCTION_LIST *functions, void *args)
{
    (void)functions;
    function_list_args *a = args;
    return a->get(&a->list);
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
    function_list_args args = {.list = NULL};
    void *symbol = dlsym(module->library, "C_GetFunctionList");
    memcpy(&args.get, &symbol, sizeof symbol); /* POSIX: a symbol may be a function */

    const CK_RV rv =
        pkcs11_call(link, PKCS11_C_GetFunctionList, run_get_function_list, &args, sizeof args);
    if (rv >= PKCS11_R_FIRST) {
        return pkcs11_fail(err, rv, "the PKCS#11 module %s does not start", module->path);
    }
    if (rv != CKR_OK) {
        pkcs11_code_text name;
        return cihsm_fail(err, CIHSM_E_CONFIG, CIHSM_FROM_TOKEN, rv,
                          "the PKCS#11 module %s does not start: C_GetFunctionList answers %s",
                          module->path, pkcs11_code_name(rv, &name));
    }
    if (args.list == NULL || !is_complete(args.list)) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the PKCS#11 module %s lacks functions that signing needs",
                                module->path);
    }
    module->functions = args.list;
    return CIHSM_OK;
}

static void finalize(const pkcs11_link *link)
{
    pkcs11_orphans_clear(&link->module->orphans);
    const CK_RV rv = pkcs11_c_finalize(link);
    if (rv != CKR_OK) {
        pkcs11_code_text name;
        log_line(link->log, CIHSM_LOG_WARN, "token", "the module %s does not close: %s",
                 link->module->path, pkcs11_code_name(rv, &name));
    }
    link->module->is_initialized = false;
}

/* In a process forked from one that had initialised the module some modules do not notice that.
 * What they have of it is given up without being used. */
static CK_RV initialize_afresh(const pkcs11_link *link)
{
    pkcs11_module *module = link->module;
    CK_RV rv = pkcs11_c_initialize(link, module->init_string);
    if (rv == CKR_CRYPTOKI_ALREADY_INITIALIZED && module->is_inherited) {
        finalize(link);
        rv = pkcs11_c_initialize(link, module->init_string);
    }
    module->is_inherited = false;
    return rv;
}

static cihsm_status initialize(const pkcs11_link *link, bool *is_first, cihsm_error *err)
{
    pkcs11_module *module = link->module;
    const CK_RV rv = initialize_afresh(link);
    if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        return pkcs11_fail(err, rv, "cannot initialise the PKCS#11 module %s", module->path);
    }
    *is_first = rv == CKR_OK;
    module->is_initialized = true;
    return CIHSM_OK;
}

/* @retval CIHSM_E_TIMEOUT  a call that was left has not returned */
static cihsm_status check_answering(const pkcs11_link *link, cihsm_error *err)
{
    pkcs11_module *module = link->module;
    int64_t since_ms = 0;
    const unsigned left = pkcs11_crew_left(&module->crew, &since_ms);
    if (left == 0) {
        return CIHSM_OK;
    }
    char since[CIHSM_TIME_SIZE];
    cihsm_time_write(since_ms / 1000 * 1000, since);
    return cihsm_fail(err, CIHSM_E_TIMEOUT, CIHSM_FROM_TOKEN, PKCS11_R_STUCK,
                      "the PKCS#11 module %s has not answered %u call%s that had to be left, since "
                      "%s UTC; repeat when it does, or start this program again",
                      module->path, left, left == 1 ? "" : "s", since);
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
    CIHSM_TRY(check_answering(link, err));
    if (module->is_initialized) {
        finalize(link); /* it could not be when its last user left: a call was stuck */
    }
    CIHSM_TRY(text_set(&module->init_string, init_string, err));
    CIHSM_TRY(get_functions(link, err));
    return initialize(link, &module->is_ours, err);
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

pkcs11_link pkcs11_link_of(const cihsm_token_config *config)
{
    const long timeout_ms = config->timeout_ms == 0 ? TIMEOUT_MS : config->timeout_ms;
    return (pkcs11_link){.log = config->log, .timeout_ms = timeout_ms < 0 ? 0 : timeout_ms};
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

/* Its last user is gone. While a call is stuck in it, it stays as it is. */
static void close_module(const pkcs11_link *link)
{
    pkcs11_module *module = link->module;
    const bool is_answering = check_answering(link, NULL) == CIHSM_OK;
    if (module->is_ours && module->is_initialized && is_answering) {
        finalize(link);
    }
    module->is_initialized = module->is_ours && module->is_initialized;
    pkcs11_crew_dismiss(&module->crew);
}

void pkcs11_module_leave(pkcs11_link *link)
{
    if (link == NULL || link->module == NULL) {
        return;
    }
    pkcs11_module *module = link->module;
    if (pkcs11_module_is_forked(module)) {
        link->module = NULL; /* another thread of the parent may have held the lock at the fork */
        return;
    }
    pthread_mutex_lock(&registry_lock);
    module->users--;
    module->is_alone = false;
    if (module->users == 0) {
        close_module(link);
    }
    pthread_mutex_unlock(&registry_lock);
    link->module = NULL;
}

unsigned long pkcs11_module_count(const pkcs11_module *module, pkcs11_function function)
{
    return atomic_load_explicit(&module->counts[function], memory_order_relaxed);
}

unsigned long pkcs11_module_generation(const pkcs11_module *module)
{
    return atomic_load(&module->generation);
}

cihsm_status pkcs11_module_enter(const pkcs11_link *link, cihsm_error *err)
{
    if (pkcs11_module_is_forked(link->module)) {
        return pkcs11_fail(err, PKCS11_R_FORKED, "the token cannot be used here");
    }
    CIHSM_TRY(check_answering(link, err));
    if (!pkcs11_gate_enter(&link->module->gate, pkcs11_deadline_us(link))) {
        return cihsm_fail_plain(err, CIHSM_E_TIMEOUT,
                                "the PKCS#11 module %s is still being initialised anew by another "
                                "thread; try later",
                                link->module->path);
    }
    if (!link->module->is_initialized) {
        pkcs11_gate_leave(&link->module->gate);
        return pkcs11_fail(err, CKR_CRYPTOKI_NOT_INITIALIZED, "the PKCS#11 module %s is closed",
                           link->module->path);
    }
    pkcs11_orphans_close(link);
    return CIHSM_OK;
}

void pkcs11_module_exit(const pkcs11_link *link)
{
    pkcs11_gate_leave(&link->module->gate);
}

bool pkcs11_module_is_shared(const pkcs11_module *module)
{
    pthread_mutex_lock(&registry_lock);
    const bool is_shared = module->users > 1;
    pthread_mutex_unlock(&registry_lock);
    return is_shared;
}

bool pkcs11_module_may_restart(const pkcs11_module *module)
{
    return module->is_ours;
}

static cihsm_status restart(const pkcs11_link *link, cihsm_error *err)
{
    pkcs11_module *module = link->module;
    if (module->is_initialized) {
        finalize(link);
    }
    bool is_first = false; /* if not, it did not close: it is ours all the same */
    const cihsm_status status = initialize(link, &is_first, err);
    atomic_fetch_add(&module->generation, 1);
    return status;
}

cihsm_status pkcs11_module_restart(const pkcs11_link *link, unsigned long generation,
                                   cihsm_error *err)
{
    pkcs11_module *module = link->module;
    if (!pkcs11_gate_close(&module->gate, pkcs11_deadline_us(link))) {
        return cihsm_fail_plain(err, CIHSM_E_TIMEOUT,
                                "other threads are still busy with the PKCS#11 module %s",
                                module->path);
    }
    cihsm_status status = check_answering(link, err);
    if (status == CIHSM_OK && module->generation == generation) {
        status = restart(link, err);
    }
    pkcs11_gate_open(&module->gate);
    return status;
}
