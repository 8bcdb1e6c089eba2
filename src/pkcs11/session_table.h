/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/session_table - which sessions a pool has, and what each is for. Plain data: no lock, no
 * call of the token. Start with {0}.
 */
#ifndef PKCS11_SESSION_TABLE_H
#define PKCS11_SESSION_TABLE_H

#include <stddef.h>

#include "pkcs11/call.h"
#include "pkcs11/session.h"

/** More than a pool may have sessions that are not dead. */
enum { SESSION_ENTRIES_MAX = 4 * PKCS11_SESSIONS_MAX };

typedef enum session_state {
    SESSION_NONE = 0, /**< the entry is free */
    SESSION_IDLE,
    SESSION_TAKEN,
    SESSION_STALE, /**< taken since before the pool was renewed: closed when it comes back */
    SESSION_DEAD   /**< failed: closed when another one is open */
} session_state;

typedef struct session_entry {
    CK_SESSION_HANDLE handle;
    session_state state;
} session_entry;

typedef struct session_table {
    session_entry entries[SESSION_ENTRIES_MAX];
} session_table;

/** Sessions taken out of a table, to be closed without the lock of its pool. Start with {0}. */
typedef struct session_farewell {
    CK_SESSION_HANDLE handles[SESSION_ENTRIES_MAX];
    size_t count;
} session_farewell;

/** @return an entry in that state; NULL: there is none. */
session_entry *session_table_in(session_table *table, session_state state);

/** @return the entry of a session that somebody has; NULL: nobody has it. */
session_entry *session_table_of(session_table *table, CK_SESSION_HANDLE handle);

size_t session_table_count(const session_table *table, session_state state);

/**
 * Adds a session just opened, as taken. A token that was reset gives the numbers of old sessions
 * out again: an old one of the same number is no more.
 */
void session_table_add(session_table *table, CK_SESSION_HANDLE handle);

/** Adds one that could not be closed, if there is room. */
void session_table_add_dead(session_table *table, CK_SESSION_HANDLE handle);

/** What is taken is stale from now on. */
void session_table_age(session_table *table);

/** Takes all in that state out. */
void session_table_take_out(session_table *table, session_state state, session_farewell *gone);

#endif
