/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim/ledger - what the caller did: counts, sessions and searches, refused PINs. Judges nothing
 * itself; writes a report that tests read. Not thread-safe: shim.c holds its lock.
 */
#ifndef SHIM_LEDGER_H
#define SHIM_LEDGER_H

#include <stdbool.h>

#include <p11-kit/pkcs11.h>

#include "shim/functions.h"

enum { SHIM_SESSIONS_MAX = 4096, SHIM_PINS_MAX = 64, SHIM_PATH_MAX = 512 };

typedef struct shim_session {
    CK_SESSION_HANDLE handle;
    CK_SLOT_ID slot;
    bool searching;
} shim_session;

typedef struct shim_ledger {
    char path[SHIM_PATH_MAX]; /* of the report; "" for none */
    bool initialized;
    bool changed; /* since the report was written */
    unsigned long counts[SHIM_FUNCTION_COUNT];
    unsigned long sessions_opened, sessions_closed, searches_opened, searches_closed;
    unsigned long sessions_dropped; /* open at a C_Finalize before a C_Initialize */
    unsigned long calls_after_finalize, refused_pins_repeated;
    unsigned refused_in_a_row; /* the token's memory: kept when a new count starts */
    shim_session sessions[SHIM_SESSIONS_MAX];
    unsigned session_count;
    unsigned long pins[SHIM_PINS_MAX]; /* hashes of refused PINs, for the life of the process */
    unsigned pin_count;
} shim_ledger;

/** Forgets everything but the refused PINs and tries; @p path may be NULL. */
void shim_ledger_start(shim_ledger *ledger, const char *path);

void shim_ledger_session_opened(shim_ledger *ledger, CK_SESSION_HANDLE session, CK_SLOT_ID slot);
void shim_ledger_session_closed(shim_ledger *ledger, CK_SESSION_HANDLE session);
void shim_ledger_slot_closed(shim_ledger *ledger, CK_SLOT_ID slot);
/** C_Initialize is called: what was still open at a C_Finalize before was dropped on purpose. */
void shim_ledger_initialize(shim_ledger *ledger);

void shim_ledger_search(shim_ledger *ledger, CK_SESSION_HANDLE session, bool begins);

/** One C_Login. Counts a PIN that was refused before; remembers one that is refused now. */
void shim_ledger_login(shim_ledger *ledger, CK_SESSION_HANDLE session, CK_USER_TYPE user,
                       const CK_BYTE *pin, CK_ULONG pin_len, bool refused);

/** Writes "name value" lines. Does nothing without a path, or if nothing was called since. */
void shim_ledger_write(shim_ledger *ledger);

#endif
