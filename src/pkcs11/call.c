/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/call.h"

#include <openssl/err.h>

#include "base/log.h"
#include "pkcs11/code.h"
#include "pkcs11/module.h"

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

CK_RV pkcs11_call(const pkcs11_link *link, pkcs11_function function, pkcs11_run run, void *args)
{
    pkcs11_module *module = link->module;
    atomic_fetch_add_explicit(&module->counts[function], 1, memory_order_relaxed);
    const long long start_us = log_clock_us();

    /* SoftHSM for one leaves entries there, and a stale entry aborts TLS handshakes. */
    ERR_set_mark();
    const CK_RV rv = run(module->functions, args);
    ERR_pop_to_mark();

    const long long spent_us = log_clock_us() - start_us;
    log_timed(link->log, phase_of(function), spent_us);
    if (log_wants(link->log, CIHSM_LOG_TRACE)) {
        pkcs11_code_text name;
        log_line(link->log, CIHSM_LOG_TRACE, "token", "%s %s %lld us", NAMES[function],
                 pkcs11_code_name(rv, &name), spent_us);
    }
    return rv;
}
