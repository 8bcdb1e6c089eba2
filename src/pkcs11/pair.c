/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/pair.h"

#include <string.h>

#include <openssl/rand.h>

#include "base/error.h"
#include "base/text.h"
#include "pkcs11/functions.h"

enum { ID_DEFAULT = 16, TEMPLATE_MAX = 16 };

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

cihsm_status pair_plan_make(const cihsm_key_spec *spec, pair_plan *out, cihsm_error *err)
{
    *out = (pair_plan){
        .type = spec->type, .bits = spec->bits, .curve = pkcs11_curve_of_type(spec->type)};
    const bool rsa = spec->type == CIHSM_KEY_RSA &&
                     (spec->bits == 2048 || spec->bits == 3072 || spec->bits == 4096);
    if (out->curve == NULL && !rsa) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "a key is rsa:2048, rsa:3072, rsa:4096, ec:P-256 or ec:P-384");
    }
    CIHSM_TRY(strict_choose(spec->strict, spec->leave_out, &out->strict, err));
    CIHSM_TRY(plan_label(out, spec->label, err));
    return plan_id(out, spec->id, spec->id_len, err);
}

/* What makes it RSA or EC; the values live as long as the request. */
typedef struct pair_type {
    CK_BYTE exponent[3];
    uint8_t params[sizeof((pkcs11_curve *)NULL)->params];
} pair_type;

static void add_type(pair_plan *plan, pair_type *values, pkcs11_pair_request *request)
{
    CK_ATTRIBUTE *next = request->public_template + request->public_count;
    if (plan->curve != NULL) {
        request->mechanism = CKM_EC_KEY_PAIR_GEN;
        memcpy(values->params, plan->curve->params, plan->curve->params_len);
        next[0] = (CK_ATTRIBUTE){CKA_EC_PARAMS, values->params, plan->curve->params_len};
        request->public_count++;
        return;
    }
    request->mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN;
    next[0] = (CK_ATTRIBUTE){CKA_MODULUS_BITS, &plan->bits, sizeof plan->bits};
    next[1] = (CK_ATTRIBUTE){CKA_PUBLIC_EXPONENT, values->exponent, sizeof values->exponent};
    request->public_count += 2;
}

static void add_strict(const pair_plan *plan, CK_BBOOL *no, pkcs11_pair_request *request)
{
    request->private_count +=
        strict_fill(plan->strict, false, no, request->private_template + request->private_count);
    request->public_count +=
        strict_fill(plan->strict, true, no, request->public_template + request->public_count);
}

/* The template that works everywhere, and what strict adds: the rest tokens may refuse. */
CK_RV pair_generate(const cihsm_token *token, CK_SESSION_HANDLE session, pair_plan *plan, bool keep,
                    pair_made *out)
{
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_BBOOL kept = keep ? CK_TRUE : CK_FALSE;
    pair_type values = {.exponent = {0x01, 0x00, 0x01}};
    CK_ATTRIBUTE private_template[TEMPLATE_MAX] = {
        {CKA_TOKEN, &kept, sizeof kept},   {CKA_PRIVATE, &yes, sizeof yes},
        {CKA_SENSITIVE, &yes, sizeof yes}, {CKA_EXTRACTABLE, &no, sizeof no},
        {CKA_SIGN, &yes, sizeof yes},      {CKA_LABEL, plan->label, plan->label_len},
        {CKA_ID, plan->id, plan->id_len},
    };
    CK_ATTRIBUTE public_template[TEMPLATE_MAX] = {
        {CKA_TOKEN, &kept, sizeof kept},
        {CKA_VERIFY, &yes, sizeof yes},
        {CKA_LABEL, plan->label, plan->label_len},
        {CKA_ID, plan->id, plan->id_len},
    };
    pkcs11_pair_request request = {
        .public_template = public_template,
        .public_count = 4,
        .private_template = private_template,
        .private_count = 7,
    };
    add_type(plan, &values, &request);
    add_strict(plan, &no, &request);
    *out = (pair_made){CK_INVALID_HANDLE, CK_INVALID_HANDLE};
    return pkcs11_c_generate_key_pair(&token->link, session, &request, &out->public_key,
                                      &out->private_key);
}
