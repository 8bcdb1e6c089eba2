/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "archive/tree.h"
#include "cihsm/archive.h"
#include "cihsm/file.h"
#include "cihsm/scope.h"

enum { PATH_SIZE = 512 };

static const char MANIFEST[] = "Bundle-SymbolicName: Orders\n";

/* A folder of its own for each test. */
static int make_folder(void **state)
{
    char *folder = strdup("archive.XXXXXX");
    *state = folder;
    return folder == NULL || mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    tree_remove(*state);
    free(*state);
    return 0;
}

static const char *below(char out[PATH_SIZE], const char *folder, const char *name)
{
    snprintf(out, PATH_SIZE, "%s/%s", folder, name);
    return out;
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[PATH_SIZE];
    assert_int_equal(cihsm_file_write(below(path, folder, name), 0600, text, strlen(text), NULL),
                     CIHSM_OK);
}

static void make_content(const char *folder, char out[PATH_SIZE])
{
    char path[PATH_SIZE];
    below(out, folder, "content");
    assert_int_equal(mkdir(out, 0700), 0);
    assert_int_equal(mkdir(below(path, out, "META-INF"), 0700), 0);
    write_file(out, "META-INF/MANIFEST.MF", MANIFEST);
    write_file(out, "Größe", "x");
    write_file(out, "empty", "");
}

static bool has(const char *folder, const char *name, off_t size)
{
    char path[PATH_SIZE];
    struct stat status;
    return stat(below(path, folder, name), &status) == 0 && status.st_size == size;
}

/* In the C locale, too, where libarchive knows ASCII only. */
static void packs_and_unpacks(void **state)
{
    char content[PATH_SIZE];
    char copy[PATH_SIZE];
    size_t len = 0;
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *archive = NULL;
    setlocale(LC_ALL, "C");
    make_content(*state, content);
    assert_int_equal(cihsm_archive_load(content, &archive, NULL), CIHSM_OK);
    assert_memory_equal(cihsm_archive_bytes(archive, &len), "PK", 2);
    assert_int_equal(cihsm_archive_check_id(archive, "Orders", NULL), CIHSM_OK);
    assert_int_equal(cihsm_archive_unpack(archive, below(copy, *state, "copy/"), NULL), CIHSM_OK);
    assert_true(has(copy, "META-INF/MANIFEST.MF", sizeof MANIFEST - 1));
    assert_true(has(copy, "Größe", 1));
    assert_true(has(copy, "empty", 0));
}

static void equal_content_gives_equal_bytes(void **state)
{
    char content[PATH_SIZE];
    size_t first_len = 0;
    size_t second_len = 0;
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *first = NULL;
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *second = NULL;
    make_content(*state, content);
    assert_int_equal(setenv("TZ", "UTC-9", 1), 0);
    assert_int_equal(cihsm_archive_load(content, &first, NULL), CIHSM_OK);
    assert_int_equal(setenv("TZ", "UTC+5", 1), 0);
    write_file(content, ".DS_Store", "left out");
    write_file(content, "empty", ""); /* another time */
    assert_int_equal(cihsm_archive_load(content, &second, NULL), CIHSM_OK);
    const void *one = cihsm_archive_bytes(first, &first_len);
    const void *other = cihsm_archive_bytes(second, &second_len);
    assert_int_equal(first_len, second_len);
    assert_memory_equal(one, other, first_len);
}

static void compares_the_id(void **state)
{
    char content[PATH_SIZE];
    cihsm_error err = {0};
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *archive = NULL;
    make_content(*state, content);
    assert_int_equal(cihsm_archive_load(content, &archive, NULL), CIHSM_OK);
    assert_int_equal(cihsm_archive_check_id(archive, "orders", &err), CIHSM_E_CONFIG);
    assert_non_null(strstr(err.message, "\"Orders\""));
    cihsm_archive_clear(archive);
    assert_int_equal(cihsm_archive_check_id(archive, "Orders", &err), CIHSM_E_CONFIG);
    assert_int_equal(err.status, CIHSM_E_CONFIG);
}

static void packages(void **state)
{
    char content[PATH_SIZE];
    cihsm_error err = {0};
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *artifact = NULL;
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *package = NULL;
    make_content(*state, content);
    assert_int_equal(cihsm_archive_load(content, &artifact, NULL), CIHSM_OK);
    assert_int_equal(cihsm_archive_check_package(artifact, &err), CIHSM_E_CONFIG);
    assert_non_null(strstr(err.message, "content of an artifact"));
    write_file(content, "resources.cnt", "x");
    assert_int_equal(cihsm_archive_load(content, &package, NULL), CIHSM_OK);
    assert_int_equal(cihsm_archive_check_package(package, &err), CIHSM_OK);
    cihsm_archive_clear(package);
    assert_int_equal(cihsm_archive_append(package, "no zip", 6, NULL), CIHSM_OK);
    assert_int_equal(cihsm_archive_check_package(package, &err), CIHSM_E_CONFIG);
    assert_non_null(strstr(err.message, "no zip"));
}

/* Each cut and each changed byte: refused or unpacked, never a crash, and nothing beside it. */
static void survives_damage(void **state)
{
    char content[PATH_SIZE];
    char copy[PATH_SIZE];
    size_t len = 0;
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *good = NULL;
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *bad = NULL;
    make_content(*state, content);
    assert_int_equal(cihsm_archive_load(content, &good, NULL), CIHSM_OK);
    assert_int_equal(cihsm_archive_new(&bad, NULL), CIHSM_OK);
    const char *bytes = cihsm_archive_bytes(good, &len);
    below(copy, *state, "copy");
    for (size_t at = 0; at < len; at++) {
        const char changed = (char)(bytes[at] ^ 0x15);
        cihsm_archive_clear(bad);
        assert_int_equal(cihsm_archive_append(bad, bytes, at, NULL), CIHSM_OK);
        assert_int_not_equal(cihsm_archive_unpack(bad, copy, NULL), CIHSM_OK); /* cut */
        assert_int_equal(cihsm_archive_append(bad, &changed, 1, NULL), CIHSM_OK);
        assert_int_equal(cihsm_archive_append(bad, bytes + at + 1, len - at - 1, NULL), CIHSM_OK);
        if (cihsm_archive_unpack(bad, copy, NULL) == CIHSM_OK) {
            tree_remove(copy);
        }
        assert_int_not_equal(access(copy, F_OK), 0);
    }
}

static void refuses_what_is_there(void **state)
{
    char content[PATH_SIZE];
    char place[PATH_SIZE];
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *archive = NULL;
    make_content(*state, content);
    assert_int_equal(cihsm_archive_load(content, &archive, NULL), CIHSM_OK);
    assert_int_equal(cihsm_archive_unpack(archive, content, NULL), CIHSM_E_CONFIG);
    write_file(*state, "file", "x");
    assert_int_equal(cihsm_archive_unpack(archive, below(place, *state, "file"), NULL),
                     CIHSM_E_CONFIG);
    assert_int_equal(symlink("/tmp", below(place, *state, "link")), 0);
    assert_int_not_equal(cihsm_archive_unpack(archive, place, NULL), CIHSM_OK);
    assert_true(has(*state, "file", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(packs_and_unpacks, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(equal_content_gives_equal_bytes, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(compares_the_id, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(packages, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(survives_damage, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(refuses_what_is_there, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
