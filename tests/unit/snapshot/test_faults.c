/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file system that cannot exchange two names, and one that is full: calls of the C library are
 * wrapped by the linker.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "cihsm/scope.h"
#include "cihsm/value.h"
#include "snapshot/digest.h"
#include "snapshot/folder.h"
#include "unit/snapshot/scratch.h"

static const char TENANT[] = "https://a.test/api/v1/";

/* What fails, by errno; 0: nothing does. */
static struct {
    int exchange, write, make;
    int rename;
    unsigned rename_from; /* the first one that fails */
    unsigned rename_to;   /* the last one */
    unsigned renames;
    bool is_armed;
} fails;

int __real_renameat2(int old_at, const char *old_path, int new_at, const char *new_path,
                     unsigned flags);
int __wrap_renameat2(int old_at, const char *old_path, int new_at, const char *new_path,
                     unsigned flags);
int __real_rename(const char *old_path, const char *new_path);
int __wrap_rename(const char *old_path, const char *new_path);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);

static bool is_failing(int number)
{
    errno = number == 0 ? errno : number;
    return number != 0;
}

int __wrap_renameat2(int old_at, const char *old_path, int new_at, const char *new_path,
                     unsigned flags)
{
    return is_failing(fails.exchange) ? -1
                                      : __real_renameat2(old_at, old_path, new_at, new_path, flags);
}

int __wrap_rename(const char *old_path, const char *new_path)
{
    fails.renames++;
    const bool is_meant =
        fails.is_armed && fails.renames >= fails.rename_from && fails.renames <= fails.rename_to;
    return is_meant && is_failing(fails.rename) ? -1 : __real_rename(old_path, new_path);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    return is_failing(fails.make) ? -1 : __real_mkdir(path, mode);
}

/* A full disk takes what it has room for. */
ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
    if (fails.write != 0 && len > 1) {
        return __real_write(fd, bytes, 1);
    }
    return is_failing(fails.write) ? -1 : __real_write(fd, bytes, len);
}

typedef struct world {
    char *scratch;
    snapshot_folder *folder;
} world;

static world now;

static int setup(void **state)
{
    void *scratch = NULL;
    char path[PATH_SIZE];
    memset(&fails, 0, sizeof fails);
    if (scratch_make(&scratch) != 0) {
        return -1;
    }
    now = (world){.scratch = scratch};
    *state = &now;
    scratch_path(path, scratch, "tenant");
    const bool is_open = snapshot_folder_open(path, TENANT, &now.folder, NULL) == CIHSM_OK &&
                         mkdir(scratch_path(path, scratch, "tenant/P"), 0700) == 0;
    return is_open ? 0 : -1;
}

static int teardown(void **state)
{
    world *of = *state;
    void *scratch = of->scratch;
    memset(&fails, 0, sizeof fails);
    snapshot_folder_free(&of->folder);
    return scratch_remove(&scratch);
}

static cihsm_status put(const world *of, const char *text, snapshot_change *change,
                        cihsm_error *err)
{
    char digest[SNAPSHOT_DIGEST_SIZE];
    CIHSM_TRY(snapshot_folder_begin(of->folder, err));
    scratch_write(of->folder->made, "artifact.json", text);
    CIHSM_TRY(snapshot_digest(of->folder->made, digest, err));
    fails.renames = 0;
    fails.is_armed = true;
    const cihsm_status status = snapshot_folder_commit(of->folder, "P/flow/A", digest, change, err);
    fails.is_armed = false;
    return status;
}

static void expect_put(const world *of, const char *text, snapshot_change expected)
{
    cihsm_error err = {0};
    snapshot_change change = SNAPSHOT_SAME;
    if (put(of, text, &change, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(change, expected);
    scratch_expect(of->scratch, "tenant/P/flow/A/artifact.json", text);
}

static bool is_there(const world *of, const char *name)
{
    char path[PATH_SIZE];
    return access(scratch_path(path, of->scratch, name), F_OK) == 0;
}

static void names_that_cannot_be_exchanged_are_replaced_in_steps(void **state)
{
    static const int NUMBERS[] = {EINVAL, ENOSYS};
    const world *of = *state;
    expect_put(of, "0", SNAPSHOT_NEW);
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        fails.exchange = NUMBERS[i];
        expect_put(of, i == 0 ? "1" : "2", SNAPSHOT_CHANGED);
        assert_int_equal(fails.renames, 2);
        assert_false(is_there(of, "tenant/" SNAPSHOT_OLD));
        assert_false(is_there(of, "tenant/" SNAPSHOT_OWN "/made"));
    }
    fails.exchange = 0;
    expect_put(of, "3", SNAPSHOT_CHANGED); /* in one step where that is possible */
    assert_int_equal(fails.renames, 0);
}

static void what_cannot_be_replaced_stays(void **state)
{
    const world *of = *state;
    static const struct {
        int exchange;
        unsigned from, to; /* of the calls of rename */
    } ROWS[] = {{EIO, 0, 0}, {EINVAL, 1, 1}, {EINVAL, 2, 2}};
    expect_put(of, "before", SNAPSHOT_NEW);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        cihsm_error err = {0};
        snapshot_change change = SNAPSHOT_SAME;
        memset(&fails, 0, sizeof fails);
        fails.exchange = ROWS[i].exchange;
        fails.rename = ROWS[i].from == 0 ? 0 : ENOSPC;
        fails.rename_from = ROWS[i].from;
        fails.rename_to = ROWS[i].to;
        assert_int_equal(put(of, "after", &change, &err), CIHSM_E_IO);
        assert_non_null(strstr(err.message, "cannot replace "));
        assert_null(strstr(err.message, "what was there is"));
        assert_non_null(strstr(err.message, strerror(i == 0 ? EIO : ENOSPC)));
        scratch_expect(of->scratch, "tenant/P/flow/A/artifact.json", "before");
    }
    memset(&fails, 0, sizeof fails);
    expect_put(of, "after", SNAPSHOT_CHANGED);
}

static void what_cannot_be_put_back_is_named_and_cleared_by_the_next_run(void **state)
{
    world *of = *state;
    cihsm_error err = {0};
    snapshot_change change = SNAPSHOT_SAME;
    char path[PATH_SIZE];
    expect_put(of, "before", SNAPSHOT_NEW);
    fails.exchange = EINVAL;
    fails.rename = EIO;
    fails.rename_from = 2;
    fails.rename_to = 3;
    assert_int_equal(put(of, "after", &change, &err), CIHSM_E_IO);
    assert_non_null(strstr(err.message, SNAPSHOT_OLD " now"));
    scratch_expect(of->scratch, "tenant/" SNAPSHOT_OLD "/artifact.json", "before");
    memset(&fails, 0, sizeof fails);
    snapshot_folder_free(&of->folder);
    scratch_path(path, of->scratch, "tenant");
    assert_int_equal(snapshot_folder_open(path, TENANT, &of->folder, NULL), CIHSM_OK);
    assert_false(is_there(of, "tenant/" SNAPSHOT_OLD));
    expect_put(of, "after", SNAPSHOT_NEW);
}

static void a_full_disk_leaves_what_was_there(void **state)
{
    const world *of = *state;
    cihsm_error err = {0};
    snapshot_change change = SNAPSHOT_SAME;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entity = cihsm_value_new_object();
    assert_int_equal(snapshot_folder_package(of->folder, "P", entity, &change, NULL), CIHSM_OK);
    scratch_expect(of->scratch, "tenant/P/package.json", "{}\n");
    assert_int_equal(cihsm_value_set_string(entity, "Name", "other", NULL), CIHSM_OK);
    fails.write = ENOSPC;
    assert_int_equal(snapshot_folder_package(of->folder, "P", entity, &change, &err), CIHSM_E_IO);
    fails.write = 0;
    assert_non_null(strstr(err.message, "tenant/P/package.json"));
    assert_non_null(strstr(err.message, strerror(ENOSPC)));
    scratch_expect(of->scratch, "tenant/P/package.json", "{}\n");
    char path[PATH_SIZE];
    assert_int_equal(rmdir(scratch_path(path, of->scratch, "tenant/P")), -1);
    assert_int_equal(unlink(scratch_path(path, of->scratch, "tenant/P/package.json")), 0);
    /* no other file was left there */
    assert_int_equal(rmdir(scratch_path(path, of->scratch, "tenant/P")), 0);

    fails.make = ENOSPC;
    assert_int_equal(snapshot_folder_begin(of->folder, &err), CIHSM_E_IO);
    assert_non_null(strstr(err.message, strerror(ENOSPC)));
    assert_int_equal(snapshot_folder_package(of->folder, "Q", entity, &change, &err), CIHSM_E_IO);
    fails.make = 0;
    assert_false(is_there(of, "tenant/Q"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(names_that_cannot_be_exchanged_are_replaced_in_steps),
        TEST(what_cannot_be_replaced_stays),
        TEST(what_cannot_be_put_back_is_named_and_cleared_by_the_next_run),
        TEST(a_full_disk_leaves_what_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
