/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/key.h"

#include <string.h>

#include <openssl/rand.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "pkcs11/code.h"
#include "pkcs11/curve.h"
#include "pkcs11/find.h"
#include "pkcs11/functions.h"
#include "pkcs11/key_list.h"
#include "pkcs11/token.h"

enum { ID_DEFAULT = 16 };

/* A checked specification in the form that the token wants. */
typedef struct pair_plan {
    cihsm_key_type type;
    CK_ULONG bits;
    const pkcs11_curve *curve; /* NULL: RSA */
    CK_UTF8CHAR label[CIHSM_KEY_LABEL_MAX];
    CK_ULONG label_len;
    uint8_t id[CIHSM_KEY_ID_MAX];
    CK_ULONG id_len;
} pair_plan;

static cihsm_status plan_label(pair_plan *plan, const char *label, cihsm_error *err)
{
    const size_t len = label == NULL ? 0 : strlen(label);
    if (len == 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "a new key needs a label");
    }
    if (len >= CIHSM_KEY_LABEL_MAX || !text_is_utf8(label, len)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the label of a key is UTF-8 of at most %d bytes",
                                CIHSM_KEY_LABEL_MAX - 1);
    }
    memcpy(plan->label, label, len);
    plan->label_len = len;
    return CIHSM_OK;
}

static cihsm_status plan_id(pair_plan *plan, const uint8_t *id, size_t len, cihsm_error *err)
{
    if (id == NULL) {
        plan->id_len = ID_DEFAULT;
        if (RAND_bytes(plan->id, ID_DEFAULT) != 1) {
            return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "no random bytes for the key's id");
        }
        return CIHSM_OK;
    }
    if (len == 0 || len > CIHSM_KEY_ID_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the id of a key has 1 to %d bytes",
                                CIHSM_KEY_ID_MAX);
    }
    memcpy(plan->id, id, len);
    plan->id_len = len;
    return CIHSM_OK;
}

static cihsm_status plan_pair(pair_plan *plan, const cihsm_key_spec *spec, cihsm_error *err)
{
    plan->type = spec->type;
    plan->bits = spec->bits;
    plan->curve = pkcs11_curve_of_type(spec->type);
    const bool rsa = spec->type == CIHSM_KEY_RSA &&
                     (spec->bits == 2048 || spec->bits == 3072 || spec->bits == 4096);
    if (plan->curve == NULL && !rsa) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "a key is rsa:2048, rsa:3072, rsa:4096, ec:P-256 or ec:P-384");
    }
    CIHSM_TRY(plan_label(plan, spec->label, err));
    return plan_id(plan, spec->id, spec->id_len, err);
}

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

/* The template that works everywhere: what is not in it, tokens may refuse (pkcs11 facts 1.3). */
static CK_RV call_token(const cihsm_token *token, CK_SESSION_HANDLE session, pair_plan *plan,
                        CK_OBJECT_HANDLE *private_key)
{
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_BYTE exponent[] = {0x01, 0x00, 0x01};
    uint8_t params[sizeof plan->curve->params] = {0};
    CK_ATTRIBUTE private_template[] = {
        {CKA_TOKEN, &yes, sizeof yes},     {CKA_PRIVATE, &yes, sizeof yes},
        {CKA_SENSITIVE, &yes, sizeof yes}, {CKA_EXTRACTABLE, &no, sizeof no},
        {CKA_SIGN, &yes, sizeof yes},      {CKA_LABEL, plan->label, plan->label_len},
        {CKA_ID, plan->id, plan->id_len},
    };
    CK_ATTRIBUTE public_template[6] = {
        {CKA_TOKEN, &yes, sizeof yes},
        {CKA_VERIFY, &yes, sizeof yes},
        {CKA_LABEL, plan->label, plan->label_len},
        {CKA_ID, plan->id, plan->id_len},
    };
    pkcs11_pair_request request = {
        .public_template = public_template,
        .public_count = 4,
        .private_template = private_template,
        .private_count = sizeof private_template / sizeof *private_template,
    };
    if (plan->curve != NULL) {
        request.mechanism.mechanism = CKM_EC_KEY_PAIR_GEN;
        memcpy(params, plan->curve->params, plan->curve->params_len);
        public_template[request.public_count++] =
            (CK_ATTRIBUTE){CKA_EC_PARAMS, params, plan->curve->params_len};
    } else {
        request.mechanism.mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN;
        public_template[request.public_count++] =
            (CK_ATTRIBUTE){CKA_MODULUS_BITS, &plan->bits, sizeof plan->bits};
        public_template[request.public_count++] =
            (CK_ATTRIBUTE){CKA_PUBLIC_EXPONENT, exponent, sizeof exponent};
    }
    CK_OBJECT_HANDLE public_key = CK_INVALID_HANDLE;
    return pkcs11_c_generate_key_pair(&token->link, session, &request, &public_key, private_key);
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

static cihsm_status generate(const cihsm_token *token, CK_SESSION_HANDLE session, pair_plan *plan,
                             cihsm_key_list **out, cihsm_error *err)
{
    CIHSM_TRY(check_free(token, session, plan, err));
    char type[16];
    cihsm_key_type_format(plan->type, (unsigned)plan->bits, type);
    CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
    const CK_RV rv = call_token(token, session, plan, &made);
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "the token does not generate a %s key", type);
    }
    cihsm_error reason = {0};
    const cihsm_status status = key_list_read(token, session, &made, 1, out, &reason);
    if (status != CIHSM_OK) {
        return cihsm_fail(err, status, reason.origin, reason.native,
                          "the key was made, but cannot be looked at: %s", reason.message);
    }
    warn_if_weak(token, *out);
    return CIHSM_OK;
}

cihsm_status cihsm_key_generate(cihsm_token *token, const cihsm_key_spec *spec,
                                cihsm_key_list **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    pair_plan plan = {.curve = NULL};
    CIHSM_TRY(plan_pair(&plan, spec, err));
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    CIHSM_TRY(pkcs11_pool_open_writable(token->pool, &session, err));
    const cihsm_status status = generate(token, session, &plan, out, err);
    const CK_RV rv = pkcs11_c_close_session(&token->link, session);
    if (rv != CKR_OK) {
        pkcs11_code_text name;
        log_line(token->link.log, CIHSM_LOG_DEBUG, "token", "a session does not close: %s",
                 pkcs11_code_name(rv, &name));
    }
    return status;
}
