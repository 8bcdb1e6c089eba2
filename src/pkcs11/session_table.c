/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/session_table.h"

session_entry *session_table_in(session_table *table, session_state state)
{
    for (size_t i = 0; i < SESSION_ENTRIES_MAX; i++) {
        if (table->entries[i].state == state) {
            return &table->entries[i];
        }
    }
    return NULL;
}

session_entry *session_table_of(session_table *table, CK_SESSION_HANDLE handle)
{
    for (size_t i = 0; i < SESSION_ENTRIES_MAX; i++) {
        session_entry *at = &table->entries[i];
        if (at->handle == handle && (at->state == SESSION_TAKEN || at->state == SESSION_STALE)) {
            return at;
        }
    }
    return NULL;
}

size_t session_table_count(const session_table *table, session_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < SESSION_ENTRIES_MAX; i++) {
        count += table->entries[i].state == state;
    }
    return count;
}

void session_table_add(session_table *table, CK_SESSION_HANDLE handle)
{
    for (size_t i = 0; i < SESSION_ENTRIES_MAX; i++) {
        session_entry *at = &table->entries[i];
        if (at->handle == handle && (at->state == SESSION_DEAD || at->state == SESSION_IDLE)) {
            at->state = SESSION_NONE;
        }
    }
    session_entry *at = session_table_in(table, SESSION_NONE);
    at = at == NULL ? session_table_in(table, SESSION_DEAD) : at;
    if (at != NULL) {
        *at = (session_entry){handle, SESSION_TAKEN};
    }
}

void session_table_add_dead(session_table *table, CK_SESSION_HANDLE handle)
{
    session_entry *at = session_table_in(table, SESSION_NONE);
    if (at != NULL) {
        *at = (session_entry){handle, SESSION_DEAD};
    }
}

void session_table_age(session_table *table)
{
    for (size_t i = 0; i < SESSION_ENTRIES_MAX; i++) {
        session_entry *at = &table->entries[i];
        at->state = at->state == SESSION_TAKEN ? SESSION_STALE : at->state;
    }
}

void session_table_take_out(session_table *table, session_state state, session_farewell *gone)
{
    for (size_t i = 0; i < SESSION_ENTRIES_MAX; i++) {
        if (table->entries[i].state == state) {
            gone->handles[gone->count++] = table->entries[i].handle;
            table->entries[i].state = SESSION_NONE;
        }
    }
}
