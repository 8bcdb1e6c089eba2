/* SPDX-License-Identifier: Apache-2.0 */
/* The shim judges others, so it is tested too: rules, faults and the report. */
#include "fixture.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <p11-kit/pkcs11.h>

static CK_RV load(CK_FUNCTION_LIST **out)
{
    void *library = dlopen(SHIM_MODULE, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    CK_C_GetFunctionList get = NULL;
    void *symbol = dlsym(library, "C_GetFunctionList");
    memcpy(&get, &symbol, sizeof symbol);
    return get(out);
}

static void refuses_malformed_rules(void **state)
{
    fixture *of = *state;
    static const char *const WRONG[] = {
        "C_Sign",
        "C_Nothing -> CKR_DEVICE_ERROR",
        "C_Sign -> CKR_NOTHING",
        "C_Sign #0 -> CKR_DEVICE_ERROR",
        "C_Sign #x -> CKR_DEVICE_ERROR",
        "C_Sign #1 #2 -> CKR_DEVICE_ERROR",
        "C_Sign -> delay",
        "C_Sign -> delay soon",
        "C_Sign -> lock-after 3",
        "C_Sign -> flags +USER_PIN_LOCKED",
        "C_GetTokenInfo -> flags USER_PIN_LOCKED",
        "C_GetTokenInfo -> flags +NOTHING",
        "C_Sign mechanism CKM_ECDSA -> CKR_MECHANISM_INVALID",
        "C_SignInit mechanism -> CKR_MECHANISM_INVALID",
        "C_Sign ro -> CKR_DEVICE_ERROR",
        "C_OpenSession ro rw -> CKR_DEVICE_ERROR",
        "C_OpenSession attribute CKA_ID -> CKR_DEVICE_ERROR",
        "C_GenerateKeyPair attribute -> CKR_DEVICE_ERROR",
        "C_GenerateKeyPair attribute CKA_NOTHING -> CKR_DEVICE_ERROR",
        "C_GenerateKeyPair -> after CKR_NOTHING",
        "C_Sign -> after",
        "C_Sign -> limit 1",
        "C_OpenSession -> limit none",
        "C_SignInit -> short 1",
        "C_FindObjects -> needs 1",
        "C_Sign -> pin 1234",
        "C_Login -> pin",
        "C_Sign -> raw-points",
        "-> CKR_DEVICE_ERROR",
        "C_Sign -> ",
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        CK_FUNCTION_LIST *functions = NULL;
        assert_true(shim_use(of->hsm, WRONG[i]));
        if (load(&functions) == CKR_OK) {
            fail_msg("accepted: %s", WRONG[i]);
        }
    }
}

static void counts_fails_and_delays_as_told(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "# comment\n\n"
                                  "C_GetSlotList #2 -> CKR_DEVICE_ERROR\n"
                                  "C_GetInfo * -> delay 20\n"
                                  "* -> delay 10\n"
                                  "C_GetInfo -> 0x80000005"));
    CK_FUNCTION_LIST *functions = NULL;
    assert_int_equal(load(&functions), CKR_OK);
    assert_int_equal(functions->C_Initialize(NULL), CKR_OK);
    CK_ULONG count = 0;
    assert_int_equal(functions->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(functions->C_GetSlotList(CK_TRUE, NULL, &count), CKR_DEVICE_ERROR);
    assert_int_equal(functions->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    struct timespec start;
    struct timespec end;
    CK_INFO info;
    clock_gettime(CLOCK_MONOTONIC, &start);
    assert_int_equal(functions->C_GetInfo(&info), 0x80000005UL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    const long long waited_ns =
        (long long)(end.tv_sec - start.tv_sec) * 1000000000 + (end.tv_nsec - start.tv_nsec);
    assert_true(waited_ns >= 30000000);
    assert_int_equal(functions->C_Finalize(NULL), CKR_OK);
    assert_int_equal(shim_reported(of->hsm, "C_GetSlotList"), 3);
    assert_int_equal(shim_reported(of->hsm, "calls"), 7);
    assert_true(shim_is_clean(of->hsm));
}

static CK_SLOT_ID first_slot(CK_FUNCTION_LIST *functions)
{
    CK_SLOT_ID slots[4];
    CK_ULONG count = 4;
    assert_int_equal(functions->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    return slots[0];
}

static void does_what_it_says_has_failed(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_OpenSession #2 -> after CKR_DEVICE_ERROR\n"
                                  "C_OpenSession -> limit 2\n"
                                  "C_Login -> after CKR_FUNCTION_FAILED"));
    CK_FUNCTION_LIST *functions = NULL;
    assert_int_equal(load(&functions), CKR_OK);
    assert_int_equal(functions->C_Initialize(NULL), CKR_OK);
    const CK_SLOT_ID slot = first_slot(functions);
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    CK_SESSION_HANDLE unknown = 77;
    CK_SESSION_HANDLE none = CK_INVALID_HANDLE;
    assert_int_equal(functions->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session),
                     CKR_OK);
    assert_int_equal(functions->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &unknown),
                     CKR_DEVICE_ERROR);
    assert_int_equal(unknown, CK_INVALID_HANDLE);
    assert_int_equal(functions->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &none),
                     CKR_SESSION_COUNT); /* the one that nobody has counts */

    CK_UTF8CHAR pin[] = FIXTURE_PIN;
    assert_int_equal(functions->C_Login(session, CKU_USER, pin, sizeof pin - 1),
                     CKR_FUNCTION_FAILED);
    CK_SESSION_INFO info;
    assert_int_equal(functions->C_GetSessionInfo(session, &info), CKR_OK);
    assert_int_equal(info.state, CKS_RO_USER_FUNCTIONS);
    assert_int_equal(functions->C_CloseAllSessions(slot), CKR_OK);
    assert_int_equal(functions->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session),
                     CKR_OK);
    assert_int_equal(functions->C_Finalize(NULL), CKR_OK);
}

static void reports_a_caller_that_leaves_things_behind(void **state)
{
    fixture *of = *state;
    CK_FUNCTION_LIST *functions = NULL;
    assert_int_equal(load(&functions), CKR_OK);
    assert_int_equal(functions->C_Initialize(NULL), CKR_OK);
    CK_ULONG count = 0;
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    const CK_SLOT_ID slot = first_slot(functions);
    assert_int_equal(functions->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session),
                     CKR_OK);
    CK_UTF8CHAR wrong[] = "wrong-in-shim";
    assert_int_equal(functions->C_Login(session, CKU_USER, wrong, sizeof wrong - 1),
                     CKR_PIN_INCORRECT);
    assert_int_equal(functions->C_Login(session, CKU_USER, wrong, sizeof wrong - 1),
                     CKR_PIN_INCORRECT);
    assert_int_equal(functions->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    assert_int_equal(functions->C_Finalize(NULL), CKR_OK);
    assert_int_equal(shim_reported(of->hsm, "sessions-opened"), 1);
    assert_int_equal(shim_reported(of->hsm, "sessions-closed"), 0);
    assert_int_equal(shim_reported(of->hsm, "searches-opened"), 1);
    assert_int_equal(shim_reported(of->hsm, "searches-closed"), 0);
    assert_int_equal(shim_reported(of->hsm, "refused-pins-repeated"), 1);
    assert_false(shim_is_clean(of->hsm));

    assert_int_equal(functions->C_GetSlotList(CK_TRUE, NULL, &count), CKR_CRYPTOKI_NOT_INITIALIZED);
    CK_FUNCTION_LIST *again = NULL; /* the next start writes what came after the end */
    assert_int_equal(load(&again), CKR_OK);
    assert_int_equal(shim_reported(of->hsm, "calls-after-finalize"), 1);
}

static void heeds_new_rules_while_it_runs_if_told_so(void **state)
{
    fixture *of = *state;
    setenv("CIHSM_SHIM_LIVE", "1", 1);
    CK_FUNCTION_LIST *functions = NULL;
    assert_int_equal(load(&functions), CKR_OK);
    unsetenv("CIHSM_SHIM_LIVE");
    assert_int_equal(functions->C_Initialize(NULL), CKR_OK);
    CK_INFO info;
    assert_int_equal(functions->C_GetInfo(&info), CKR_OK);

    const char *path = getenv("CIHSM_SHIM_RULES");
    char other[600];
    snprintf(other, sizeof other, "%s.new", path);
    FILE *file = fopen(other, "we");
    assert_non_null(file);
    fputs("C_GetInfo #2 -> CKR_DEVICE_ERROR\n", file);
    fclose(file);
    assert_int_equal(rename(other, path), 0);
    assert_int_equal(functions->C_GetInfo(&info), CKR_OK);
    assert_int_equal(shim_reported(of->hsm, "C_GetInfo"), 1);
    assert_int_equal(functions->C_GetInfo(&info), CKR_DEVICE_ERROR);
    assert_int_equal(functions->C_GetInfo(&info), CKR_OK);
    assert_int_equal(functions->C_Finalize(NULL), CKR_OK);
    assert_int_equal(shim_reported(of->hsm, "C_GetInfo"), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(refuses_malformed_rules, fixture_reset),
        cmocka_unit_test_setup(counts_fails_and_delays_as_told, fixture_reset),
        cmocka_unit_test_setup(does_what_it_says_has_failed, fixture_reset),
        cmocka_unit_test_setup(reports_a_caller_that_leaves_things_behind, fixture_reset),
        cmocka_unit_test_setup(heeds_new_rules_while_it_runs_if_told_so, fixture_reset),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
