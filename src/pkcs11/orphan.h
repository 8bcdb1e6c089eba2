/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/orphan - sessions that are open and that nobody has: their token was freed while the
 * module did not answer, or the call that opened them was left. They are closed when it answers,
 * for tokens have few sessions.
 */
#ifndef PKCS11_ORPHAN_H
#define PKCS11_ORPHAN_H

#include <pthread.h>

#include "pkcs11/call.h"

typedef struct pkcs11_orphan pkcs11_orphan;

/** The orphans of one module. Start with pkcs11_orphans_init. */
typedef struct pkcs11_orphans {
    pthread_mutex_t lock; /* guards the list */
    pkcs11_orphan *first;
} pkcs11_orphans;

void pkcs11_orphans_init(pkcs11_orphans *of);

/**
 * Adds a session; for want of memory it stays open until the module is finalised.
 *
 * @param generation  of the module, in which the session was opened
 */
void pkcs11_orphan_add(pkcs11_module *module, CK_SESSION_HANDLE session, unsigned long generation);

/** A session of this number was opened just now: an orphan of the same number is no more. */
void pkcs11_orphan_forget(pkcs11_module *module, CK_SESSION_HANDLE session);

/** Closes all of them; called by who has entered the module. */
void pkcs11_orphans_close(const pkcs11_link *link);

/** Forgets all of them: the module was finalised. */
void pkcs11_orphans_clear(pkcs11_orphans *of);

#endif
