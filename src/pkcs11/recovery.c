/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/recovery.h"

#include <stdint.h>

#include <openssl/rand.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "pkcs11/code.h"
#include "pkcs11/deadline.h"
#include "pkcs11/module.h"
#include "pkcs11/revive.h"
#include "pkcs11/token.h"

enum { PAUSE_LEAST_MS = 100, PAUSE_SPREAD_MS = 256 };

/* A key or token that was there before and is not found is as good as pulled. */
static pkcs11_remedy remedy_of(const cihsm_error *failure)
{
    if (failure->status == CIHSM_E_TIMEOUT) {
        return PKCS11_REMEDY_LATER;
    }
    if (failure->status != CIHSM_E_TOKEN) {
        return PKCS11_REMEDY_NONE;
    }
    return failure->origin == CIHSM_FROM_TOKEN ? pkcs11_code_remedy(failure->native)
                                               : PKCS11_REMEDY_TOKEN;
}

static pkcs11_remedy remedy_for(const pkcs11_lease *lease, const cihsm_error *failure)
{
    return lease->is_login_lost ? PKCS11_REMEDY_NONE : remedy_of(failure);
}

static bool is_for_module(pkcs11_remedy remedy)
{
    return remedy == PKCS11_REMEDY_TOKEN || remedy == PKCS11_REMEDY_PAUSE ||
           remedy == PKCS11_REMEDY_MODULE;
}

void pkcs11_recovery_note(const pkcs11_lease *lease, const cihsm_error *failure)
{
    const pkcs11_remedy remedy = remedy_for(lease, failure);
    if (failure->origin != CIHSM_FROM_TOKEN || remedy == PKCS11_REMEDY_NONE) {
        return;
    }
    pkcs11_revive_later(lease);
    if (lease->was_revived && !lease->did_module && is_for_module(remedy)) {
        atomic_store(&lease->token->spent, lease->generation); /* new sessions did not help */
    }
}

/* Threads and processes that lost the same HSM do not come back at the same moment. */
static bool wait_a_little(void)
{
    const clock_source clock = clock_system(NULL);
    uint8_t spread = 0;
    (void)RAND_bytes(&spread, 1); /* without it the pause is the shortest */
    return clock_sleep_ms(&clock, PAUSE_LEAST_MS + spread % PAUSE_SPREAD_MS);
}

/* @param next  what is done about it */
static void tell(const pkcs11_lease *lease, const cihsm_error *failure, const char *next)
{
    const cihsm_token *token = lease->token;
    pkcs11_code_text room;
    if (failure->origin == CIHSM_FROM_TOKEN) {
        log_line(token->link.log, CIHSM_LOG_WARN, "token", "%s from %s; %s",
                 pkcs11_code_name(failure->native, &room), token->uri, next);
    } else {
        log_line(token->link.log, CIHSM_LOG_WARN, "token", "%s; %s", failure->message, next);
    }
}

static bool renew_sessions(pkcs11_lease *lease, pkcs11_remedy remedy, const cihsm_error *failure)
{
    lease->did_sessions = true;
    tell(lease, failure, "trying again with a new session");
    return remedy != PKCS11_REMEDY_PAUSE || wait_a_little();
}

static bool restart(const pkcs11_link *link, unsigned long generation)
{
    cihsm_error trouble = {0};
    if (pkcs11_module_restart(link, generation, &trouble) != CIHSM_OK) {
        log_line(link->log, CIHSM_LOG_WARN, "token", "%s", trouble.message);
        return false;
    }
    return true;
}

static bool renew_module(pkcs11_lease *lease, const cihsm_error *failure)
{
    const pkcs11_link *link = &lease->token->link;
    lease->did_sessions = true;
    lease->did_module = true;
    if (!pkcs11_module_may_restart(link->module)) {
        return false;
    }
    tell(lease, failure, "initialising the module anew");
    return restart(link, lease->generation);
}

bool pkcs11_recover_module(const pkcs11_link *link, unsigned long generation,
                           const cihsm_error *failure)
{
    const pkcs11_remedy remedy = remedy_of(failure);
    if (remedy == PKCS11_REMEDY_NONE || remedy == PKCS11_REMEDY_LATER ||
        !pkcs11_module_may_restart(link->module) || !pkcs11_module_is_shared(link->module)) {
        return false;
    }
    log_line(link->log, CIHSM_LOG_WARN, "token", "%s; initialising the module anew",
             failure->message);
    return restart(link, generation);
}

void pkcs11_recovery_begin(pkcs11_lease *lease)
{
    const cihsm_token *token = lease->token;
    const pkcs11_link *link = &token->link;
    const unsigned long generation = pkcs11_module_generation(link->module);
    if (atomic_load(&token->spent) != generation || !pkcs11_module_may_restart(link->module)) {
        return;
    }
    lease->did_sessions = true;
    lease->did_module = true;
    log_line(link->log, CIHSM_LOG_WARN, "token",
             "%s failed with new sessions, too; initialising the module anew", token->uri);
    (void)restart(link, generation); /* whether it helped is seen by who uses it */
}

static bool do_next(pkcs11_lease *lease, const cihsm_error *failure)
{
    const pkcs11_remedy remedy = remedy_for(lease, failure);
    if (remedy == PKCS11_REMEDY_NONE) {
        return false;
    }
    pkcs11_revive_later(lease);
    if (remedy == PKCS11_REMEDY_LATER ||
        log_clock_us() >= pkcs11_deadline_us(&lease->token->link)) {
        return false;
    }
    const bool wants_module = lease->did_sessions || lease->was_revived;
    if (!wants_module && remedy != PKCS11_REMEDY_MODULE) {
        return renew_sessions(lease, remedy, failure);
    }
    return !lease->did_module && remedy != PKCS11_REMEDY_SESSION && renew_module(lease, failure);
}

bool pkcs11_recover(pkcs11_lease *lease, const cihsm_error *failure)
{
    lease->has_given_up = lease->has_given_up || !do_next(lease, failure);
    return !lease->has_given_up;
}
