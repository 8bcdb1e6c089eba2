/* SPDX-License-Identifier: Apache-2.0 */
#include "shim/ledger.h"

#include <stdio.h>
#include <string.h>

void shim_ledger_start(shim_ledger *ledger, const char *path)
{
    shim_ledger fresh = {.initialized = false};
    memcpy(fresh.pins, ledger->pins, sizeof fresh.pins);
    fresh.pin_count = ledger->pin_count;
    fresh.refused_in_a_row = ledger->refused_in_a_row;
    snprintf(fresh.path, sizeof fresh.path, "%s", path == NULL ? "" : path);
    *ledger = fresh;
}

static shim_session *session_of(shim_ledger *ledger, CK_SESSION_HANDLE handle)
{
    for (unsigned i = 0; i < ledger->session_count; i++) {
        if (ledger->sessions[i].handle == handle) {
            return &ledger->sessions[i];
        }
    }
    return NULL;
}

void shim_ledger_session_opened(shim_ledger *ledger, CK_SESSION_HANDLE session, CK_SLOT_ID slot)
{
    ledger->sessions_opened++;
    if (ledger->session_count < SHIM_SESSIONS_MAX) {
        ledger->sessions[ledger->session_count++] = (shim_session){session, slot, false};
    }
}

static void forget(shim_ledger *ledger, shim_session *session)
{
    ledger->sessions_closed++;
    ledger->session_count--;
    *session = ledger->sessions[ledger->session_count];
}

void shim_ledger_session_closed(shim_ledger *ledger, CK_SESSION_HANDLE session)
{
    shim_session *found = session_of(ledger, session);
    if (found != NULL) {
        forget(ledger, found);
    }
}

void shim_ledger_slot_closed(shim_ledger *ledger, CK_SLOT_ID slot)
{
    for (unsigned i = ledger->session_count; i > 0; i--) {
        if (ledger->sessions[i - 1].slot == slot) {
            forget(ledger, &ledger->sessions[i - 1]);
        }
    }
}

void shim_ledger_initialize(shim_ledger *ledger)
{
    for (unsigned i = 0; i < ledger->session_count; i++) {
        ledger->searches_closed += ledger->sessions[i].searching ? 1 : 0;
    }
    ledger->sessions_dropped += ledger->session_count;
    ledger->session_count = 0;
}

void shim_ledger_search(shim_ledger *ledger, CK_SESSION_HANDLE session, bool begins)
{
    shim_session *found = session_of(ledger, session);
    if (found == NULL || found->searching == begins) {
        return;
    }
    found->searching = begins;
    ledger->searches_opened += begins ? 1 : 0;
    ledger->searches_closed += begins ? 0 : 1;
}

/* FNV-1a: enough to recognise the PIN of a test. */
static unsigned long mix(unsigned long hash, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ at[i]) * 0x100000001b3UL;
    }
    return hash;
}

static bool is_refused(const shim_ledger *ledger, unsigned long pin)
{
    for (unsigned i = 0; i < ledger->pin_count; i++) {
        if (ledger->pins[i] == pin) {
            return true;
        }
    }
    return false;
}

void shim_ledger_login(shim_ledger *ledger, CK_SESSION_HANDLE session, CK_USER_TYPE user,
                       const CK_BYTE *pin, CK_ULONG pin_len, bool refused)
{
    const shim_session *found = session_of(ledger, session);
    unsigned long hash = 0xcbf29ce484222325UL;
    hash = mix(hash, found == NULL ? &session : &found->slot, sizeof session);
    hash = mix(hash, &user, sizeof user);
    hash = mix(hash, pin, pin == NULL ? 0 : pin_len);
    const bool known = is_refused(ledger, hash);
    if (known) {
        ledger->refused_pins_repeated++;
    }
    ledger->refused_in_a_row = refused ? ledger->refused_in_a_row + 1 : 0;
    if (refused && !known && pin != NULL && ledger->pin_count < SHIM_PINS_MAX) {
        ledger->pins[ledger->pin_count++] = hash;
    }
}

static void write_counts(const shim_ledger *ledger, FILE *file)
{
    unsigned long calls = 0;
    for (int i = 0; i < SHIM_FUNCTION_COUNT; i++) {
        calls += ledger->counts[i];
        if (ledger->counts[i] > 0) {
            fprintf(file, "%s %lu\n", shim_function_name((shim_function)i), ledger->counts[i]);
        }
    }
    fprintf(file, "calls %lu\n", calls);
}

void shim_ledger_write(shim_ledger *ledger)
{
    if (ledger->path[0] == '\0' || !ledger->changed) {
        return;
    }
    FILE *file = fopen(ledger->path, "we");
    if (file == NULL) {
        perror(ledger->path);
        return;
    }
    write_counts(ledger, file);
    fprintf(file, "sessions-opened %lu\n", ledger->sessions_opened);
    fprintf(file, "sessions-closed %lu\n", ledger->sessions_closed);
    fprintf(file, "sessions-dropped %lu\n", ledger->sessions_dropped);
    fprintf(file, "searches-opened %lu\n", ledger->searches_opened);
    fprintf(file, "searches-closed %lu\n", ledger->searches_closed);
    fprintf(file, "calls-after-finalize %lu\n", ledger->calls_after_finalize);
    fprintf(file, "refused-pins-repeated %lu\n", ledger->refused_pins_repeated);
    fclose(file);
    ledger->changed = false;
}
