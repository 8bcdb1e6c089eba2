/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/token_admin.h"
#include "pkcs11/code.h"
#include "pkcs11/functions.h"
#include "pkcs11/module.h"
#include "pkcs11/uri.h"
#include "token/list.h"

enum { LIST_MAX = 65536, BITS_MAX = 1 << 20 };

typedef enum use { USE_PSS, USE_PKCS1, USE_ECDSA, USE_RSA_KEYS, USE_EC_KEYS, USE_COUNT } use;

static const struct {
    CK_MECHANISM_TYPE type;
    const char *name;
    const char *use;
} MECHANISMS[USE_COUNT] = {
    [USE_PSS] = {CKM_RSA_PKCS_PSS, "CKM_RSA_PKCS_PSS", "TLS 1.3, 1.2 (RSA)"},
    [USE_PKCS1] = {CKM_RSA_PKCS, "CKM_RSA_PKCS", "TLS 1.2, CSR (RSA)"},
    [USE_ECDSA] = {CKM_ECDSA, "CKM_ECDSA", "TLS, CSR (EC)"},
    [USE_RSA_KEYS] = {CKM_RSA_PKCS_KEY_PAIR_GEN, "CKM_RSA_PKCS_KEY_PAIR_GEN", "new RSA keys"},
    [USE_EC_KEYS] = {CKM_EC_KEY_PAIR_GEN, "CKM_EC_KEY_PAIR_GEN", "new EC keys"},
};

static const struct {
    const char *type;
    unsigned bits;
    bool is_rsa;
} KEYS[] = {
    {"rsa:2048", 2048, true}, {"rsa:3072", 3072, true}, {"rsa:4096", 4096, true},
    {"ec:P-256", 256, false}, {"ec:P-384", 384, false},
};
enum { KEY_COUNT = sizeof KEYS / sizeof *KEYS };

struct cihsm_token_report {
    cihsm_token_info info;
    char *uri; /* info.uri points to it */
    cihsm_mechanism mechanisms[USE_COUNT];
    cihsm_key_support keys[KEY_COUNT];
};

/* Tokens differ in how they count EC bits and whether they tell at all: a list without sizes, or
 * with none that makes sense, does not speak against a key. */
static cihsm_tristate covers(const cihsm_mechanism *mechanism, unsigned bits)
{
    if (!mechanism->listed) {
        return CIHSM_UNKNOWN;
    }
    const bool fits =
        mechanism->bits_max == 0 || (bits >= mechanism->bits_min && bits <= mechanism->bits_max);
    return fits ? CIHSM_YES : CIHSM_NO;
}

/* One of two is enough. */
static cihsm_tristate either(cihsm_tristate a, cihsm_tristate b)
{
    if (a == CIHSM_YES || b == CIHSM_YES) {
        return CIHSM_YES;
    }
    return a == CIHSM_NO && b == CIHSM_NO ? CIHSM_NO : CIHSM_UNKNOWN;
}

static void judge(cihsm_token_report *report)
{
    const cihsm_mechanism *of = report->mechanisms;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const unsigned bits = KEYS[i].bits;
        cihsm_key_support *key = &report->keys[i];
        key->type = KEYS[i].type;
        if (KEYS[i].is_rsa) {
            key->generate = covers(&of[USE_RSA_KEYS], bits);
            key->tls13 = covers(&of[USE_PSS], bits);
            key->tls12 = either(key->tls13, covers(&of[USE_PKCS1], bits));
        } else {
            key->generate = covers(&of[USE_EC_KEYS], bits);
            key->tls13 = covers(&of[USE_ECDSA], bits);
            key->tls12 = key->tls13;
        }
    }
}

static bool is_in(const CK_MECHANISM_TYPE *list, CK_ULONG count, CK_MECHANISM_TYPE type)
{
    CK_ULONG i = 0;
    while (i < count && list[i] != type) {
        i++;
    }
    return i < count;
}

/* Modules without a limit say so in different ways (NSS: 2^32 - 1). */
static unsigned long size_of(CK_ULONG told)
{
    return told > BITS_MAX ? 0 : told;
}

static cihsm_status read_sizes(const pkcs11_link *link, CK_SLOT_ID slot, CK_MECHANISM_TYPE type,
                               cihsm_mechanism *out, cihsm_error *err)
{
    CK_MECHANISM_INFO info = {.flags = 0};
    const CK_RV rv = pkcs11_c_get_mechanism_info(link, slot, type, &info);
    if (rv >= PKCS11_R_FIRST) {
        return pkcs11_fail(err, rv, "cannot read the key sizes of %s", out->name);
    }
    if (rv != CKR_OK) {
        pkcs11_code_text name;
        log_line(link->log, CIHSM_LOG_DEBUG, "token", "no key sizes of %s: %s", out->name,
                 pkcs11_code_name(rv, &name));
        return CIHSM_OK;
    }
    out->bits_min = size_of(info.ulMinKeySize);
    out->bits_max = size_of(info.ulMaxKeySize);
    return CIHSM_OK;
}

static void list_free(CK_MECHANISM_TYPE **list)
{
    free(*list);
}

static cihsm_status read_mechanisms(const pkcs11_link *link, CK_SLOT_ID slot,
                                    cihsm_mechanism out[USE_COUNT], cihsm_error *err)
{
    CK_ULONG count = 0;
    CK_RV rv = pkcs11_c_get_mechanism_list(link, slot, NULL, &count);
    if (rv != CKR_OK || count > LIST_MAX) {
        return pkcs11_fail(err, rv == CKR_OK ? CKR_GENERAL_ERROR : rv,
                           "cannot list the mechanisms of the token");
    }
    CIHSM_AUTO(list_free) CK_MECHANISM_TYPE *list = calloc(count + 1, sizeof *list);
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    const CK_ULONG room = count;
    rv = pkcs11_c_get_mechanism_list(link, slot, list, &count);
    if (rv != CKR_OK || count > room) {
        return pkcs11_fail(err, rv == CKR_OK ? CKR_GENERAL_ERROR : rv,
                           "cannot list the mechanisms of the token");
    }
    for (size_t i = 0; i < USE_COUNT; i++) {
        out[i] = (cihsm_mechanism){.name = MECHANISMS[i].name,
                                   .use = MECHANISMS[i].use,
                                   .listed = is_in(list, count, MECHANISMS[i].type)};
        if (out[i].listed) {
            CIHSM_TRY(read_sizes(link, slot, MECHANISMS[i].type, &out[i], err));
        }
    }
    return CIHSM_OK;
}

static cihsm_status read_token(const pkcs11_link *link, P11KitUri *uri, cihsm_token_report *out,
                               cihsm_error *err)
{
    pkcs11_slot slot;
    CIHSM_TRY(pkcs11_slot_find(link, uri, &slot, err));
    CIHSM_TRY(token_describe(&slot, &out->info, &out->uri, err));
    return read_mechanisms(link, slot.id, out->mechanisms, err);
}

cihsm_status cihsm_token_report_fetch(const cihsm_token_config *config, cihsm_token_report **out,
                                      cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *uri = NULL;
    CIHSM_TRY(pkcs11_uri_parse(config->uri, &uri, err));
    CIHSM_AUTO(cihsm_token_report_free) cihsm_token_report *report = calloc(1, sizeof *report);
    if (report == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_AUTO(pkcs11_module_leave) pkcs11_link link = pkcs11_link_of(config);
    CIHSM_TRY(pkcs11_module_join(&link, config->module, config->init_string, err));
    CIHSM_TRY(pkcs11_module_enter(&link, err));
    const cihsm_status status = read_token(&link, uri, report, err);
    pkcs11_module_exit(&link);
    CIHSM_TRY(status);
    judge(report);
    *out = CIHSM_MOVE(report);
    return CIHSM_OK;
}

const cihsm_token_info *cihsm_token_report_info(const cihsm_token_report *report)
{
    return &report->info;
}

const cihsm_mechanism *cihsm_token_report_mechanism(const cihsm_token_report *report, size_t at)
{
    return at < USE_COUNT ? &report->mechanisms[at] : NULL;
}

const cihsm_key_support *cihsm_token_report_key(const cihsm_token_report *report, size_t at)
{
    return at < KEY_COUNT ? &report->keys[at] : NULL;
}

void cihsm_token_report_free(cihsm_token_report **of)
{
    if (of != NULL && *of != NULL) {
        text_free(&(*of)->uri);
        free(*of);
        *of = NULL;
    }
}
