/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/token.h"

#include <limits.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "pkcs11/code.h"
#include "pkcs11/module.h"
#include "pkcs11/recovery.h"

pkcs11_login_plan pkcs11_token_plan(const cihsm_token *token)
{
    return (pkcs11_login_plan){
        .link = &token->link,
        .slot = &token->slot,
        .pin = token->pin,
        .pin_offer = token->pin_offer,
        .pin_verdict = token->pin_verdict,
        .pin_user = token->pin_user,
        .pinpad = token->pinpad,
        .allow_final_try = token->allow_final_try,
    };
}

cihsm_status pkcs11_token_check_login(const cihsm_token *token, CK_SESSION_HANDLE session,
                                      cihsm_error *err)
{
    const pkcs11_login_plan plan = pkcs11_token_plan(token);
    bool is_logged_in = true;
    CK_RV rv = CKR_OK;
    if (pkcs11_login_is_needed(&plan)) {
        rv = pkcs11_login_state(&token->link, session, &is_logged_in);
    }
    if (rv == CKR_OK && !is_logged_in) {
        rv = CKR_USER_NOT_LOGGED_IN;
    }
    return rv == CKR_OK ? CIHSM_OK : pkcs11_fail(err, rv, "cannot search the token");
}

static cihsm_status login(cihsm_token *token, cihsm_error *err)
{
    const pkcs11_login_plan plan = pkcs11_token_plan(token);
    if (!pkcs11_login_is_needed(&plan)) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(pkcs11_pin_free) pkcs11_pin pin = {.secret = NULL};
    CIHSM_TRY(pkcs11_login_ask(&plan, &pin, err));
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    CIHSM_TRY(pkcs11_pool_take(token->pool, &session, err));
    const cihsm_status status = pkcs11_login_try(&plan, session, CKU_USER, &pin, err);
    pkcs11_pool_give(token->pool, session); /* a failed login leaves no operation behind */
    if (status == CIHSM_OK) {
        token->held = pin;
        pin = (pkcs11_pin){.secret = NULL};
    }
    return status;
}

static cihsm_status open_sessions(cihsm_token *token, cihsm_error *err)
{
    token->generation = pkcs11_module_generation(token->link.module);
    CIHSM_TRY(pkcs11_slot_find(&token->link, token->asked, &token->slot, err));
    CIHSM_TRY(pkcs11_uri_of_token(&token->slot.info, &token->uri, err));
    return pkcs11_pool_new(&token->link, token->slot.id, &token->pool, err);
}

/* Until pkcs11_module_exit nobody initialises the module anew. */
static cihsm_status enter(cihsm_token *token, cihsm_error *err)
{
    CIHSM_TRY(pkcs11_module_enter(&token->link, err));
    text_free(&token->uri); /* of a try before */
    const cihsm_status status = open_sessions(token, err);
    if (status != CIHSM_OK) {
        pkcs11_module_exit(&token->link);
    }
    return status;
}

/* No PIN was offered so far, so that all of it may be done twice. */
static cihsm_status enter_or_recover(cihsm_token *token, cihsm_error *err)
{
    const unsigned long generation = pkcs11_module_generation(token->link.module);
    cihsm_error failure = {0};
    if (enter(token, &failure) == CIHSM_OK) {
        return CIHSM_OK;
    }
    if (pkcs11_recover_module(&token->link, generation, &failure)) {
        return enter(token, err);
    }
    return cihsm_fail(err, failure.status, failure.origin, failure.native, "%s", failure.message);
}

static cihsm_status find_and_log_in(cihsm_token *token, cihsm_error *err)
{
    CIHSM_TRY(enter_or_recover(token, err));
    const cihsm_status status = login(token, err);
    pkcs11_module_exit(&token->link);
    return status;
}

static cihsm_token *token_new(const cihsm_token_config *config)
{
    cihsm_token *token = calloc(1, sizeof *token);
    if (token == NULL) {
        return NULL;
    }
    if (!pkcs11_gate_init(&token->one_revives)) {
        free(token);
        return NULL;
    }
    pthread_mutex_init(&token->context_lock, NULL);
    atomic_init(&token->spent, ULONG_MAX); /* none */
    token->link = pkcs11_link_of(config);
    token->pin = config->pin;
    token->pin_offer = config->pin_offer;
    token->pin_verdict = config->pin_verdict;
    token->pin_user = config->pin_user;
    token->pinpad = config->pinpad;
    token->allow_final_try = config->allow_final_try;
    return token;
}

cihsm_status cihsm_token_open(const cihsm_token_config *config, cihsm_token **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    if (config == NULL || out == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "cihsm_token_open needs a configuration");
    }
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = token_new(config);
    if (token == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(pkcs11_uri_parse(config->uri, &token->asked, err));
    CIHSM_TRY(pkcs11_module_join(&token->link, config->module, config->init_string, err));
    CIHSM_TRY(find_and_log_in(token, err));
    log_line(token->link.log, CIHSM_LOG_DEBUG, "token", "using %s in slot %lu", token->uri,
             token->slot.id);
    *out = CIHSM_MOVE(token);
    return CIHSM_OK;
}

const char *cihsm_token_uri(const cihsm_token *token)
{
    return token->uri;
}

bool cihsm_token_is_stuck(void)
{
    return pkcs11_worker_any_left();
}

cihsm_token_counters cihsm_token_count(const cihsm_token *token)
{
    const pkcs11_module *module = token->link.module;
    cihsm_token_counters counters = {
        .sessions = pkcs11_module_count(module, PKCS11_C_OpenSession),
        .logins = pkcs11_module_count(module, PKCS11_C_Login),
        .signs = pkcs11_module_count(module, PKCS11_C_Sign),
    };
    for (int i = 0; i < PKCS11_FUNCTION_COUNT; i++) {
        counters.calls += pkcs11_module_count(module, (pkcs11_function)i);
    }
    return counters;
}

/* Sessions that ended when the module was initialised anew may have namesakes: they are not closed.
 */
static void close_sessions(cihsm_token *token)
{
    if (token->pool == NULL) {
        return;
    }
    if (pkcs11_module_is_forked(token->link.module)) {
        pkcs11_pool_abandon(&token->pool);
        return;
    }
    const bool is_in = pkcs11_module_enter(&token->link, NULL) == CIHSM_OK;
    if (token->generation != pkcs11_module_generation(token->link.module)) {
        pkcs11_pool_reset(token->pool, token->slot.id);
    } else if (!is_in) {
        pkcs11_pool_leave(token->pool, token->generation);
    }
    pkcs11_pool_free(&token->pool);
    if (is_in) {
        pkcs11_module_exit(&token->link);
    }
}

/* A thread of the parent may wait at a gate that was forked: who destroys it would wait, too. */
static void destroy_locks(cihsm_token *token)
{
    if (token->link.module == NULL || !pkcs11_module_is_forked(token->link.module)) {
        pkcs11_gate_destroy(&token->one_revives);
        pthread_mutex_destroy(&token->context_lock);
    }
}

void cihsm_token_free(cihsm_token **of)
{
    if (of == NULL || *of == NULL) {
        return;
    }
    cihsm_token *token = *of;
    pkcs11_pin_free(&token->held);
    close_sessions(token);
    destroy_locks(token);
    pkcs11_module_leave(&token->link);
    p11_uri_cleanup(&token->asked);
    text_free(&token->uri);
    free(token);
    *of = NULL;
}
