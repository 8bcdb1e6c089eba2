/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/file.h"
#include "cihsm/config.h"
#include "cihsm/scope.h"
#include "support/place.h"

static void write_text(const place *at, const char *text)
{
    assert_int_equal(cihsm_file_write(at->file, 0600, text, strlen(text), NULL), CIHSM_OK);
}

static void assert_text(const place *at, const char *expected)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(100000);
    assert_int_equal(file_read(at->file, "test", &text, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&text), expected);
}

static void reads_profiles_comments_and_indented_lines(void **state)
{
    const place *at = *state;
    write_text(at, "# comment\nprofile = prod\n\n[test]\n  module = libsofthsm2.so\n"
                   "  token = pkcs11:token=a;serial=b ; comment\n\n[prod]\nchain = chain.pem\n"
                   "ca=/etc/ca.pem\nmodule-env.SOFTHSM2_CONF = /x y/z\r\n");
    CIHSM_AUTO(cihsm_config_free) cihsm_config *config = NULL;
    cihsm_error err = {0};
    if (cihsm_config_read(at->file, true, &config, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_string_equal(cihsm_config_default_profile(config), "prod");
    assert_int_equal(cihsm_config_profile_count(config), 2);
    const cihsm_profile *test = cihsm_config_profile(config, "test");
    assert_string_equal(cihsm_profile_get(test, "module"), "libsofthsm2.so");
    assert_string_equal(cihsm_profile_get(test, "token"), "pkcs11:token=a;serial=b");
    const cihsm_profile *prod = cihsm_config_profile_at(config, 1);
    char chain[256];
    snprintf(chain, sizeof chain, "%s/chain.pem", at->folder);
    assert_string_equal(cihsm_profile_get(prod, "chain"), chain);
    assert_string_equal(cihsm_profile_get(prod, "ca"), "/etc/ca.pem");
    assert_string_equal(cihsm_profile_get(prod, "module-env.SOFTHSM2_CONF"), "/x y/z");
    assert_null(cihsm_profile_get(prod, "token"));
    assert_null(cihsm_config_profile(config, "other"));
    assert_null(cihsm_config_profile_at(config, 2));
}

/* libinih reads 200 bytes a line: longer ones must come back whole, whatever stands at the cuts. */
static void keeps_long_values_whole(void **state)
{
    const place *at = *state;
    for (size_t len = 150; len < 1500; len += 7) {
        char value[1600];
        for (size_t i = 0; i < len; i++) {
            value[i] = "ab;c#d=e:f g"[(i * 7 + len) % 12];
        }
        value[0] = value[len - 1] = 'x';
        value[len] = '\0';
        for (char *p = strstr(value, " ;"); p != NULL; p = strstr(value, " ;")) {
            p[1] = '.'; /* that would be a comment */
        }
        unlink(at->file);
        cihsm_error err = {0};
        const cihsm_setting setting = {"token", value};
        if (cihsm_config_add_profile(at->file, "p", &setting, 1, &err) != CIHSM_OK) {
            fail_msg("%s", err.message);
        }
        CIHSM_AUTO(cihsm_config_free) cihsm_config *config = NULL;
        if (cihsm_config_read(at->file, true, &config, &err) != CIHSM_OK) {
            fail_msg("%s", err.message);
        }
        assert_string_equal(cihsm_profile_get(cihsm_config_profile(config, "p"), "token"), value);
    }
}

static void says_which_line_is_wrong(void **state)
{
    const place *at = *state;
    static const struct {
        const char *text;
        const char *says;
    } WRONG[] = {
        {"[a]\nmodul = x\n", "line 2: unknown key \"modul\" in [a]"},
        {"[a]\nca = x\nca = y\n", "line 3: \"ca\" is set twice in [a]"},
        {"[a]\n\nnonsense\n", "line 3: neither [section] nor key = value"},
        {"[a\nca = x\n", "line 1: neither [section] nor key = value"},
        {"ca = x\n", "line 1: only one \"profile = NAME\""},
        {"profile = a\nprofile = b\n", "line 2: only one"},
        {"[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\nca = x\n",
         "longer than 48"},
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        write_text(at, WRONG[i].text);
        cihsm_config *config = NULL;
        cihsm_error err = {0};
        assert_int_equal(cihsm_config_read(at->file, true, &config, &err), CIHSM_E_CONFIG);
        if (strstr(err.message, WRONG[i].says) == NULL) {
            fail_msg("%s", err.message);
        }
    }
}

static void a_missing_file_is_empty_unless_it_was_named(void **state)
{
    const place *at = *state;
    CIHSM_AUTO(cihsm_config_free) cihsm_config *config = NULL;
    assert_int_equal(cihsm_config_read(at->file, false, &config, NULL), CIHSM_OK);
    assert_int_equal(cihsm_config_profile_count(config), 0);
    assert_null(cihsm_config_default_profile(config));
    cihsm_config *none = NULL;
    assert_int_equal(cihsm_config_read(at->file, true, &none, NULL), CIHSM_E_CONFIG);
}

static void adds_and_uses_profiles_and_keeps_the_rest(void **state)
{
    const place *at = *state;
    const cihsm_setting first[] = {{"module", "/m.so"}, {"ca", "/c d.pem"}};
    const cihsm_setting second[] = {{"timeout", "5"}};
    assert_int_equal(cihsm_config_add_profile(at->file, "a", first, 2, NULL), CIHSM_OK);
    assert_text(at, "[a]\nmodule = /m.so\nca = /c d.pem\n");
    struct stat status;
    assert_int_equal(stat(at->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);

    write_text(at, "# mine\n[a]\nmodule = /m.so ; why");
    assert_int_equal(chmod(at->file, 0644), 0);
    assert_int_equal(cihsm_config_add_profile(at->file, "b", second, 1, NULL), CIHSM_OK);
    assert_int_equal(cihsm_config_use_profile(at->file, "b", NULL), CIHSM_OK);
    assert_int_equal(cihsm_config_use_profile(at->file, "a", NULL), CIHSM_OK);
    assert_text(at, "profile = a\n# mine\n[a]\nmodule = /m.so ; why\n\n[b]\ntimeout = 5\n");
    assert_int_equal(stat(at->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0644);
}

static void refuses_what_an_ini_file_cannot_hold(void **state)
{
    const place *at = *state;
    cihsm_error err = {0};
    const cihsm_setting good = {"ca", "x"};
    static const char *const NAMES[] = {"", "a b", "a]", "\xc3\xa4", "a\nb"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        assert_int_equal(cihsm_config_add_profile(at->file, NAMES[i], &good, 1, NULL),
                         CIHSM_E_CONFIG);
    }
    static const char *const VALUES[] = {"", " x", "x ", "a\nb = c", "a ;b", "a\rb"};
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
        const cihsm_setting bad = {"ca", VALUES[i]};
        assert_int_equal(cihsm_config_add_profile(at->file, "a", &bad, 1, NULL), CIHSM_E_CONFIG);
    }
    const cihsm_setting unknown = {"pin", "1234"};
    assert_int_equal(cihsm_config_add_profile(at->file, "a", &unknown, 1, NULL), CIHSM_E_CONFIG);
    assert_int_not_equal(access(at->file, F_OK), 0); /* nothing was written */

    assert_int_equal(cihsm_config_add_profile(at->file, "a", &good, 1, NULL), CIHSM_OK);
    assert_int_equal(cihsm_config_add_profile(at->file, "a", &good, 1, &err), CIHSM_E_CONFLICT);
    assert_int_equal(cihsm_config_use_profile(at->file, "b", NULL), CIHSM_E_CONFIG);
}

static void changes_only_what_is_to_be_changed(void **state)
{
    const place *at = *state;
    write_text(at, "profile = a\n[b]\nchain = other.pem\n\n[a]\n# kept\n  chain = old.pem ; x\n"
                   "key = pkcs11:id=1\nkey: pkcs11:id=2\r\n\n; last\n[c]\nchain = c.pem");
    const cihsm_setting settings[] = {
        {"chain", "/new.pem"}, {"key", "pkcs11:id=%03;type=private"}, {"service-key", "/k.json"}};
    assert_int_equal(cihsm_config_change_profile(at->file, "a", settings, 3, NULL), CIHSM_OK);
    assert_text(at, "profile = a\n[b]\nchain = other.pem\n\n[a]\n# kept\nchain = /new.pem\n"
                    "key = pkcs11:id=%03;type=private\nservice-key = /k.json\n\n; last\n[c]\n"
                    "chain = c.pem\n");
    assert_int_equal(cihsm_config_change_profile(at->file, "a", settings, 3, NULL), CIHSM_OK);
}

static void a_change_that_cannot_be_leaves_the_file_alone(void **state)
{
    const place *at = *state;
    static const char TEXT[] = "[a]\nchain = a.pem\n";
    write_text(at, TEXT);
    const struct {
        const char *profile;
        cihsm_setting setting;
        const char *told;
    } rows[] = {
        {"b", {"chain", "x"}, "no profile \"b\""},
        {"a", {"chain", ""}, "cannot be kept"},
        {"a", {"chain", "x\ny"}, "cannot be kept"},
        {"a", {"colour", "red"}, "no key of a profile"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cihsm_error err = {0};
        assert_int_equal(
            cihsm_config_change_profile(at->file, rows[i].profile, &rows[i].setting, 1, &err),
            CIHSM_E_CONFIG);
        assert_non_null(strstr(err.message, rows[i].told));
    }
    assert_text(at, TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_profiles_comments_and_indented_lines, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(keeps_long_values_whole, place_make, place_remove),
        cmocka_unit_test_setup_teardown(says_which_line_is_wrong, place_make, place_remove),
        cmocka_unit_test_setup_teardown(a_missing_file_is_empty_unless_it_was_named, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(adds_and_uses_profiles_and_keeps_the_rest, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(refuses_what_an_ini_file_cannot_hold, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(changes_only_what_is_to_be_changed, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(a_change_that_cannot_be_leaves_the_file_alone, place_make,
                                        place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
