/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/strict.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum { SHOWN = 40 };

typedef struct strict_row {
    const char *name; /* of people */
    const char *attribute;
    CK_ATTRIBUTE_TYPE type;
    bool public_half;
} strict_row;

#define ROW(name, attribute, half)          \
    {                                       \
        name, #attribute, attribute, (half) \
    }
/* All are set to false. */
static const strict_row ROWS[STRICT_COUNT] = {
    ROW("decrypt", CKA_DECRYPT, false),   ROW("unwrap", CKA_UNWRAP, false),
    ROW("derive", CKA_DERIVE, false),     ROW("sign-recover", CKA_SIGN_RECOVER, false),
    ROW("copyable", CKA_COPYABLE, false), ROW("modifiable", CKA_MODIFIABLE, false),
    ROW("encrypt", CKA_ENCRYPT, true),    ROW("verify-recover", CKA_VERIFY_RECOVER, true),
};

static cihsm_status leave_out_one(const char *name, size_t len, unsigned *set, cihsm_error *err)
{
    for (unsigned i = 0; i < STRICT_COUNT; i++) {
        if (strlen(ROWS[i].name) == len && memcmp(ROWS[i].name, name, len) == 0) {
            *set &= ~(1U << i);
            return CIHSM_OK;
        }
    }
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "\"%.*s\" is none of the strict attributes decrypt, unwrap, derive, "
                            "sign-recover, copyable, modifiable, encrypt, verify-recover",
                            (int)(len < SHOWN ? len : SHOWN), name);
}

cihsm_status strict_choose(bool wanted, const char *leave_out, unsigned *out, cihsm_error *err)
{
    *out = wanted ? (1U << STRICT_COUNT) - 1 : 0;
    if (leave_out != NULL && !wanted) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "attributes are left out of the strict ones only; ask for these "
                                "too (--strict)");
    }
    for (const char *at = leave_out; at != NULL;) {
        const size_t len = strcspn(at, ",");
        CIHSM_TRY(leave_out_one(at, len, out, err));
        at = at[len] == ',' ? at + len + 1 : NULL;
    }
    return CIHSM_OK;
}

CK_ULONG strict_fill(unsigned set, bool public_half, CK_BBOOL *no, CK_ATTRIBUTE *to)
{
    CK_ULONG count = 0;
    for (unsigned i = 0; i < STRICT_COUNT; i++) {
        if ((set & (1U << i)) != 0 && ROWS[i].public_half == public_half) {
            to[count++] = (CK_ATTRIBUTE){ROWS[i].type, no, sizeof *no};
        }
    }
    return count;
}

static cihsm_status append(buffer *to, const char *divider, const char *text, cihsm_error *err)
{
    if (to->len > 0) {
        CIHSM_TRY(buffer_append_text(to, divider, err));
    }
    return buffer_append_text(to, text, err);
}

cihsm_status strict_describe(unsigned refused, unsigned accepted, buffer *attributes, buffer *names,
                             cihsm_error *err)
{
    for (unsigned i = 0; i < STRICT_COUNT; i++) {
        if ((refused & (1U << i)) != 0) {
            CIHSM_TRY(append(attributes, " and ", ROWS[i].attribute, err));
        }
        if ((accepted & (1U << i)) == 0) {
            CIHSM_TRY(append(names, ",", ROWS[i].name, err));
        }
    }
    return CIHSM_OK;
}

bool strict_may_be_cause(CK_RV rv)
{
    /* GENERAL_ERROR and KEY_TYPE_INCONSISTENT are what tpm2-pkcs11 and NSS answer. */
    static const CK_RV CODES[] = {
        CKR_TEMPLATE_INCONSISTENT,      CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID,
        CKR_ATTRIBUTE_READ_ONLY,        CKR_GENERAL_ERROR,          CKR_KEY_TYPE_INCONSISTENT,
        CKR_KEY_FUNCTION_NOT_PERMITTED,
    };
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        if (CODES[i] == rv) {
            return true;
        }
    }
    return false;
}
