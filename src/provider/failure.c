/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/failure.h"

#include <pthread.h>
#include <stddef.h>

#include <openssl/err.h>

static ERR_STRING_DATA reasons[] = {
    {PROVIDER_SIGNING_FAILED, "the key did not sign"},
    {PROVIDER_PIN_FAILED, "the key did not sign: PIN missing, refused or locked"},
    {PROVIDER_TOKEN_FAILED, "the key did not sign: the token failed"},
    {PROVIDER_TIMED_OUT, "the key did not sign in time"},
    {PROVIDER_WRONG_PAIR, "the key does not belong to the certificate"},
    {PROVIDER_BAD_DIGEST, "digest not supported, only SHA-256, SHA-384 and SHA-512 are"},
    {PROVIDER_BAD_PADDING, "RSA padding not supported, only PKCS#1 v1.5 and PSS are"},
    {PROVIDER_BAD_PSS, "PSS parameters that this key cannot sign with"},
    {PROVIDER_BAD_LENGTH, "wrong length of digest or signature buffer"},
    {PROVIDER_BAD_STATE, "signing was not begun"},
    {PROVIDER_NO_MEMORY, "out of memory"},
    {0, NULL},
};

/* A table of its own: ERR_load_strings stops at a code that is 0 before the library is added. */
static ERR_STRING_DATA name[] = {{0, "cihsm"}, {0, NULL}};

static int library;

static void register_strings(void)
{
    library = ERR_get_next_error_library();
    name[0].error = ERR_PACK(library, 0, 0);
    ERR_load_strings(library, reasons);
    ERR_load_strings_const(name);
}

int provider_error_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, register_strings);
    return library;
}

int provider_raise(provider_reason reason, const char *detail)
{
    const int from = provider_error_library();
    ERR_new();
    if (detail == NULL) {
        ERR_set_error(from, (int)reason, NULL);
    } else {
        ERR_set_error(from, (int)reason, "%s", detail);
    }
    return 0;
}

static provider_reason reason_of(cihsm_status status)
{
    static const provider_reason REASONS[] = {
        [CIHSM_E_NO_MEMORY] = PROVIDER_NO_MEMORY, [CIHSM_E_CONFIG] = PROVIDER_WRONG_PAIR,
        [CIHSM_E_PIN] = PROVIDER_PIN_FAILED,      [CIHSM_E_TOKEN] = PROVIDER_TOKEN_FAILED,
        [CIHSM_E_TIMEOUT] = PROVIDER_TIMED_OUT,
    };
    const size_t at = (size_t)status;
    const size_t count = sizeof REASONS / sizeof *REASONS;
    return at < count && REASONS[at] != 0 ? REASONS[at] : PROVIDER_SIGNING_FAILED;
}

int provider_raise_error(const cihsm_error *error)
{
    return provider_raise(reason_of(error->status), error->message);
}
