/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers of the token: from its module to what its key can sign.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "doctor/layers.h"
#include "doctor/row.h"
#include "pkcs11/module.h"

static bool is_without_token(const examination *of, doctor_row *row)
{
    if (examination_uses_token(of)) {
        return false;
    }
    row_set(row, DOCTOR_UNNEEDED, NULL, "a service key of type %s needs no token",
            cihsm_service_key_kind_name(of->identity->service_key));
    return true;
}

cihsm_status look_at_module(examination *of, doctor_row *row, cihsm_error *err)
{
    cihsm_error why = {0};
    if (is_without_token(of, row)) {
        return CIHSM_OK;
    }
    const cihsm_token_config *config = &of->token_config;
    if (pkcs11_module_join(&of->link, config->module, config->init_string, &why) != CIHSM_OK) {
        return row_fail(row, &why,
                        "give the module of the token's vendor with --module, installed for this "
                        "machine and set up as the vendor says",
                        err);
    }
    row_set(row, DOCTOR_OK, NULL, "%s is loaded", config->module);
    return CIHSM_OK;
}

/* Of what the URI means, only tokens that are not initialised are there. */
static bool finds_blank(const examination *of, unsigned long *slot_id)
{
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *list = NULL;
    if (cihsm_token_list_fetch(&of->token_config, &list, NULL) != CIHSM_OK) {
        return false; /* the failure at hand says more */
    }
    const cihsm_token_info *first = cihsm_token_list_at(list, 0);
    for (size_t i = 0; i < cihsm_token_list_count(list); i++) {
        if (cihsm_token_list_at(list, i)->initialized) {
            return false;
        }
    }
    *slot_id = first == NULL ? 0 : first->slot_id;
    return first != NULL;
}

cihsm_status look_at_token(examination *of, doctor_row *row, cihsm_error *err)
{
    cihsm_error why = {0};
    unsigned long slot_id = 0;
    if (is_without_token(of, row)) {
        return CIHSM_OK;
    }
    const cihsm_status status = cihsm_token_report_fetch(&of->token_config, &of->told, &why);
    if (status == CIHSM_E_TOKEN && finds_blank(of, &slot_id)) {
        row_set(row, DOCTOR_FAIL,
                "initialise it with \"cihsm token init\", or choose another by --token",
                "the token in slot %lu is not initialised", slot_id);
        return CIHSM_OK;
    }
    if (status != CIHSM_OK) {
        return row_fail(row, &why,
                        "connect the token, and choose it by --token from \"cihsm token list\"",
                        err);
    }
    row_set(row, DOCTOR_OK, NULL, "%s", cihsm_token_report_info(of->told)->uri);
    return CIHSM_OK;
}

cihsm_status look_at_pin(examination *of, doctor_row *row, cihsm_error *err)
{
    static const struct {
        doctor_state state;
        const char *what;
        const char *action;
    } STATES[] = {
        [CIHSM_PIN_OK] = {DOCTOR_OK, "the token says nothing against the PIN", NULL},
        [CIHSM_PIN_WRONG_GIVEN] = {DOCTOR_WARN, "a wrong PIN was given since the last right one",
                                   "make sure of the PIN before it is offered again"},
        [CIHSM_PIN_LAST_TRY] = {DOCTOR_FAIL, "the next wrong PIN locks the token, so none is tried",
                                "make sure of the PIN, then log in once with --allow-final-try, "
                                "for example by \"cihsm key list\""},
        [CIHSM_PIN_LOCKED] = {DOCTOR_FAIL, "the PIN is locked",
                              "have the security officer set a new one: \"cihsm token set-pin\""},
        [CIHSM_PIN_NOT_SET] = {DOCTOR_FAIL, "the token has no user PIN yet",
                               "have the security officer set it: \"cihsm token set-pin\""},
        [CIHSM_PIN_MUST_CHANGE] = {DOCTOR_FAIL, "the PIN must be changed before it can be used",
                                   "change it: \"cihsm token change-pin\""},
    };
    (void)err;
    if (is_without_token(of, row)) {
        return CIHSM_OK;
    }
    const cihsm_token_info *info = cihsm_token_report_info(of->told);
    if (!info->login_required) {
        row_set(row, DOCTOR_OK, NULL, "the token wants no login");
        return CIHSM_OK;
    }
    row_set(row, STATES[info->user_pin].state, STATES[info->user_pin].action, "%s",
            STATES[info->user_pin].what);
    return CIHSM_OK;
}

cihsm_status look_at_login(examination *of, doctor_row *row, cihsm_error *err)
{
    cihsm_error why = {0};
    if (is_without_token(of, row)) {
        return CIHSM_OK;
    }
    const cihsm_status status = cihsm_token_open(&of->token_config, &of->token, &why);
    if (status != CIHSM_OK) {
        return row_fail(row, &why,
                        status == CIHSM_E_PIN
                            ? "give the right PIN once, with --pin-source or at the prompt"
                            : "connect the token again, then ask its vendor's tools",
                        err);
    }
    row_set(row, DOCTOR_OK, NULL, "logged in");
    return CIHSM_OK;
}

cihsm_status look_at_key(examination *of, doctor_row *row, cihsm_error *err)
{
    cihsm_error why = {0};
    if (is_without_token(of, row)) {
        return CIHSM_OK;
    }
    if (pkcs11_key_find(of->token, of->config->key, &of->key, &why) != CIHSM_OK) {
        return row_fail(row, &why, "choose the key by --key from \"cihsm key list\"", err);
    }
    row_set(row, DOCTOR_OK, NULL, "%s%s", pkcs11_key_uri(of->key),
            of->config->clone_count > 0 ? "; the further keys were not examined" : "");
    return CIHSM_OK;
}

/* What TLS wants of a key first: for RSA without it there is no TLS 1.3. */
static const cihsm_mechanism *mechanism_for(const cihsm_token_report *told, cihsm_key_type type)
{
    const char *name = type == CIHSM_KEY_RSA ? "RSA_PKCS_PSS" : "ECDSA";
    const cihsm_mechanism *of = NULL;
    size_t at = 0;
    while ((of = cihsm_token_report_mechanism(told, at)) != NULL &&
           strstr(of->name, name) == NULL) {
        at++;
    }
    return of;
}

/* The token's list is a hint: that it signs is shown by the next layer. */
static void judge_mechanism(const cihsm_key_info *key, const cihsm_mechanism *of, doctor_row *row)
{
    char type[16];
    cihsm_key_type_format(key->type, key->bits, type);
    if (of->listed) {
        row_set(row, DOCTOR_OK, NULL, "the token lists %s for this key (%s)", of->name, type);
        return;
    }
    row_set(row, DOCTOR_WARN,
            "if handshakes fail, ask the vendor to enable it, or use a key of another type",
            "the token does not list %s, which this key (%s) needs for %s", of->name, type,
            of->use);
}

cihsm_status look_at_mechanisms(examination *of, doctor_row *row, cihsm_error *err)
{
    cihsm_error why = {0};
    if (is_without_token(of, row)) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *list = NULL;
    if (pkcs11_key_describe(of->key, &list, &why) != CIHSM_OK) {
        return row_fail(row, &why, "connect the token again, then ask its vendor's tools", err);
    }
    const cihsm_key_info *info = cihsm_key_list_at(list, 0);
    if (info->type == CIHSM_KEY_OTHER) {
        row_set(row, DOCTOR_FAIL, "use an RSA key, or an EC key on P-256, P-384 or P-521",
                "%s is of a kind that TLS does not take", info->uri);
        return CIHSM_OK;
    }
    if (info->sign == CIHSM_NO) {
        row_set(row, DOCTOR_FAIL, "use a key that may sign; see \"cihsm key list\"",
                "%s may not sign", info->uri);
        return CIHSM_OK;
    }
    const cihsm_mechanism *wanted = mechanism_for(of->told, info->type);
    if (wanted == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_INTERNAL, "no mechanism is known for %s", info->uri);
    }
    judge_mechanism(info, wanted, row);
    return CIHSM_OK;
}
