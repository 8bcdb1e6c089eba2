/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cihsm/pin.h"
#include "cihsm/scope.h"

static char folder[] = "/tmp/cihsm-pin-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static void path_of(const char *name, char out[64])
{
    snprintf(out, 64, "%s/%s", folder, name);
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"pin", "link", "fifo"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char path[64];
        path_of(NAMES[i], path);
        unlink(path);
    }
    return rmdir(folder);
}

/* Writes the file "pin" and returns its source. */
static const char *pin_file(const char *bytes, size_t len, mode_t mode)
{
    static char source[80];
    char path[64];
    path_of("pin", path);
    unlink(path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    snprintf(source, sizeof source, "file:%s", path);
    return source;
}

static void expect_pin(const char *source, const char *pin)
{
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *secret = NULL;
    cihsm_error err = {0};
    if (cihsm_pin_read(source, &secret, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(cihsm_secret_len(secret), strlen(pin));
    assert_string_equal(cihsm_secret_bytes(secret), pin);
}

static void expect_refusal(const char *source, cihsm_status status, const char *text)
{
    cihsm_secret *secret = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_pin_read(source, &secret, &err), status);
    assert_null(secret);
    if (strstr(err.message, text) == NULL) {
        fail_msg("expected \"%s\" in: %s", text, err.message);
    }
}

static void reads_a_file_and_drops_one_line_feed(void **state)
{
    (void)state;
    expect_pin(pin_file("1234", 4, 0600), "1234");
    expect_pin(pin_file("1234\n", 5, 0400), "1234");
    expect_pin(pin_file("1234\n\n", 6, 0400), "1234\n");
    expect_pin(pin_file(" 12 34 ", 7, 0400), " 12 34 ");
}

static void refuses_a_file_that_is_unsafe_or_no_pin(void **state)
{
    (void)state;
    char long_pin[257];
    memset(long_pin, '1', sizeof long_pin);
    expect_refusal(pin_file("1234", 4, 0640), CIHSM_E_PIN, "chmod 600");
    expect_refusal(pin_file("1234", 4, 0604), CIHSM_E_PIN, "chmod 600");
    expect_refusal(pin_file("", 0, 0600), CIHSM_E_PIN, "is empty");
    expect_refusal(pin_file("\n", 1, 0600), CIHSM_E_PIN, "is empty");
    expect_refusal(pin_file("12\0004", 4, 0600), CIHSM_E_PIN, "NUL");
    expect_refusal(pin_file("1234\r\n", 6, 0600), CIHSM_E_PIN, "carriage return");
    expect_refusal(pin_file(long_pin, sizeof long_pin, 0600), CIHSM_E_PIN, "longer than 256");
    expect_refusal("file:/nowhere/pin", CIHSM_E_PIN, "No such file");
    expect_refusal("file:/", CIHSM_E_PIN, "not a regular file");
}

static void follows_no_link_and_waits_for_no_pipe(void **state)
{
    (void)state;
    char link[64];
    char fifo[64];
    char source[80];
    pin_file("1234", 4, 0600);
    path_of("link", link);
    path_of("fifo", fifo);
    assert_int_equal(symlink("pin", link), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    snprintf(source, sizeof source, "file:%s", link);
    expect_refusal(source, CIHSM_E_PIN, "symbolic link");
    snprintf(source, sizeof source, "file:%s", fifo);
    expect_refusal(source, CIHSM_E_PIN, "not a regular file");
}

static void reads_a_descriptor_to_its_end(void **state)
{
    (void)state;
    int ends[2];
    char source[32];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], "12", 2), 2);
    assert_int_equal(write(ends[1], "34\n", 3), 3);
    close(ends[1]);
    snprintf(source, sizeof source, "fd:%d", ends[0]);
    expect_pin(source, "1234");
    expect_refusal(source, CIHSM_E_PIN, "is empty");
    close(ends[0]);
    expect_refusal(source, CIHSM_E_PIN, "Bad file descriptor");
    expect_refusal("fd:", CIHSM_E_USAGE, "number");
    expect_refusal("fd:-1", CIHSM_E_USAGE, "number");
    expect_refusal("fd:3x", CIHSM_E_USAGE, "number");
    expect_refusal("fd:99999999999999999999", CIHSM_E_USAGE, "number");
}

static void overwrites_a_variable_after_reading(void **state)
{
    (void)state;
    char long_pin[300];
    memset(long_pin, '1', sizeof long_pin);
    long_pin[sizeof long_pin - 1] = '\0';
    assert_int_equal(setenv("UNIT_PIN", "1234", 1), 0);
    const char *value = getenv("UNIT_PIN");
    expect_pin("env:UNIT_PIN", "1234");
    assert_memory_equal(value, "\0\0\0\0", 4);
    expect_refusal("env:UNIT_PIN", CIHSM_E_PIN, "is empty");
    assert_int_equal(setenv("UNIT_PIN", long_pin, 1), 0);
    expect_refusal("env:UNIT_PIN", CIHSM_E_PIN, "longer than 256");
    assert_string_equal(getenv("UNIT_PIN"), "");
    unsetenv("UNIT_PIN");
    expect_refusal("env:UNIT_PIN", CIHSM_E_PIN, "not set");
}

static void reads_a_credential_of_systemd(void **state)
{
    (void)state;
    unsetenv("CREDENTIALS_DIRECTORY");
    expect_refusal("cred:pin", CIHSM_E_PIN, "LoadCredential");
    pin_file("1234\n", 5, 0440); /* systemd's access list shows as a group bit */
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
    expect_pin("cred:pin", "1234");
    expect_refusal("cred:../pin", CIHSM_E_USAGE, "plain name");
    expect_refusal("cred:", CIHSM_E_USAGE, "plain name");
    expect_refusal("cred:absent", CIHSM_E_PIN, "No such file");
    unsetenv("CREDENTIALS_DIRECTORY");
}

static void repeats_no_text_that_may_be_the_pin(void **state)
{
    (void)state;
    static const char *const SOURCES[] = {NULL, "", "s3cret", "prompt", "FILE:/x"};
    for (size_t i = 0; i < sizeof SOURCES / sizeof *SOURCES; i++) {
        cihsm_secret *secret = NULL;
        cihsm_error err = {0};
        assert_int_equal(cihsm_pin_read(SOURCES[i], &secret, &err), CIHSM_E_USAGE);
        assert_null(strstr(err.message, "s3cret"));
    }
}

static void gives_a_callback_that_reads_a_source(void **state)
{
    (void)state;
    const cihsm_pin_request request = {.token_label = "prod"};
    char source[80];
    snprintf(source, sizeof source, "%s", pin_file("1234", 4, 0600));
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *secret = NULL;
    assert_int_equal(cihsm_pin_from_source(source, &request, &secret, NULL), CIHSM_OK);
    assert_string_equal(cihsm_secret_bytes(secret), "1234");

    cihsm_secret *none = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_pin_from_source(NULL, &request, &none, &err), CIHSM_E_PIN);
    assert_null(none);
    assert_non_null(strstr(err.message, "token \"prod\" is needed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_file_and_drops_one_line_feed),
        cmocka_unit_test(refuses_a_file_that_is_unsafe_or_no_pin),
        cmocka_unit_test(follows_no_link_and_waits_for_no_pipe),
        cmocka_unit_test(reads_a_descriptor_to_its_end),
        cmocka_unit_test(overwrites_a_variable_after_reading),
        cmocka_unit_test(reads_a_credential_of_systemd),
        cmocka_unit_test(repeats_no_text_that_may_be_the_pin),
        cmocka_unit_test(gives_a_callback_that_reads_a_source),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
