/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/call.h"

#include <limits.h>
#include <openssl/err.h>

#include "base/log.h"
#include "pkcs11/code.h"
#include "pkcs11/deadline.h"
#include "pkcs11/functions.h"
#include "pkcs11/module.h"
#include "pkcs11/refusal.h"

#define FUNCTION_NAME(name) [PKCS11_##name] = #name,
static const char *const NAMES[] = {PKCS11_FUNCTIONS(FUNCTION_NAME)};

static cihsm_phase phase_of(pkcs11_function function)
{
    switch ((int)function) {
    case PKCS11_C_GetFunctionList:
    case PKCS11_C_Initialize:
    case PKCS11_C_Finalize:
        return CIHSM_PHASE_MODULE;
    case PKCS11_C_Login:
        return CIHSM_PHASE_LOGIN;
    case PKCS11_C_GetSlotList:
    case PKCS11_C_GetTokenInfo:
    case PKCS11_C_FindObjectsInit:
    case PKCS11_C_FindObjects:
    case PKCS11_C_FindObjectsFinal:
        return CIHSM_PHASE_FIND;
    case PKCS11_C_SignInit:
    case PKCS11_C_Sign:
        return CIHSM_PHASE_SIGN;
    default:
        return CIHSM_PHASE_TOKEN;
    }
}

enum { GRACE_US = 1000000, PATIENCE = 20 };

/* An operation whose time is over still cleans up: each call of that gets a moment. A key on a card
 * may take minutes to be made, and a person at a PIN pad is not fast either. */
static long long until_of(const pkcs11_link *link, pkcs11_function function)
{
    if (link->timeout_ms <= 0) {
        return LLONG_MAX;
    }
    const long long now_us = log_clock_us();
    if (function == PKCS11_C_GenerateKeyPair || link->is_patient) {
        return now_us + link->timeout_ms * 1000LL * PATIENCE;
    }
    const long long until_us = pkcs11_deadline_us(link);
    return until_us < now_us + GRACE_US ? now_us + GRACE_US : until_us;
}

/* A call that was shown a PIN and was left tells at last whether that was refused. */
static void hear_pin(void *user, const void *args, CK_RV rv)
{
    (void)args;
    refusal_settle(user, rv);
}

/* Nobody uses the module before the call has returned: see check_answering in module.c. */
static void hear_initialize(void *user, const void *args, CK_RV rv)
{
    (void)args;
    pkcs11_module *module = user;
    if (rv == CKR_OK) {
        module->is_ours = true;
        module->is_initialized = true;
    }
}

/* Nobody waits for the session. The module is not initialised anew while a call is left. */
static void hear_open_session(void *user, const void *args, CK_RV rv)
{
    pkcs11_module *module = user;
    if (rv == CKR_OK) {
        pkcs11_orphan_add(module, pkcs11_opened_session(args), pkcs11_module_generation(module));
    }
}

static pkcs11_late late_for(pkcs11_function function)
{
    switch ((int)function) {
    case PKCS11_C_Login:
    case PKCS11_C_InitToken:
    case PKCS11_C_SetPIN:
        return hear_pin;
    case PKCS11_C_Initialize:
        return hear_initialize;
    case PKCS11_C_OpenSession:
        return hear_open_session;
    default:
        return NULL;
    }
}

static CK_RV call_in_time(const pkcs11_link *link, pkcs11_function function, pkcs11_job *job)
{
    pkcs11_module *module = link->module;
    job->late = late_for(function);
    job->user = module;
    return pkcs11_crew_call(&module->crew, job, until_of(link, function));
}

static CK_RV call_here(const pkcs11_job *job)
{
    /* SoftHSM for one leaves entries there, and a stale entry aborts TLS handshakes. */
    ERR_set_mark();
    const CK_RV rv = job->run(job->functions, job->args);
    ERR_pop_to_mark();
    return rv;
}

/* For want of memory nothing is left open: such a call is made here, without a deadline, unless
 * another one is stuck in the module. */
static bool is_made_anyway(const pkcs11_link *link, pkcs11_function function)
{
    int64_t since_ms = 0;
    const bool cleans_up = function == PKCS11_C_FindObjectsFinal ||
                           function == PKCS11_C_CloseSession || function == PKCS11_C_Finalize ||
                           function == PKCS11_libp11_close;
    return cleans_up && pkcs11_crew_left(&link->module->crew, &since_ms) == 0;
}

static CK_RV make_call(const pkcs11_link *link, pkcs11_function function, pkcs11_job *job)
{
    const CK_RV rv = link->timeout_ms > 0 ? call_in_time(link, function, job) : call_here(job);
    return rv == PKCS11_R_NO_MEMORY && is_made_anyway(link, function) ? call_here(job) : rv;
}

/* A call that was left no longer has its turn: the crew stops those that follow. */
static CK_RV make_call_in_turn(const pkcs11_link *link, pkcs11_function function, pkcs11_job *job)
{
    pkcs11_gate *turn = &link->module->turn;
    if (!pkcs11_gate_close(turn, until_of(link, function))) {
        return PKCS11_R_STUCK;
    }
    const CK_RV rv = make_call(link, function, job);
    pkcs11_gate_open(turn);
    return rv;
}

CK_RV pkcs11_call(const pkcs11_link *link, pkcs11_function function, pkcs11_run run, void *args,
                  size_t size)
{
    pkcs11_module *module = link->module;
    if (pkcs11_module_is_forked(module)) {
        return PKCS11_R_FORKED;
    }
    atomic_fetch_add_explicit(&module->counts[function], 1, memory_order_relaxed);
    const long long start_us = log_clock_us();
    pkcs11_job job = {.run = run, .functions = module->functions, .args = args, .size = size};
    const CK_RV rv = module->is_one_at_a_time ? make_call_in_turn(link, function, &job)
                                              : make_call(link, function, &job);
    if (link->is_patient) {
        pkcs11_operation_extend(start_us);
    }
    const long long spent_us = log_clock_us() - start_us;
    log_timed(link->log, phase_of(function), spent_us);
    if (log_wants(link->log, CIHSM_LOG_TRACE)) {
        pkcs11_code_text name;
        log_line(link->log, CIHSM_LOG_TRACE, "token", "%s %s %lld us", NAMES[function],
                 pkcs11_code_name(rv, &name), spent_us);
    }
    return rv;
}
