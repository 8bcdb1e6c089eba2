/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/key.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "pkcs11/code.h"
#include "pkcs11/deadline.h"
#include "pkcs11/find.h"
#include "pkcs11/functions.h"
#include "pkcs11/key_object.h"
#include "pkcs11/recovery.h"

enum { PREFIX_BYTES = 19, HASH_MIN = 20, HASH_MAX = 64 };

/* What the standard says about a digest. The prefixes are RFC 8017 section 9.2, note 1. */
typedef struct digest_row {
    const char *name;
    size_t bytes;
    CK_MECHANISM_TYPE mechanism;
    CK_RSA_PKCS_MGF_TYPE mgf;
    uint8_t prefix[PREFIX_BYTES];
} digest_row;

#define PREFIX(all, algorithm, bytes)                                                        \
    {                                                                                        \
        0x30, (all), 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, \
            (algorithm), 0x05, 0x00, 0x04, (bytes)                                           \
    }
static const digest_row DIGESTS[] = {
    [CIHSM_SHA256] = {"SHA-256", 32, CKM_SHA256, CKG_MGF1_SHA256, PREFIX(0x31, 0x01, 32)},
    [CIHSM_SHA384] = {"SHA-384", 48, CKM_SHA384, CKG_MGF1_SHA384, PREFIX(0x41, 0x02, 48)},
    [CIHSM_SHA512] = {"SHA-512", 64, CKM_SHA512, CKG_MGF1_SHA512, PREFIX(0x51, 0x03, 64)},
};

/* One signature as the token gets it. Lives on the stack; the mechanism points into it. */
typedef struct operation {
    const char *name;
    const digest_row *digest;
    CK_MECHANISM mechanism;
    CK_RSA_PKCS_PSS_PARAMS pss;
    uint8_t data[PREFIX_BYTES + HASH_MAX];
    size_t data_len;
    uint8_t *sig; /* room for CIHSM_SIGNATURE_MAX bytes */
    size_t sig_len;
} operation;

static cihsm_status check_request(const cihsm_sign_request *request, cihsm_error *err)
{
    const size_t digest = (size_t)request->digest;
    if (digest >= sizeof DIGESTS / sizeof *DIGESTS || request->hash == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "unknown digest to sign");
    }
    const bool any_length = request->scheme == CIHSM_ECDSA;
    const size_t len = request->hash_len;
    if (any_length ? len < HASH_MIN || len > HASH_MAX : len != DIGESTS[digest].bytes) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "a digest to sign has %zu bytes", len);
    }
    return CIHSM_OK;
}

static void set_pkcs1(operation *op, const cihsm_sign_request *request)
{
    op->name = "CKM_RSA_PKCS";
    op->mechanism.mechanism = CKM_RSA_PKCS;
    memcpy(op->data, op->digest->prefix, PREFIX_BYTES);
    memcpy(op->data + PREFIX_BYTES, request->hash, request->hash_len);
    op->data_len = PREFIX_BYTES + request->hash_len;
}

static void set_hash(operation *op, const cihsm_sign_request *request)
{
    memcpy(op->data, request->hash, request->hash_len);
    op->data_len = request->hash_len;
}

static void set_pss(operation *op, const cihsm_sign_request *request)
{
    op->name = "CKM_RSA_PKCS_PSS";
    op->pss = (CK_RSA_PKCS_PSS_PARAMS){op->digest->mechanism, op->digest->mgf, request->salt_len};
    op->mechanism = (CK_MECHANISM){CKM_RSA_PKCS_PSS, &op->pss, sizeof op->pss};
    set_hash(op, request);
}

static void set_ecdsa(operation *op, const cihsm_sign_request *request)
{
    op->name = "CKM_ECDSA";
    op->mechanism.mechanism = CKM_ECDSA;
    set_hash(op, request);
}

static cihsm_status prepare(operation *op, const cihsm_sign_request *request, cihsm_error *err)
{
    CIHSM_TRY(check_request(request, err));
    op->digest = &DIGESTS[request->digest];
    switch (request->scheme) {
    case CIHSM_RSA_PKCS1:
        set_pkcs1(op, request);
        return CIHSM_OK;
    case CIHSM_RSA_PSS:
        set_pss(op, request);
        return CIHSM_OK;
    case CIHSM_ECDSA:
        set_ecdsa(op, request);
        return CIHSM_OK;
    default:
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "unknown signature scheme");
    }
}

static cihsm_status pass_on(cihsm_status status, const cihsm_error *failure, cihsm_error *err)
{
    return status == CIHSM_OK
               ? CIHSM_OK
               : cihsm_fail(err, status, failure->origin, failure->native, "%s", failure->message);
}

static cihsm_status fail_sign(const pkcs11_key *key, const operation *op, CK_RV rv,
                              cihsm_error *err)
{
    return pkcs11_fail(err, rv, "cannot sign with %s and %s", op->name, key->uri);
}

/* Tokens have many answers to a mechanism for another type of key, so the key itself is asked. */
static bool is_of_other_type(const pkcs11_key *key, CK_SESSION_HANDLE session,
                             CK_OBJECT_HANDLE object, const operation *op)
{
    const CK_KEY_TYPE wanted = op->mechanism.mechanism == CKM_ECDSA ? CKK_EC : CKK_RSA;
    CK_ULONG type = wanted;
    bool present = false;
    return pkcs11_attribute_ulong(&key->token->link, session, object, CKA_KEY_TYPE, &type, &present,
                                  NULL) == CIHSM_OK &&
           present && type != wanted;
}

static cihsm_status fail_plain(const pkcs11_key *key, CK_SESSION_HANDLE session,
                               CK_OBJECT_HANDLE object, const operation *op, CK_RV rv,
                               cihsm_error *err)
{
    if (!atomic_load(&key->has_signed) && is_of_other_type(key, session, object, op)) {
        return cihsm_fail(err, CIHSM_E_CONFIG, CIHSM_FROM_TOKEN, rv,
                          "%s is not of the certificate's key type: give the certificate that was "
                          "issued for this key",
                          key->uri);
    }
    return fail_sign(key, op, rv, err);
}

/* One shot into a large buffer: lengths that modules announce are not to be trusted. */
static CK_RV finish(const pkcs11_key *key, CK_SESSION_HANDLE session, operation *op)
{
    CK_ULONG len = CIHSM_SIGNATURE_MAX;
    const CK_RV rv =
        pkcs11_c_sign(&key->token->link, session, op->data, (CK_ULONG)op->data_len, op->sig, &len);
    if (rv != CKR_OK) {
        return rv;
    }
    if (len == 0 || len > CIHSM_SIGNATURE_MAX) {
        return CKR_BUFFER_TOO_SMALL;
    }
    op->sig_len = len;
    return CKR_OK;
}

static bool is_logged_in(const pkcs11_key *key, CK_SESSION_HANDLE session)
{
    bool is = false;
    return pkcs11_login_state(&key->token->link, session, &is) == CKR_OK && is;
}

/* USER_NOT_LOGGED_IN in a session that is logged in: the key wants its PIN each time, if it says so
 * or says nothing. Else the login was lost, and another thread has brought it back meanwhile. */
static bool is_about_key(const pkcs11_key *key, const pkcs11_lease *lease, CK_OBJECT_HANDLE object)
{
    cihsm_tristate wants = CIHSM_UNKNOWN;
    return atomic_load(&key->token->epoch) == lease->epoch && is_logged_in(key, lease->session) &&
           (pkcs11_attribute_flag(&key->token->link, lease->session, object,
                                  CKA_ALWAYS_AUTHENTICATE, &wants, NULL) != CIHSM_OK ||
            wants != CIHSM_NO);
}

static cihsm_status sign_in_session(pkcs11_key *key, const pkcs11_lease *lease, operation *op,
                                    cihsm_error *err)
{
    const CK_SESSION_HANDLE session = lease->session;
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CIHSM_TRY(pkcs11_key_handle(key, lease, &object, err));
    CK_RV rv = pkcs11_c_sign_init(&key->token->link, session, &op->mechanism, object);
    const bool begun = rv == CKR_OK;
    if (begun) {
        rv = finish(key, session, op);
    }
    if (rv == CKR_OK) {
        atomic_store(&key->has_signed, true);
        return CIHSM_OK;
    }
    if (begun && rv == CKR_USER_NOT_LOGGED_IN && is_about_key(key, lease, object)) {
        atomic_store(&key->wants_login, true);
    }
    return fail_plain(key, session, object, op, rv, err);
}

static cihsm_status sign_plain(pkcs11_key *key, operation *op, pkcs11_lease *lease,
                               cihsm_error *err)
{
    CIHSM_TRY(pkcs11_lease_take_again(lease, err));
    const cihsm_status status = sign_in_session(key, lease, op, &lease->failure);
    return pkcs11_lease_return(lease, status, err);
}

/* The token knows no login for this signature, so the key is not one that wants it. */
static bool is_no_such_login(const cihsm_error *failure)
{
    return failure->origin == CIHSM_FROM_TOKEN &&
           (failure->native == CKR_USER_TYPE_INVALID ||
            failure->native == CKR_OPERATION_NOT_INITIALIZED);
}

static cihsm_status log_in_for(pkcs11_key *key, const pkcs11_login_plan *plan,
                               CK_SESSION_HANDLE session, pkcs11_pin *pin, const operation *op,
                               cihsm_error *err)
{
    cihsm_error failure = {0};
    const cihsm_status status =
        pkcs11_login_try(plan, session, CKU_CONTEXT_SPECIFIC, pin, &failure);
    if (status != CIHSM_OK && is_no_such_login(&failure)) {
        atomic_store(&key->wants_login, false);
        return fail_sign(key, op, CKR_USER_NOT_LOGGED_IN, err); /* what it was about */
    }
    return pass_on(status, &failure, err);
}

/* Between C_SignInit and C_Sign nothing but the login: some tokens forget it at any other call. */
static cihsm_status sign_with_pin(pkcs11_key *key, const pkcs11_login_plan *plan,
                                  const pkcs11_lease *lease, pkcs11_pin *pin, operation *op,
                                  cihsm_error *err)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CIHSM_TRY(pkcs11_key_handle(key, lease, &object, err));
    CK_RV rv = pkcs11_c_sign_init(plan->link, lease->session, &op->mechanism, object);
    if (rv != CKR_OK) {
        return fail_sign(key, op, rv, err);
    }
    CIHSM_TRY(log_in_for(key, plan, lease->session, pin, op, err));
    rv = finish(key, lease->session, op);
    return rv == CKR_OK ? CIHSM_OK : fail_sign(key, op, rv, err);
}

static cihsm_status read_flags(cihsm_token *token, pkcs11_slot *now, cihsm_error *err)
{
    pkcs11_lease lease;
    CIHSM_TRY(pkcs11_lease_take(token, &lease, err));
    now->id = pkcs11_pool_slot(token->pool);
    const CK_RV rv = pkcs11_c_get_token_info(&token->link, now->id, &now->info);
    cihsm_status status = CIHSM_OK;
    if (rv != CKR_OK) {
        status =
            pkcs11_fail(&lease.failure, rv, "cannot ask the token how many PIN tries are left");
    }
    return pkcs11_lease_return(&lease, status, err);
}

static cihsm_status sign_logging_in(pkcs11_key *key, operation *op, pkcs11_lease *lease,
                                    cihsm_error *err)
{
    cihsm_token *token = key->token;
    pkcs11_slot now = token->slot;
    CIHSM_TRY(read_flags(token, &now, err));
    pkcs11_login_plan plan = pkcs11_token_plan(token);
    plan.slot = &now;
    CIHSM_AUTO(pkcs11_pin_free) pkcs11_pin pin = {.secret = NULL};
    CIHSM_TRY(pkcs11_login_ask(&plan, &pin, err));

    CIHSM_TRY(pkcs11_lease_take_again(lease, err));
    const cihsm_status status = sign_with_pin(key, &plan, lease, &pin, op, &lease->failure);
    return pkcs11_lease_return(lease, status, err);
}

/* Another signature's login may wait for a person, too. */
static cihsm_status sign_locked(pkcs11_key *key, operation *op, pkcs11_lease *lease,
                                cihsm_error *err)
{
    const long long since_us = log_clock_us();
    pthread_mutex_lock(&key->token->context_lock);
    pkcs11_operation_extend(since_us);
    const cihsm_status status = sign_logging_in(key, op, lease, err);
    pthread_mutex_unlock(&key->token->context_lock);
    return status;
}

/* Ends when nothing helps any more, or the key turns out to want its PIN. */
static cihsm_status sign_repeating(pkcs11_key *key, operation *op, pkcs11_lease *lease,
                                   cihsm_error *failure)
{
    for (;;) {
        cihsm_error_clear(failure);
        const cihsm_status status = sign_plain(key, op, lease, failure);
        if (status == CIHSM_OK || atomic_load(&key->wants_login) ||
            !pkcs11_recover(lease, failure)) {
            return status;
        }
    }
}

/* What fails with a PIN of its own is not repeated: each try costs one. The next signature finds
 * the token again. */
static cihsm_status sign(pkcs11_key *key, operation *op, cihsm_error *failure)
{
    pkcs11_lease lease = {.token = key->token};
    if (!atomic_load(&key->wants_login)) {
        const cihsm_status plain = sign_repeating(key, op, &lease, failure);
        if (plain == CIHSM_OK || !atomic_load(&key->wants_login)) {
            return plain;
        }
    }
    cihsm_error_clear(failure);
    const cihsm_status status = sign_locked(key, op, &lease, failure);
    if (status == CIHSM_OK || atomic_load(&key->wants_login)) {
        return status;
    }
    return pkcs11_recover(&lease, failure) ? sign_repeating(key, op, &lease, failure) : status;
}

cihsm_status pkcs11_key_sign(pkcs11_key *key, const cihsm_sign_request *request, uint8_t *sig,
                             size_t *sig_len, cihsm_error *err)
{
    operation op = {.sig = sig};
    CIHSM_TRY(prepare(&op, request, err));
    CIHSM_AUTO(pkcs11_operation_end)
    pkcs11_operation whole = pkcs11_operation_begin(&key->token->link);
    (void)whole;
    cihsm_error failure = {0};
    const cihsm_status status = sign(key, &op, &failure);
    log_line(key->token->link.log, CIHSM_LOG_DEBUG, "token", "signature of a %s digest by %s: %s",
             op.digest->name, key->uri, cihsm_status_name(status));
    if (status == CIHSM_OK) {
        *sig_len = op.sig_len;
    }
    return pass_on(status, &failure, err);
}
