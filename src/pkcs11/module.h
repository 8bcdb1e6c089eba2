/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/module - PKCS#11 modules of this process, each loaded and initialised once.
 *
 * A module stays registered, and its library mapped, until the process ends: modules leave threads
 * and exit handlers behind that do not survive dlclose. It is initialised by the first user and
 * finalised when the last one is gone, but only if this library initialised it.
 */
#ifndef PKCS11_MODULE_H
#define PKCS11_MODULE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "pkcs11/call.h"

/* Fields belong to module.c, except that call.c counts and uses the function list. */
struct pkcs11_module {
    pkcs11_module *next;
    void *library;
    char *path;
    char *init_string; /* of the current initialisation; may be NULL */
    CK_FUNCTION_LIST *functions;
    unsigned users;
    bool must_finalize;
    bool is_alone; /* its one user keeps it for itself */
    atomic_ulong counts[PKCS11_FUNCTION_COUNT];
};

/**
 * Loads and initialises the module, or joins those who use it already.
 *
 * @param link  its log is used; out: its module, give it back with pkcs11_module_leave
 *
 * @retval CIHSM_E_CONFIG  not there, not loadable, not a PKCS#11 module, or in use with another
 *                         init string
 * @retval CIHSM_E_TOKEN   C_Initialize failed
 * @retval CIHSM_E_STATE   somebody has it alone
 */
CIHSM_NODISCARD cihsm_status pkcs11_module_join(pkcs11_link *link, const char *path,
                                                const char *init_string, cihsm_error *err);

/**
 * The same for who must be its only user in this process, because what it does ends the sessions
 * and logins of all: nobody can join until it leaves.
 *
 * @retval CIHSM_E_STATE  the module is in use
 */
CIHSM_NODISCARD cihsm_status pkcs11_module_join_alone(pkcs11_link *link, const char *path,
                                                      const char *init_string, cihsm_error *err);

/** Sets link->module to NULL; finalises the module if that was its last user. NULL is fine. */
void pkcs11_module_leave(pkcs11_link *link);

/** @return how often a function was called since the process started. */
unsigned long pkcs11_module_count(const pkcs11_module *module, pkcs11_function function);

#endif
