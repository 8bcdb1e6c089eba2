/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/call.h"

#include <time.h>

#include <openssl/err.h>

#include "base/log.h"
#include "pkcs11/code.h"
#include "pkcs11/module.h"

#define FUNCTION_NAME(name) [PKCS11_##name] = #name,
static const char *const NAMES[] = {PKCS11_FUNCTIONS(FUNCTION_NAME)};

static long long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

CK_RV pkcs11_call(const pkcs11_link *link, pkcs11_function function, pkcs11_run run, void *args)
{
    pkcs11_module *module = link->module;
    atomic_fetch_add_explicit(&module->counts[function], 1, memory_order_relaxed);
    const long long start_us = now_us();

    /* SoftHSM for one leaves entries there, and a stale entry aborts TLS handshakes. */
    ERR_set_mark();
    const CK_RV rv = run(module->functions, args);
    ERR_pop_to_mark();

    if (log_wants(link->log, CIHSM_LOG_TRACE)) {
        pkcs11_code_text name;
        log_line(link->log, CIHSM_LOG_TRACE, "token", "%s %s %lld us", NAMES[function],
                 pkcs11_code_name(rv, &name), now_us() - start_us);
    }
    return rv;
}
