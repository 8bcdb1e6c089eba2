/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cihsm/scope.h"
#include "snapshot/digest.h"
#include "snapshot/folder.h"
#include "unit/snapshot/scratch.h"

static const char TENANT[] = "https://a.test/api/v1/";

static void digest_of(const char *folder, const char *name, char out[SNAPSHOT_DIGEST_SIZE])
{
    char path[PATH_SIZE];
    assert_int_equal(snapshot_digest(scratch_path(path, folder, name), out, NULL), CIHSM_OK);
}

static void a_digest_is_about_names_and_bytes(void **state)
{
    static const char *const FILES[][2] = {
        {"b/x", "12"}, {"b/y", "1"}, {"b/x2", "1"}, {"b/x/2", "1"}};
    char first[SNAPSHOT_DIGEST_SIZE];
    char other[SNAPSHOT_DIGEST_SIZE];
    scratch_write(*state, "a/x", "1");
    digest_of(*state, "a", first);
    scratch_write(*state, "same/x", "1");
    digest_of(*state, "same", other);
    assert_string_equal(first, other);
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char path[PATH_SIZE];
        char name[PATH_SIZE];
        snprintf(name, sizeof name, "%zu/%s", i, FILES[i][0]);
        scratch_write(*state, name, FILES[i][1]);
        snprintf(name, sizeof name, "%zu/b", i);
        assert_int_equal(snapshot_digest(scratch_path(path, *state, name), other, NULL), CIHSM_OK);
        assert_string_not_equal(first, other);
    }
}

static void a_link_is_not_its_file(void **state)
{
    char path[PATH_SIZE];
    char with_file[SNAPSHOT_DIGEST_SIZE];
    char with_link[SNAPSHOT_DIGEST_SIZE];
    scratch_write(*state, "a/x", "1");
    digest_of(*state, "a", with_file);
    scratch_write(*state, "y", "1");
    assert_int_equal(unlink(scratch_path(path, *state, "a/x")), 0);
    assert_int_equal(symlink("../y", path), 0);
    digest_of(*state, "a", with_link);
    assert_string_not_equal(with_file, with_link);
}

static void a_repository_within_is_refused(void **state)
{
    char path[PATH_SIZE];
    char digest[SNAPSHOT_DIGEST_SIZE];
    scratch_write(*state, "a/b/.gIt/config", "x");
    assert_int_equal(snapshot_digest(scratch_path(path, *state, "a"), digest, NULL),
                     CIHSM_E_PROTOCOL);
    assert_int_equal(snapshot_digest(scratch_path(path, *state, "a/b/.gIt"), digest, NULL),
                     CIHSM_OK);
    assert_int_equal(snapshot_digest(scratch_path(path, *state, "none"), digest, NULL), CIHSM_E_IO);
}

static void whose_a_folder_is(void **state)
{
    char path[PATH_SIZE];
    CIHSM_AUTO(snapshot_folder_free) snapshot_folder *folder = NULL;
    CIHSM_AUTO(snapshot_folder_free) snapshot_folder *second = NULL;
    scratch_path(path, *state, "tenant");
    assert_int_equal(snapshot_folder_check(path, TENANT, NULL), CIHSM_OK);
    assert_int_equal(snapshot_folder_open(path, TENANT, &folder, NULL), CIHSM_OK);
    assert_int_equal(snapshot_folder_check(path, TENANT, NULL), CIHSM_OK);
    assert_int_equal(snapshot_folder_check(path, NULL, NULL), CIHSM_OK);
    assert_int_equal(snapshot_folder_check(path, "https://b.test/", NULL), CIHSM_E_USAGE);
    assert_int_equal(snapshot_folder_open(path, TENANT, &second, NULL), CIHSM_E_BUSY);
    scratch_write(*state, "mine/thesis.txt", "x");
    assert_int_equal(snapshot_folder_check(scratch_path(path, *state, "mine"), NULL, NULL),
                     CIHSM_E_USAGE);
}

/* Makes a folder with one file take its place. */
static snapshot_change put(const snapshot_folder *folder, const char *text)
{
    char digest[SNAPSHOT_DIGEST_SIZE];
    snapshot_change change = SNAPSHOT_SAME;
    assert_int_equal(snapshot_folder_begin(folder, NULL), CIHSM_OK);
    scratch_write(folder->made, "artifact.json", text);
    assert_int_equal(snapshot_digest(folder->made, digest, NULL), CIHSM_OK);
    assert_int_equal(snapshot_folder_commit(folder, "P/flow/A", digest, &change, NULL), CIHSM_OK);
    assert_int_equal(access(folder->made, F_OK), -1);
    return change;
}

static void an_artifact_takes_its_place_and_leaves_it(void **state)
{
    char path[PATH_SIZE];
    CIHSM_AUTO(snapshot_folder_free) snapshot_folder *folder = NULL;
    scratch_path(path, *state, "tenant");
    assert_int_equal(snapshot_folder_open(path, TENANT, &folder, NULL), CIHSM_OK);
    assert_int_equal(mkdir(scratch_path(path, *state, "tenant/P"), 0700), 0);
    assert_int_equal(put(folder, "1"), SNAPSHOT_NEW);
    assert_int_equal(put(folder, "1"), SNAPSHOT_SAME);
    assert_int_equal(put(folder, "2"), SNAPSHOT_CHANGED);
    scratch_expect(*state, "tenant/P/flow/A/artifact.json", "2");
    assert_int_equal(snapshot_folder_remove(folder, "P/flow/A", NULL), CIHSM_OK);
    assert_int_equal(access(scratch_path(path, *state, "tenant/P/flow"), F_OK), -1);
    assert_int_equal(access(scratch_path(path, *state, "tenant/P"), F_OK), 0);
}

static void what_no_snapshot_wrote_is_not_replaced(void **state)
{
    char path[PATH_SIZE];
    snapshot_change change = SNAPSHOT_SAME;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entity = cihsm_value_new_object();
    CIHSM_AUTO(snapshot_folder_free) snapshot_folder *folder = NULL;
    scratch_path(path, *state, "tenant");
    assert_int_equal(snapshot_folder_open(path, TENANT, &folder, NULL), CIHSM_OK);
    scratch_write(*state, "tenant/P/flow/A/mine", "1");
    assert_int_equal(snapshot_folder_begin(folder, NULL), CIHSM_OK);
    assert_int_equal(snapshot_folder_commit(folder, "P/flow/A", "", &change, NULL), CIHSM_E_CONFIG);
    assert_int_equal(snapshot_folder_package(folder, "P", entity, &change, NULL), CIHSM_E_CONFIG);
    scratch_expect(*state, "tenant/P/flow/A/mine", "1");
    assert_int_equal(snapshot_folder_package(folder, "Q", entity, &change, NULL), CIHSM_OK);
    assert_int_equal(change, SNAPSHOT_NEW);
    assert_int_equal(snapshot_folder_package(folder, "Q", entity, &change, NULL), CIHSM_OK);
    assert_int_equal(change, SNAPSHOT_SAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_digest_is_about_names_and_bytes, scratch_make,
                                        scratch_remove),
        cmocka_unit_test_setup_teardown(a_link_is_not_its_file, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(a_repository_within_is_refused, scratch_make,
                                        scratch_remove),
        cmocka_unit_test_setup_teardown(whose_a_folder_is, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(an_artifact_takes_its_place_and_leaves_it, scratch_make,
                                        scratch_remove),
        cmocka_unit_test_setup_teardown(what_no_snapshot_wrote_is_not_replaced, scratch_make,
                                        scratch_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
