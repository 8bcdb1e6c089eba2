/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim - a PKCS#11 module over a real one, for tests: fails, delays and counts as told.
 *
 *     CIHSM_SHIM_MODULE  path of the real module
 *     CIHSM_SHIM_RULES   rule file (rules.h); none: everything is forwarded
 *     CIHSM_SHIM_REPORT  where the counts go at C_Finalize and at exit; none: nowhere
 *     CIHSM_SHIM_LIVE    if set, the rules are read again when another file was put in the place of
 *                        theirs: "#N" counts from then on, and the report is written
 *
 * All of them are read when C_GetFunctionList is called while the module is not initialised: that
 * starts a new count. A faked failure of a function that ends something (C_Sign, C_CloseSession)
 * still makes the real call, or the real session would keep its operation; "after" always does.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/err.h>

#include "shim/functions.h"
#include "shim/ledger.h"
#include "shim/rules.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static CK_FUNCTION_LIST *real; /* set once, before any other call */
static shim_ledger ledger;
static shim_rules rules;
static const char *live_path; /* of the rules; NULL: they stay as they are */
static struct stat rules_file;
static unsigned long counts_before[SHIM_FUNCTION_COUNT]; /* these rules were read */
static unsigned sessions_opening;                        /* for which calls are under way */

/* As SoftHSM does, and more: the queue is that of the thread that called. */
static void leave_junk(void)
{
    ERR_raise(ERR_LIB_ENGINE, 1);
    ERR_raise_data(ERR_LIB_USER, 2, "left by a module");
}

static void sleep_ms(unsigned long ms)
{
    struct timespec left = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0) {
    }
}

/* Which call of a function it is since the rules were read. Called with the lock held, as what is
 * below. */
static unsigned long nth_of(shim_function function)
{
    return ledger.counts[function] - counts_before[function];
}

static bool read_rules(const char *path)
{
    memcpy(counts_before, ledger.counts, sizeof counts_before);
    rules.count = 0;
    return path == NULL || shim_rules_read(path, &rules);
}

static void read_new_rules(void)
{
    struct stat now;
    if (live_path == NULL || stat(live_path, &now) != 0 ||
        (now.st_ino == rules_file.st_ino && now.st_mtim.tv_sec == rules_file.st_mtim.tv_sec &&
         now.st_mtim.tv_nsec == rules_file.st_mtim.tv_nsec)) {
        return;
    }
    rules_file = now;
    if (!read_rules(live_path)) {
        abort(); /* the test is wrong */
    }
    shim_ledger_write(&ledger);
}

/* Counts the call, waits if a rule says so. @return the code to answer; CKR_OK: do the real call */
static CK_RV enter_call(shim_call *call)
{
    const shim_function function = call->function;
    CK_RV fake = CKR_OK;
    unsigned long delay_ms = 0;
    bool is_messy = false;
    pthread_mutex_lock(&lock);
    read_new_rules();
    ledger.counts[function]++;
    ledger.changed = true;
    if (!ledger.initialized && function != SHIM_C_Initialize) {
        ledger.calls_after_finalize++;
    }
    call->nth = nth_of(function);
    for (unsigned i = 0; i < rules.count; i++) {
        const shim_rule *rule = &rules.list[i];
        if (!shim_rule_applies(rule, call)) {
            continue;
        }
        fake = rule->action == SHIM_RETURN ? rule->value : fake;
        delay_ms += rule->action == SHIM_DELAY ? rule->value : 0;
        is_messy = is_messy || rule->action == SHIM_JUNK;
    }
    pthread_mutex_unlock(&lock);
    if (is_messy) {
        leave_junk();
    }
    sleep_ms(delay_ms);
    return fake;
}

/* The rule with this action for a call; NULL if there is none. Called with the lock held. */
static const shim_rule *rule_with(shim_action action, const shim_call *call)
{
    for (unsigned i = 0; i < rules.count; i++) {
        if (rules.list[i].action == action && shim_rule_applies(&rules.list[i], call)) {
            return &rules.list[i];
        }
    }
    return NULL;
}

/* What is answered after the real call. */
static CK_RV told_of(const shim_call *call, CK_RV rv)
{
    pthread_mutex_lock(&lock);
    const shim_rule *after = rule_with(SHIM_AFTER, call);
    const CK_RV told = after == NULL ? rv : after->value;
    pthread_mutex_unlock(&lock);
    return told;
}

/* The same where the call was made in any case. @param fake  what a rule said instead of it */
static CK_RV answer(const shim_call *call, CK_RV fake, CK_RV rv)
{
    return fake == CKR_OK ? told_of(call, rv) : fake;
}

static int ends_something(shim_function function)
{
    return function == SHIM_C_Logout;
}

#define FORWARD(name, parameters, arguments)                  \
    static CK_RV shim_##name parameters                       \
    {                                                         \
        shim_call call = {.function = SHIM_##name};           \
        const CK_RV fake = enter_call(&call);                 \
        if (fake != CKR_OK && !ends_something(SHIM_##name)) { \
            return fake;                                      \
        }                                                     \
        return answer(&call, fake, real->name arguments);     \
    }
SHIM_PLAIN(FORWARD)

/* The number that a rule with this action gives; @return false: there is none */
static bool number_of(shim_action action, const shim_call *call, unsigned long *out)
{
    pthread_mutex_lock(&lock);
    const shim_rule *rule = rule_with(action, call);
    *out = rule == NULL ? 0 : rule->value;
    pthread_mutex_unlock(&lock);
    return rule != NULL;
}

static CK_RV shim_C_GetSlotList(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count)
{
    shim_call call = {.function = SHIM_C_GetSlotList};
    const CK_RV fake = enter_call(&call);
    if (fake != CKR_OK) {
        return fake;
    }
    unsigned long needed = 0;
    if (number_of(SHIM_NEEDS, &call, &needed) && (slots == NULL || *count < needed)) {
        *count = needed;
        return slots == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
    }
    return told_of(&call, real->C_GetSlotList(present, slots, count));
}

static CK_RV shim_C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG room,
                                CK_ULONG *count)
{
    shim_call call = {.function = SHIM_C_FindObjects};
    const CK_RV fake = enter_call(&call);
    if (fake != CKR_OK) {
        return fake;
    }
    unsigned long most = 0;
    const bool is_short = number_of(SHIM_SHORT, &call, &most) && most < room;
    return told_of(&call, real->C_FindObjects(session, objects, is_short ? most : room, count));
}

static CK_RV shim_C_Sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *sig,
                         CK_ULONG *sig_len)
{
    shim_call call = {.function = SHIM_C_Sign};
    const CK_RV fake = enter_call(&call);
    const CK_RV rv = real->C_Sign(session, data, data_len, sig, sig_len);
    unsigned long missing = 0;
    if (rv == CKR_OK && number_of(SHIM_SHORT, &call, &missing)) {
        *sig_len -= missing < *sig_len ? missing : *sig_len;
    }
    return answer(&call, fake, rv);
}

static CK_RV shim_C_Initialize(void *args)
{
    pthread_mutex_lock(&lock);
    if (!ledger.initialized) {
        shim_ledger_initialize(&ledger);
    }
    pthread_mutex_unlock(&lock);
    shim_call call = {.function = SHIM_C_Initialize};
    const CK_RV fake = enter_call(&call);
    if (fake != CKR_OK) {
        return fake;
    }
    const CK_RV rv = real->C_Initialize(args);
    pthread_mutex_lock(&lock);
    ledger.initialized = rv == CKR_OK || rv == CKR_CRYPTOKI_ALREADY_INITIALIZED;
    pthread_mutex_unlock(&lock);
    return told_of(&call, rv);
}

static CK_RV shim_C_Finalize(void *reserved)
{
    shim_call call = {.function = SHIM_C_Finalize};
    const CK_RV fake = enter_call(&call);
    const CK_RV rv = real->C_Finalize(reserved);
    pthread_mutex_lock(&lock);
    ledger.initialized = false;
    shim_ledger_write(&ledger);
    pthread_mutex_unlock(&lock);
    return answer(&call, fake, rv);
}

/* Takes the place of a session to be opened. @return false: the token has no more */
static bool reserve_session(const shim_call *call)
{
    pthread_mutex_lock(&lock);
    const shim_rule *limit = rule_with(SHIM_LIMIT, call);
    const bool has_room = limit == NULL || ledger.session_count + sessions_opening < limit->value;
    sessions_opening += has_room;
    pthread_mutex_unlock(&lock);
    return has_room;
}

static CK_RV shim_C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *application,
                                CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
    shim_call call = {.function = SHIM_C_OpenSession};
    call.mode = (flags & CKF_RW_SESSION) != 0 ? SHIM_READ_WRITE : SHIM_READ_ONLY;
    const CK_RV fake = enter_call(&call);
    if (fake != CKR_OK) {
        return fake;
    }
    if (!reserve_session(&call)) {
        return CKR_SESSION_COUNT;
    }
    const CK_RV rv = real->C_OpenSession(slot, flags, application, notify, session);
    pthread_mutex_lock(&lock);
    sessions_opening--;
    if (rv == CKR_OK) {
        shim_ledger_session_opened(&ledger, *session, slot);
    }
    pthread_mutex_unlock(&lock);
    const CK_RV told = told_of(&call, rv);
    *session = told == CKR_OK ? *session : CK_INVALID_HANDLE;
    return told;
}

static CK_RV shim_C_CloseSession(CK_SESSION_HANDLE session)
{
    shim_call call = {.function = SHIM_C_CloseSession};
    const CK_RV fake = enter_call(&call);
    pthread_mutex_lock(&lock);
    shim_ledger_session_closed(&ledger, session);
    pthread_mutex_unlock(&lock);
    return answer(&call, fake, real->C_CloseSession(session));
}

static CK_RV shim_C_CloseAllSessions(CK_SLOT_ID slot)
{
    shim_call call = {.function = SHIM_C_CloseAllSessions};
    const CK_RV fake = enter_call(&call);
    pthread_mutex_lock(&lock);
    shim_ledger_slot_closed(&ledger, slot);
    pthread_mutex_unlock(&lock);
    return answer(&call, fake, real->C_CloseAllSessions(slot));
}

static CK_RV shim_C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    shim_call call = {.function = SHIM_C_FindObjectsInit};
    const CK_RV fake = enter_call(&call);
    if (fake != CKR_OK) {
        return fake;
    }
    const CK_RV rv = real->C_FindObjectsInit(session, wanted, count);
    if (rv == CKR_OK) {
        pthread_mutex_lock(&lock);
        shim_ledger_search(&ledger, session, true);
        pthread_mutex_unlock(&lock);
    }
    return told_of(&call, rv);
}

static CK_RV shim_C_FindObjectsFinal(CK_SESSION_HANDLE session)
{
    shim_call call = {.function = SHIM_C_FindObjectsFinal};
    const CK_RV fake = enter_call(&call);
    const CK_RV rv = real->C_FindObjectsFinal(session);
    pthread_mutex_lock(&lock);
    shim_ledger_search(&ledger, session, false);
    pthread_mutex_unlock(&lock);
    return answer(&call, fake, rv);
}

static CK_RV shim_C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
                             CK_OBJECT_HANDLE key)
{
    shim_call call = {.function = SHIM_C_SignInit, .mechanism = mechanism};
    const CK_RV fake = enter_call(&call);
    return fake == CKR_OK ? told_of(&call, real->C_SignInit(session, mechanism, key)) : fake;
}

/* The point of a DER OCTET STRING with a length below 128, moved to the start of the value. */
static void unwrap_point(CK_ATTRIBUTE *of)
{
    unsigned char *bytes = of->pValue;
    const CK_ULONG len = of->ulValueLen;
    if (of->type == CKA_EC_POINT && bytes != NULL && len != CK_UNAVAILABLE_INFORMATION && len > 2 &&
        bytes[0] == 0x04 && bytes[1] == len - 2) {
        memmove(bytes, bytes + 2, len - 2);
        of->ulValueLen = len - 2;
    }
}

static CK_RV shim_C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                      CK_ATTRIBUTE *templ, CK_ULONG count)
{
    shim_call call = {
        .function = SHIM_C_GetAttributeValue, .attributes = {templ}, .attribute_counts = {count}};
    const CK_RV fake = enter_call(&call);
    if (fake != CKR_OK) {
        return fake;
    }
    const CK_RV rv = real->C_GetAttributeValue(session, object, templ, count);
    pthread_mutex_lock(&lock);
    const bool raw = rule_with(SHIM_RAW_POINTS, &call) != NULL;
    pthread_mutex_unlock(&lock);
    for (CK_ULONG i = 0; i < count && raw; i++) {
        unwrap_point(&templ[i]);
    }
    return told_of(&call, rv);
}

static CK_RV shim_C_GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
                                    CK_ATTRIBUTE *public_template, CK_ULONG public_count,
                                    CK_ATTRIBUTE *private_template, CK_ULONG private_count,
                                    CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
    shim_call call = {.function = SHIM_C_GenerateKeyPair,
                      .attributes = {public_template, private_template},
                      .attribute_counts = {public_count, private_count}};
    const CK_RV fake = enter_call(&call);
    if (fake != CKR_OK) {
        return fake;
    }
    const CK_RV rv =
        real->C_GenerateKeyPair(session, mechanism, public_template, public_count, private_template,
                                private_count, public_key, private_key);
    return told_of(&call, rv);
}

/* Tries that lock the token; 0: never. Called with the lock held. */
static unsigned long tries_of_token(void)
{
    for (unsigned i = 0; i < rules.count; i++) {
        if (rules.list[i].action == SHIM_LOCK_AFTER) {
            return rules.list[i].value;
        }
    }
    return 0;
}

static bool is_locked(void)
{
    pthread_mutex_lock(&lock);
    const unsigned long tries = tries_of_token();
    const bool locked = tries > 0 && ledger.refused_in_a_row >= tries;
    pthread_mutex_unlock(&lock);
    return locked;
}

/* What a person types at the reader, if a rule says so. */
static bool typed_at_reader(char out[SHIM_PIN_MAX])
{
    pthread_mutex_lock(&lock);
    const shim_call call = {.function = SHIM_C_Login, .nth = nth_of(SHIM_C_Login)};
    const shim_rule *rule = rule_with(SHIM_PIN, &call);
    if (rule != NULL) {
        memcpy(out, rule->pin, SHIM_PIN_MAX);
    }
    pthread_mutex_unlock(&lock);
    return rule != NULL;
}

static CK_RV shim_C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_BYTE *pin, CK_ULONG len)
{
    shim_call call = {.function = SHIM_C_Login};
    CK_RV rv = enter_call(&call);
    const CK_RV fake = rv;
    if (rv == CKR_OK && is_locked()) {
        rv = CKR_PIN_LOCKED;
    }
    if (rv == CKR_OK) {
        char typed[SHIM_PIN_MAX];
        const bool at_reader = pin == NULL && typed_at_reader(typed);
        rv = at_reader ? real->C_Login(session, user, (CK_BYTE *)typed, (CK_ULONG)strlen(typed))
                       : real->C_Login(session, user, pin, len);
    }
    pthread_mutex_lock(&lock);
    shim_ledger_login(&ledger, session, user, pin, len,
                      rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED);
    pthread_mutex_unlock(&lock);
    return answer(&call, fake, rv);
}

static CK_FLAGS flags_of_lock(void)
{
    const unsigned long tries = tries_of_token();
    const unsigned long refused = ledger.refused_in_a_row;
    if (tries == 0 || refused == 0) {
        return 0;
    }
    if (refused >= tries) {
        return CKF_USER_PIN_LOCKED;
    }
    return CKF_USER_PIN_COUNT_LOW | (refused + 1 == tries ? CKF_USER_PIN_FINAL_TRY : 0);
}

static CK_RV shim_C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    shim_call call = {.function = SHIM_C_GetTokenInfo};
    const CK_RV fake = enter_call(&call);
    const CK_RV rv = fake == CKR_OK ? real->C_GetTokenInfo(slot, info) : fake;
    if (rv != CKR_OK) {
        return rv;
    }
    pthread_mutex_lock(&lock);
    for (unsigned i = 0; i < rules.count; i++) {
        const shim_rule *rule = &rules.list[i];
        if (rule->action == SHIM_FLAGS && shim_rule_applies(rule, &call)) {
            info->flags = (info->flags | rule->set) & ~rule->clear;
        }
    }
    info->flags |= flags_of_lock();
    pthread_mutex_unlock(&lock);
    return told_of(&call, rv);
}

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out);

#define MEMBER(name, parameters, arguments) .name = shim_##name,
static CK_RV shim_C_GetFunctionList(CK_FUNCTION_LIST **out)
{
    return C_GetFunctionList(out);
}
static CK_FUNCTION_LIST functions = {.version = {2, 40}, SHIM_ALL(MEMBER)};

static CK_RV load_real(void)
{
    const char *path = getenv("CIHSM_SHIM_MODULE");
    void *library = path == NULL ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library == NULL ? NULL : dlsym(library, "C_GetFunctionList");
    if (symbol == NULL) {
        fprintf(stderr, "shim: CIHSM_SHIM_MODULE names no PKCS#11 module\n");
        return CKR_GENERAL_ERROR;
    }
    CK_C_GetFunctionList get = NULL;
    memcpy(&get, &symbol, sizeof symbol);
    return get(&real);
}

static CK_RV start(void)
{
    shim_ledger_write(&ledger); /* calls after the last C_Finalize */
    shim_ledger_start(&ledger, getenv("CIHSM_SHIM_REPORT"));
    const char *path = getenv("CIHSM_SHIM_RULES");
    live_path = getenv("CIHSM_SHIM_LIVE") == NULL ? NULL : path;
    if ((live_path != NULL && stat(live_path, &rules_file) != 0) || !read_rules(path)) {
        return CKR_GENERAL_ERROR;
    }
    return real == NULL ? load_real() : CKR_OK;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out)
{
    pthread_mutex_lock(&lock);
    const CK_RV rv = ledger.initialized ? CKR_OK : start();
    ledger.counts[SHIM_C_GetFunctionList]++;
    const shim_call call = {.function = SHIM_C_GetFunctionList,
                            .nth = nth_of(SHIM_C_GetFunctionList)};
    const shim_rule *late = rule_with(SHIM_DELAY, &call);
    const unsigned long delay_ms = late == NULL ? 0 : late->value;
    pthread_mutex_unlock(&lock);
    sleep_ms(delay_ms);
    *out = &functions;
    return rv;
}

__attribute__((destructor)) static void report_at_exit(void)
{
    shim_ledger_write(&ledger);
}
