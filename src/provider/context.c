/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/context.h"

#include <pthread.h>

#include <openssl/core_dispatch.h>
#include <openssl/provider.h>

#include "base/error.h"
#include "base/foreign.h"
#include "provider/keymgmt.h"
#include "provider/signature.h"

#define PROVIDER_NAME "cihsm"
#define PROPERTIES PROVIDER_CONTEXT_PROPERTIES

static const OSSL_ALGORITHM KEYMGMTS[] = {
    {"RSA:rsaEncryption:1.2.840.113549.1.1.1", PROPERTIES, provider_rsa_keymgmt, "RSA by signer"},
    {"EC:id-ecPublicKey:1.2.840.10045.2.1", PROPERTIES, provider_ec_keymgmt, "EC by signer"},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM SIGNATURES[] = {
    {"RSA:rsaEncryption:1.2.840.113549.1.1.1", PROPERTIES, provider_rsa_signature, "RSA by signer"},
    {"ECDSA", PROPERTIES, provider_ecdsa_signature, "ECDSA by signer"},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM *query(void *provctx, int operation, int *no_cache)
{
    (void)provctx;
    *no_cache = 0;
    switch (operation) {
    case OSSL_OP_KEYMGMT:
        return KEYMGMTS;
    case OSSL_OP_SIGNATURE:
        return SIGNATURES;
    default:
        return NULL;
    }
}

static int start(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core,
                 const OSSL_DISPATCH **functions, void **provctx)
{
    static const OSSL_DISPATCH FUNCTIONS[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
        {0, NULL},
    };
    static int nothing; /* OpenSSL wants a context; this provider has no state */
    (void)handle, (void)core;
    *functions = FUNCTIONS;
    *provctx = &nothing;
    return 1;
}

FOREIGN_CLEANUP(lib_ctx, OSSL_LIB_CTX, OSSL_LIB_CTX_free)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static OSSL_LIB_CTX *context; /* under lock */

static cihsm_status make(cihsm_error *err)
{
    CIHSM_AUTO(lib_ctx_cleanup) OSSL_LIB_CTX *made = OSSL_LIB_CTX_new();
    if (made == NULL || OSSL_PROVIDER_add_builtin(made, PROVIDER_NAME, start) != 1 ||
        OSSL_PROVIDER_load(made, PROVIDER_NAME) == NULL ||
        OSSL_PROVIDER_load(made, "default") == NULL) { /* its encoders write our public keys */
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot load the OpenSSL provider");
    }
    context = CIHSM_MOVE(made);
    return CIHSM_OK;
}

cihsm_status provider_context_get(OSSL_LIB_CTX **out, cihsm_error *err)
{
    pthread_mutex_lock(&lock);
    const cihsm_status status = context == NULL ? make(err) : CIHSM_OK;
    *out = context;
    pthread_mutex_unlock(&lock);
    return status;
}
