/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/key.h"

#include "base/error.h"
#include "base/log.h"
#include "cihsm/scope.h"
#include "pkcs11/code.h"
#include "pkcs11/find.h"
#include "pkcs11/functions.h"
#include "pkcs11/key_object.h"
#include "pkcs11/pair.h"
#include "pkcs11/token.h"

enum { PROBE_BITS = 2048, NAMES_MAX = 256 };

static cihsm_status check_absent(const cihsm_token *token, CK_SESSION_HANDLE session,
                                 CK_OBJECT_CLASS class, const CK_ATTRIBUTE *name, cihsm_error *err)
{
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}, *name};
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_ULONG found = 0;
    CIHSM_TRY(pkcs11_find_some(&token->link, session, wanted, 2, &object, 1, &found, err));
    if (found > 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                                "a key of that %s is on the token already; choose another",
                                name->type == CKA_LABEL ? "label" : "id");
    }
    return CIHSM_OK;
}

static cihsm_status check_free(const cihsm_token *token, CK_SESSION_HANDLE session, pair_plan *plan,
                               cihsm_error *err)
{
    const CK_ATTRIBUTE label = {CKA_LABEL, plan->label, plan->label_len};
    const CK_ATTRIBUTE id = {CKA_ID, plan->id, plan->id_len};
    CIHSM_TRY(check_absent(token, session, CKO_PRIVATE_KEY, &label, err));
    CIHSM_TRY(check_absent(token, session, CKO_PRIVATE_KEY, &id, err));
    CIHSM_TRY(check_absent(token, session, CKO_PUBLIC_KEY, &label, err));
    return check_absent(token, session, CKO_PUBLIC_KEY, &id, err);
}

static void warn_if_weak(const cihsm_token *token, const cihsm_key_list *list)
{
    const cihsm_key_info *info = cihsm_key_list_at(list, 0);
    if (info->sensitive == CIHSM_NO || info->extractable == CIHSM_YES) {
        log_line(token->link.log, CIHSM_LOG_WARN, "token",
                 "the token made %s, but not sensitive and unextractable as asked; do not use it",
                 info->uri);
    }
}

/* What a failed generation left behind, in words for its message; the id was free before. */
static const char *leftovers(const cihsm_token *token, CK_SESSION_HANDLE session, pair_plan *plan)
{
    CK_ATTRIBUTE wanted[] = {{CKA_ID, plan->id, plan->id_len}};
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_ULONG found = 0;
    if (pkcs11_find_some(&token->link, session, wanted, 1, &object, 1, &found, NULL) != CIHSM_OK ||
        (found == 0 && pkcs11_token_check_login(token, session, NULL) != CIHSM_OK)) {
        return "; it is not known whether a key was made, look with \"cihsm key list\"";
    }
    return found == 0 ? ""
                      : "; a part of the key is left on the token, remove it with \"cihsm key "
                        "delete\"";
}

/* Asks for some strict attributes and drops the key. Only the answer matters: a key of the session
 * goes with it, and what is left of one on the token is looked for afterwards. */
static CK_RV probe(const cihsm_token *token, CK_SESSION_HANDLE session, const pair_plan *plan,
                   unsigned strict, bool on_token)
{
    pair_plan one = *plan;
    pair_made made;
    one.strict = strict;
    one.bits = plan->curve == NULL ? PROBE_BITS : plan->bits; /* the cheapest of its type */
    const CK_RV rv = pair_generate(token, session, &one, on_token, &made);
    if (rv == CKR_OK) {
        (void)pkcs11_c_destroy_object(&token->link, session, made.private_key);
        (void)pkcs11_c_destroy_object(&token->link, session, made.public_key);
    }
    return rv;
}

/* One by one, with keys of the session. */
static unsigned refused_alone(const cihsm_token *token, CK_SESSION_HANDLE session,
                              const pair_plan *plan)
{
    unsigned refused = 0;
    for (unsigned bit = 1; bit <= plan->strict; bit <<= 1) {
        const CK_RV rv =
            (plan->strict & bit) == 0 ? CKR_OK : probe(token, session, plan, bit, false);
        if (rv != CKR_OK && !strict_may_be_cause(rv)) {
            return 0; /* another trouble: the token is gone, or makes no keys of a session */
        }
        refused |= rv == CKR_OK ? 0 : bit;
    }
    const bool all = refused == plan->strict;
    return all && probe(token, session, plan, 0, false) != CKR_OK ? 0 : refused;
}

/* Some tokens (NSS) are less strict with keys of a session. Leaving out one at a time, a key comes
 * to be on the token once at most. */
static unsigned refused_on_token(const cihsm_token *token, CK_SESSION_HANDLE session,
                                 const pair_plan *plan)
{
    for (unsigned bit = 1; bit <= plan->strict; bit <<= 1) {
        const bool is_asked = (plan->strict & bit) != 0;
        const CK_RV rv = is_asked ? probe(token, session, plan, plan->strict & ~bit, true)
                                  : CKR_TEMPLATE_INCONSISTENT;
        if (rv == CKR_OK) {
            return bit;
        }
        if (!strict_may_be_cause(rv)) {
            return 0;
        }
    }
    return 0;
}

static cihsm_status fail_strict(const cihsm_token *token, CK_SESSION_HANDLE session,
                                pair_plan *plan, CK_RV rv, cihsm_error *err)
{
    pkcs11_code_text name;
    CIHSM_AUTO(buffer_free) buffer attributes = buffer_new(NAMES_MAX);
    CIHSM_AUTO(buffer_free) buffer names = buffer_new(NAMES_MAX);
    unsigned refused = refused_alone(token, session, plan);
    refused = refused == 0 ? refused_on_token(token, session, plan) : refused;
    CIHSM_TRY(strict_describe(refused, plan->strict & ~refused, &attributes, &names, err));
    const char *left = leftovers(token, session, plan);
    if (refused == 0) {
        return cihsm_fail(err, CIHSM_E_TOKEN, CIHSM_FROM_TOKEN, rv,
                          "the token refuses the strict attributes (%s) and does not show which; "
                          "generate without --strict%s",
                          pkcs11_code_name(rv, &name), left);
    }
    return cihsm_fail(err, CIHSM_E_TOKEN, CIHSM_FROM_TOKEN, rv,
                      "the token refuses %s (%s); repeat with --leave-out %s%s",
                      buffer_text(&attributes), pkcs11_code_name(rv, &name), buffer_text(&names),
                      left);
}

static cihsm_status fail_generation(const cihsm_token *token, CK_SESSION_HANDLE session,
                                    pair_plan *plan, CK_RV rv, cihsm_error *err)
{
    if (plan->strict != 0 && strict_may_be_cause(rv)) {
        return fail_strict(token, session, plan, rv, err);
    }
    const char *left = leftovers(token, session, plan);
    char type[16];
    cihsm_key_type_format(plan->type, (unsigned)plan->bits, type);
    cihsm_error reason = {0};
    const cihsm_status status =
        pkcs11_fail(&reason, rv, "the token does not generate a %s key", type);
    return cihsm_fail(err, status, CIHSM_FROM_TOKEN, rv, "%s%s", reason.message, left);
}

static cihsm_status generate(const pkcs11_lease *lease, pair_plan *plan, cihsm_key_list **out,
                             cihsm_error *err)
{
    const cihsm_token *token = lease->token;
    const CK_SESSION_HANDLE session = lease->session;
    CIHSM_TRY(check_free(token, session, plan, err));
    pair_made made;
    const CK_RV rv = pair_generate(token, session, plan, true, &made);
    if (rv != CKR_OK) {
        return fail_generation(token, session, plan, rv, err);
    }
    cihsm_error reason = {0};
    const cihsm_status status = key_list_read(lease, &made.private_key, 1, out, &reason);
    if (status != CIHSM_OK) {
        return cihsm_fail(err, status, reason.origin, reason.native,
                          "the key was made, but cannot be looked at: %s", reason.message);
    }
    warn_if_weak(token, *out);
    return CIHSM_OK;
}

cihsm_status cihsm_key_spec_check(const cihsm_key_spec *spec, cihsm_error *err)
{
    cihsm_error_clear(err);
    pair_plan plan;
    return pair_plan_make(spec, &plan, err);
}

cihsm_status cihsm_key_generate(cihsm_token *token, const cihsm_key_spec *spec,
                                cihsm_key_list **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    pair_plan plan;
    CIHSM_TRY(pair_plan_make(spec, &plan, err));
    pkcs11_lease lease;
    CIHSM_TRY(pkcs11_lease_take_writable(token, &lease, err));
    const cihsm_status status = generate(&lease, &plan, out, &lease.failure);
    return pkcs11_lease_return(&lease, status, err);
}
