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
#include <sys/types.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/token.h"
#include "pkcs11/call.h"
#include "pkcs11/gate.h"
#include "pkcs11/orphan.h"

/* Fields belong to module.c, except that call.c counts, uses the function list, and notes that the
 * module is initialised if that was told too late, and takes turns. */
struct pkcs11_module {
    pkcs11_module *next;
    void *library;
    char *path;
    char *init_string; /* of the current initialisation; may be NULL */
    CK_FUNCTION_LIST *functions;
    unsigned users;
    bool is_initialized;
    bool is_ours;      /* this library initialised it, and so may finalise it */
    bool is_alone;     /* its one user keeps it for itself */
    pid_t process;     /* whose initialisation this is */
    bool is_inherited; /* its memory is that of a parent process in which it was initialised */
    pkcs11_crew crew;  /* where calls are made */
    pkcs11_orphans orphans;
    pkcs11_gate gate;        /* who uses it is inside, who initialises it anew alone */
    bool is_one_at_a_time;   /* of its calls */
    pkcs11_gate turn;        /* who calls it is alone, if that is so */
    atomic_ulong generation; /* counts how often that was done */
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

/** @return a link without a module, as a configuration wants it. */
pkcs11_link pkcs11_link_of(const cihsm_token_config *config);

/** Sets link->module to NULL; finalises the module if that was its last user. NULL is fine. */
void pkcs11_module_leave(pkcs11_link *link);

/**
 * From here to pkcs11_module_exit the module is not initialised anew. For a thread that has no
 * lease (pkcs11/lease), which is this and more.
 *
 * @retval CIHSM_E_TIMEOUT  another thread does that since long; or a call that was left has not
 *                          returned
 * @retval CIHSM_E_TOKEN    it could not be initialised again the last time
 * @retval CIHSM_E_STATE    this process was forked from the one that opened the token
 */
CIHSM_NODISCARD cihsm_status pkcs11_module_enter(const pkcs11_link *link, cihsm_error *err);
void pkcs11_module_exit(const pkcs11_link *link);

/** True in a process forked from the one that uses the module: it must not be called here. */
bool pkcs11_module_is_forked(const pkcs11_module *module);

/** @return another number after each time that the module was initialised anew. */
unsigned long pkcs11_module_generation(const pkcs11_module *module);

/** True if it has more users than the one who asks. */
bool pkcs11_module_is_shared(const pkcs11_module *module);

/** True if this library initialised the module, and so may do it again. */
bool pkcs11_module_may_restart(const pkcs11_module *module);

/**
 * Finalises and initialises the module, once all threads are out of it; all sessions, handles and
 * logins are gone then. Does nothing if another thread did that since @p generation.
 *
 * @retval CIHSM_E_TOKEN    C_Initialize failed; the next restart tries again
 * @retval CIHSM_E_TIMEOUT  other threads do not leave; or a call that was left has not returned
 */
CIHSM_NODISCARD cihsm_status pkcs11_module_restart(const pkcs11_link *link,
                                                   unsigned long generation, cihsm_error *err);

/** @return how often a function was called since the process started. */
unsigned long pkcs11_module_count(const pkcs11_module *module, pkcs11_function function);

#endif
