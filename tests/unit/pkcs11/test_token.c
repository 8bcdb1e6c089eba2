/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "pkcs11/slot.h"

static void write_file(const fixture *of, const char *name, const void *bytes, size_t len,
                       char path[256])
{
    snprintf(path, 256, "%s/%s", softhsm_folder(of->hsm), name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void expect_no_token(fixture *of, const char *module, const char *uri, cihsm_status status,
                            const char *text)
{
    cihsm_token_config config = fixture_config(of, module);
    config.uri = uri;
    cihsm_token *token = NULL;
    cihsm_error err = {.status = CIHSM_E_IO, .message = "of before"};
    assert_int_equal(cihsm_token_open(&config, &token, &err), status);
    fixture_expect(&err, status, text);
    assert_null(token);
    assert_int_equal(of->asked, 0);
}

static void says_what_is_wrong_with_a_module(void **state)
{
    fixture *of = *state;
    char text_file[256];
    char empty[256];
    char foreign[256];
    static const char TEXT[] = "this is not a shared library, just some text in a file of that "
                               "name, long enough for an ELF header";
    unsigned char elf[64] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    write_file(of, "text.so", TEXT, sizeof TEXT, text_file);
    write_file(of, "empty.so", "", 0, empty);
    write_file(of, "elf32.so", elf, sizeof elf, foreign);
    const struct {
        const char *module;
        const char *text;
    } rows[] = {
        {NULL, "--module"},
        {"", "--module"},
        {"/nowhere/libtoken.so", "no PKCS#11 module at /nowhere/libtoken.so"},
        {"libnosuchtoken.so", "no PKCS#11 module libnosuchtoken.so in the system's library"},
        {text_file, "is not a shared library"},
        {empty, "is not a shared library"},
        {foreign, "another kind of machine"},
        {"libm.so.6", "no PKCS#11 module (it has no C_GetFunctionList)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_no_token(of, rows[i].module, NULL, CIHSM_E_CONFIG, rows[i].text);
    }
}

static void says_which_code_a_module_answers_at_start(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_Initialize -> CKR_ARGUMENTS_BAD"));
    expect_no_token(of, SHIM_MODULE, NULL, CIHSM_E_TOKEN, "CKR_ARGUMENTS_BAD");
    assert_true(shim_use(of->hsm, "C_GetSlotList -> CKR_GENERAL_ERROR"));
    expect_no_token(of, SHIM_MODULE, NULL, CIHSM_E_TOKEN, "list the slots");
    assert_true(shim_is_clean(of->hsm));
    assert_true(shim_use(of->hsm, "C_GetTokenInfo -> CKR_DEVICE_ERROR"));
    expect_no_token(of, SHIM_MODULE, NULL, CIHSM_E_TOKEN, "slot does not answer");
    assert_true(shim_use(of->hsm, "C_OpenSession -> CKR_TOKEN_NOT_PRESENT"));
    expect_no_token(of, SHIM_MODULE, NULL, CIHSM_E_TOKEN, "CKR_TOKEN_NOT_PRESENT");
    assert_true(shim_is_clean(of->hsm));
    assert_true(shim_use(of->hsm, "C_Sing -> CKR_OK"));
    expect_no_token(of, SHIM_MODULE, NULL, CIHSM_E_CONFIG, "C_GetFunctionList");
}

static void selects_exactly_one_token_or_lists_the_candidates(void **state)
{
    fixture *of = *state;
    assert_true(softhsm_add_token(of->hsm, "twin", FIXTURE_PIN));
    assert_true(softhsm_add_token(of->hsm, "twin", FIXTURE_PIN));
    static const struct {
        const char *uri;
        const char *text;
    } ROWS[] = {
        {"pkcs11:token=nobody", "no such token; the module offers pkcs11:"},
        {"pkcs11:token=nobody", "token=" FIXTURE_LABEL},
        {"pkcs11:token=twin", "2 tokens match"},
        {"pkcs11:token=twin", "unquoted ';'"},
        {NULL, "3 tokens match"},
        {"pkcs11:manufacturer=Nobody", "no such token"},
        {"pkcs11:slot-id=123456", "no such token"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        expect_no_token(of, SHIM_MODULE, ROWS[i].uri, CIHSM_E_TOKEN, ROWS[i].text);
        assert_true(shim_is_clean(of->hsm));
    }
}

static void texts_of_tokens_are_clean(void **state)
{
    (void)state;
    static const struct {
        const char *field, *text;
    } ROWS[] = {
        {"plain   ", "plain"},
        {"\xc3\xa4\xc3\xb6    ", "\xc3\xa4\xc3\xb6"},
        {"a\x1b[2J\x7f ", "a?[2J?"},
        {"a\xc2\x9b"
         "2J   ",
         "a??2J"},
        {"\xe4\xf6 latin", "?? latin"},
        {"\xff\xff\xff\xff\xff\xff\xff\xff", "????????"},
        {"        ", ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char text[9];
        pkcs11_slot_text((const CK_UTF8CHAR *)ROWS[i].field, 8, text);
        assert_string_equal(text, ROWS[i].text);
    }
}

static void prints_a_uri_that_finds_the_token_again(void **state)
{
    fixture *of = *state;
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    const char *uri = cihsm_token_uri(token);
    assert_non_null(strstr(uri, "token=" FIXTURE_LABEL));
    assert_non_null(strstr(uri, "serial="));
    assert_non_null(strstr(uri, "manufacturer=SoftHSM%20project"));

    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    config.uri = uri;
    CIHSM_AUTO(cihsm_token_free) cihsm_token *again = NULL;
    assert_int_equal(cihsm_token_open(&config, &again, NULL), CIHSM_OK);
    assert_string_equal(cihsm_token_uri(again), uri);
}

static void says_so_if_there_is_no_token_at_all(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_GetTokenInfo -> flags -TOKEN_INITIALIZED"));
    expect_no_token(of, SHIM_MODULE, NULL, CIHSM_E_TOKEN, "no initialised token");
}

static void shares_one_module_between_two_tokens(void **state)
{
    fixture *of = *state;
    cihsm_token *first = fixture_open(of, SHIM_MODULE);
    cihsm_token *second = fixture_open(of, SHIM_MODULE); /* its login finds the first one's */
    cihsm_token_free(&first);
    fixture_generate(second, "ec:P-256", "shared");
    cihsm_token_free(&second);
    assert_int_equal(shim_reported(of->hsm, "C_Initialize"), 1);
    assert_int_equal(shim_reported(of->hsm, "C_Finalize"), 1);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 2);
    assert_true(shim_is_clean(of->hsm));

    CIHSM_AUTO(cihsm_token_free) cihsm_token *third = fixture_open(of, SHIM_MODULE);
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    config.init_string = "other";
    cihsm_error err = {0};
    assert_int_equal(cihsm_token_open(&config, &second, &err), CIHSM_E_CONFIG);
    fixture_expect(&err, CIHSM_E_CONFIG, "another init string");
    fixture_generate(third, "ec:P-256", "third"); /* the first user is not disturbed */
}

static void never_finalises_a_module_that_others_initialised(void **state)
{
    fixture *of = *state;
    CIHSM_AUTO(cihsm_token_free) cihsm_token *host = fixture_open(of, softhsm_module(of->hsm));
    cihsm_token *guest = fixture_open(of, SHIM_MODULE); /* the same SoftHSM underneath */
    assert_true(shim_use(of->hsm, ""));
    cihsm_token_free(&guest);
    assert_int_equal(shim_reported(of->hsm, "C_Finalize"), 0);
    fixture_generate(host, "ec:P-256", "host");
}

static void opens_writable_sessions_where_read_only_ones_are_refused(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_OpenSession #1 -> CKR_FUNCTION_FAILED"));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_OpenSession"), 2);
    assert_true(shim_is_clean(of->hsm));
}

static void traces_each_call_without_arguments(void **state)
{
    fixture *of = *state;
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    cihsm_token_free(&token);
    assert_non_null(strstr(of->log, "token C_Login CKR_OK "));
    assert_non_null(strstr(of->log, " us\n"));
    assert_null(strstr(of->log, FIXTURE_PIN));
}

static void refuses_a_call_without_configuration(void **state)
{
    (void)state;
    cihsm_token *token = NULL;
    assert_int_equal(cihsm_token_open(NULL, &token, NULL), CIHSM_E_ARGUMENT);
    cihsm_token_free(&token);
    cihsm_token_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(says_what_is_wrong_with_a_module, fixture_reset),
        cmocka_unit_test_setup(says_which_code_a_module_answers_at_start, fixture_reset),
        cmocka_unit_test(texts_of_tokens_are_clean),
        cmocka_unit_test_setup(prints_a_uri_that_finds_the_token_again, fixture_reset),
        cmocka_unit_test_setup(says_so_if_there_is_no_token_at_all, fixture_reset),
        cmocka_unit_test_setup(shares_one_module_between_two_tokens, fixture_reset),
        cmocka_unit_test_setup(never_finalises_a_module_that_others_initialised, fixture_reset),
        cmocka_unit_test_setup(opens_writable_sessions_where_read_only_ones_are_refused,
                               fixture_reset),
        cmocka_unit_test_setup(traces_each_call_without_arguments, fixture_reset),
        cmocka_unit_test_setup(refuses_a_call_without_configuration, fixture_reset),
        cmocka_unit_test_setup(selects_exactly_one_token_or_lists_the_candidates, fixture_reset),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
