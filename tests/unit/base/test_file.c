/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "cihsm/scope.h"
#include "cihsm/secret.h"
#include "support/place.h"

static int files_in(const char *folder)
{
    int count = 0;
    DIR *dir = opendir(folder);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        count += e->d_name[0] != '.';
    }
    closedir(dir);
    return count;
}

static void writes_all_with_the_mode_and_leaves_nothing_else(void **state)
{
    const place *at = *state;
    assert_int_equal(cihsm_file_write(at->file, 0600, "old", 3, NULL), CIHSM_OK);
    assert_int_equal(cihsm_file_write(at->file, 0640, "new text", 8, NULL), CIHSM_OK);
    struct stat status;
    assert_int_equal(stat(at->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(100);
    assert_int_equal(file_read(at->file, "test", &text, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&text), "new text");
    assert_int_equal(files_in(at->folder), 1);
}

static void says_what_cannot_be_written(void **state)
{
    const place *at = *state;
    char path[256];
    snprintf(path, sizeof path, "%s/none/a", at->folder);
    cihsm_error err = {0};
    assert_int_equal(cihsm_file_write(path, 0600, "x", 1, &err), CIHSM_E_IO);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(files_in(at->folder), 0);
}

static void interrupt(int number)
{
    (void)number;
}

/* A signal comes every 10 ms. @param flags  SA_RESTART, or 0 */
static void interrupt_reads(int flags)
{
    const struct sigaction action = {.sa_handler = interrupt, .sa_flags = flags};
    const struct itimerval often = {{0, 10000}, {0, 10000}};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static void stop_interrupting(void)
{
    const struct itimerval never = {{0, 0}, {0, 0}};
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
}

/* Whoever writes may never come; a program that wants to wait on says so by SA_RESTART. */
static void a_signal_ends_the_wait_for_a_pipe(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    char path[32];
    char source[32];
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    snprintf(source, sizeof source, "fd:%d", ends[0]);
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(100);
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *secret = NULL;
    cihsm_error err = {0};
    interrupt_reads(0);
    assert_int_equal(file_read(path, "chain", &text, &err), CIHSM_E_CANCELED);
    assert_non_null(strstr(err.message, "canceled: a signal came while chain /dev/fd/"));
    assert_int_equal(cihsm_secret_read(source, "PIN", &secret, &err), CIHSM_E_CANCELED);
    assert_non_null(strstr(err.message, "canceled: a signal came while the PIN was waited for"));
    stop_interrupting();
    close(ends[0]);
    close(ends[1]);
}

static void a_restarting_handler_leaves_the_wait_as_it_is(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    char path[32];
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    interrupt_reads(SA_RESTART);
    const pid_t writer = fork();
    if (writer == 0) {
        poll(NULL, 0, 200);
        _exit(write(ends[1], "late", 4) == 4 ? 0 : 1);
    }
    close(ends[1]);
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(100);
    assert_int_equal(file_read(path, "chain", &text, NULL), CIHSM_OK);
    stop_interrupting();
    assert_string_equal(buffer_text(&text), "late");
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    close(ends[0]);
}

static void says_what_cannot_be_read(void **state)
{
    const place *at = *state;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(4);
    cihsm_error err = {0};
    assert_int_equal(file_read(at->file, "chain", &text, &err), CIHSM_E_CONFIG);
    assert_non_null(strstr(err.message, "cannot open chain"));
    err = (cihsm_error){0};
    assert_int_equal(file_read(at->folder, "chain", &text, &err), CIHSM_E_CONFIG);
    assert_non_null(strstr(err.message, "Is a directory"));
    assert_int_equal(cihsm_file_write(at->file, 0600, "12345", 5, NULL), CIHSM_OK);
    err = (cihsm_error){0};
    assert_int_equal(file_read(at->file, "chain", &text, &err), CIHSM_E_CONFIG);
    assert_non_null(strstr(err.message, "larger than 4 bytes"));
}

static void appears_only_when_it_is_complete(void **state)
{
    const place *at = *state;
    struct stat status;
    cihsm_file *file = NULL;
    assert_int_equal(cihsm_file_begin(at->file, 0600, &file, NULL), CIHSM_OK);
    assert_int_equal(cihsm_file_append(file, "one ", 4, NULL), CIHSM_OK);
    assert_int_equal(stat(at->file, &status), -1);
    assert_int_equal(stat(cihsm_file_temporary(file), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(write(cihsm_file_descriptor(file), "two", 3), 3);
    assert_int_equal(cihsm_file_commit(&file, NULL), CIHSM_OK);
    assert_null(file);
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(100);
    assert_int_equal(file_read(at->file, "test", &text, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&text), "one two");
    assert_int_equal(files_in(at->folder), 1);
}

static void takes_back_what_was_written(void **state)
{
    const place *at = *state;
    cihsm_file *file = NULL;
    assert_int_equal(cihsm_file_begin(at->file, 0600, &file, NULL), CIHSM_OK);
    assert_int_equal(cihsm_file_append(file, "half of it", 10, NULL), CIHSM_OK);
    assert_int_equal(cihsm_file_restart(file, NULL), CIHSM_OK);
    assert_int_equal(cihsm_file_append(file, "all", 3, NULL), CIHSM_OK);
    assert_int_equal(cihsm_file_commit(&file, NULL), CIHSM_OK);
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(100);
    assert_int_equal(file_read(at->file, "test", &text, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&text), "all");
}

static void leaves_nothing_when_discarded(void **state)
{
    const place *at = *state;
    cihsm_file *file = NULL;
    assert_int_equal(cihsm_file_write(at->file, 0600, "old", 3, NULL), CIHSM_OK);
    assert_int_equal(cihsm_file_begin(at->file, 0600, &file, NULL), CIHSM_OK);
    assert_int_equal(cihsm_file_append(file, "new", 3, NULL), CIHSM_OK);
    cihsm_file_discard(&file);
    assert_null(file);
    cihsm_file_discard(&file);
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(100);
    assert_int_equal(file_read(at->file, "test", &text, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&text), "old");
    assert_int_equal(files_in(at->folder), 1);
}

static void puts_no_file_in_the_place_of_a_pipe(void **state)
{
    const place *at = *state;
    struct stat status;
    cihsm_error err = {0};
    assert_int_equal(mkfifo(at->file, 0600), 0);
    assert_int_equal(cihsm_file_write(at->file, 0600, "x", 1, &err), CIHSM_E_IO);
    assert_non_null(strstr(err.message, "no regular file"));
    assert_int_equal(stat(at->file, &status), 0);
    assert_true(S_ISFIFO(status.st_mode));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_all_with_the_mode_and_leaves_nothing_else,
                                        place_make, place_remove),
        cmocka_unit_test(a_signal_ends_the_wait_for_a_pipe),
        cmocka_unit_test(a_restarting_handler_leaves_the_wait_as_it_is),
        cmocka_unit_test_setup_teardown(says_what_cannot_be_written, place_make, place_remove),
        cmocka_unit_test_setup_teardown(appears_only_when_it_is_complete, place_make, place_remove),
        cmocka_unit_test_setup_teardown(takes_back_what_was_written, place_make, place_remove),
        cmocka_unit_test_setup_teardown(leaves_nothing_when_discarded, place_make, place_remove),
        cmocka_unit_test_setup_teardown(puts_no_file_in_the_place_of_a_pipe, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(says_what_cannot_be_read, place_make, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
