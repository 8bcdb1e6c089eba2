/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata that is kept: what is read again, what is passed over, and the types of dates.
 */
#include <dirent.h>
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
#include "cihsm/scope.h"
#include "client/metadata_file.h"
#include "client/typing.h"
#include "odata/metadata.h"

#define ROOT "https://tenant.example.com/api/v1/"
#define OTHER_ROOT "https://other.example.com/api/v1/"

static const char DOCUMENT[] =
    "<edmx:Edmx Version=\"1.0\" xmlns:edmx=\"http://schemas.microsoft.com/ado/2007/06/edmx\">"
    "<edmx:DataServices><Schema Namespace=\"com.x\""
    " xmlns=\"http://schemas.microsoft.com/ado/2008/09/edm\">"
    "<EntityType Name=\"Thing\"><Property Name=\"Born\" Type=\"Edm.DateTimeOffset\"/>"
    "<Property Name=\"Text\" Type=\"Edm.String\"/></EntityType>"
    "<EntityContainer Name=\"C\"><EntitySet Name=\"Things\" EntityType=\"com.x.Thing\"/>"
    "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>";

typedef struct place {
    char folder[64]; /* of the test */
    char cache[128]; /* two levels below, not there at first */
    char file[512];
} place;

static int make_place(void **state)
{
    place *made = calloc(1, sizeof *made);
    snprintf(made->folder, sizeof made->folder, "/tmp/cihsm-metadata-XXXXXX");
    if (mkdtemp(made->folder) == NULL) {
        return -1;
    }
    snprintf(made->cache, sizeof made->cache, "%s/a/b", made->folder);
    *state = made;
    return 0;
}

static int remove_place(void **state)
{
    place *made = *state;
    char middle[128];
    snprintf(middle, sizeof middle, "%s/a", made->folder);
    unlink(made->file);
    rmdir(made->cache);
    rmdir(middle);
    rmdir(made->folder);
    free(made);
    return 0;
}

static cihsm_metadata *parse(void)
{
    cihsm_metadata *metadata = NULL;
    assert_int_equal(cihsm_metadata_parse(DOCUMENT, strlen(DOCUMENT), &metadata, NULL), CIHSM_OK);
    return metadata;
}

/* Keeps metadata and finds the file, the only one in its folder. */
static void keep(place *at)
{
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = parse();
    assert_int_equal(odata_metadata_stamp(metadata, ROOT, "2026-03-01T14:30:05Z", NULL), CIHSM_OK);
    assert_int_equal(cihsm_metadata_save(metadata, at->cache, NULL), CIHSM_OK);
    DIR *folder = opendir(at->cache);
    size_t files = 0;
    assert_non_null(folder);
    for (const struct dirent *one = readdir(folder); one != NULL; one = readdir(folder)) {
        if (one->d_name[0] != '.') {
            snprintf(at->file, sizeof at->file, "%s/%s", at->cache, one->d_name);
            files++;
        }
    }
    closedir(folder);
    assert_int_equal(files, 1);
}

static cihsm_metadata *read_again(const place *at, const char *root)
{
    cihsm_metadata *metadata = NULL;
    assert_int_equal(metadata_file_read(at->cache, root, &metadata, NULL), CIHSM_OK);
    return metadata;
}

static void reads_what_was_kept(void **state)
{
    place *at = *state;
    struct stat status;
    keep(at);
    assert_int_equal(stat(at->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat(at->cache, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);

    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = read_again(at, ROOT);
    assert_non_null(metadata);
    assert_string_equal(cihsm_metadata_fetched_at(metadata), "2026-03-01T14:30:05Z");
    assert_string_equal(odata_metadata_property_type(metadata, "Things", "Born"),
                        "Edm.DateTimeOffset");
    keep(at); /* over the first one */
}

static void keeps_only_what_was_fetched(void **state)
{
    const place *at = *state;
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = parse();
    assert_int_equal(cihsm_metadata_save(metadata, at->cache, NULL), CIHSM_E_STATE);
    assert_null(read_again(at, ROOT));
}

static void is_nothing_for_another_tenant(void **state)
{
    place *at = *state;
    keep(at);
    assert_null(read_again(at, OTHER_ROOT));
}

static void replace(const place *at, const char *text, size_t len)
{
    assert_int_equal(cihsm_file_write(at->file, 0600, text, len, NULL), CIHSM_OK);
}

static void passes_over_what_cannot_be_used(void **state)
{
    static const char *const TEXTS[] = {
        "",
        "no JSON",
        "{}",
        "[]",
        "{\"format\":2,\"root\":\"" ROOT "\",\"fetchedAt\":\"2026-03-01T14:30:05Z\","
        "\"sets\":[{\"name\":\"A\"}]}",
        "{\"format\":1,\"root\":\"" OTHER_ROOT "\",\"fetchedAt\":\"2026-03-01T14:30:05Z\","
        "\"sets\":[{\"name\":\"A\"}]}",
        "{\"format\":1,\"root\":\"" ROOT "\",\"fetchedAt\":\"yesterday\","
        "\"sets\":[{\"name\":\"A\"}]}",
        "{\"format\":1,\"root\":\"" ROOT "\",\"fetchedAt\":\"2026-03-01T14:30:05Z\",\"sets\":{}}",
        "{\"format\":1,\"root\":\"" ROOT "\",\"fetchedAt\":\"2026-03-01T14:30:05Z\",\"sets\":[1]}",
    };
    place *at = *state;
    keep(at);
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        replace(at, TEXTS[i], strlen(TEXTS[i]));
        assert_null(read_again(at, ROOT));
    }
}

static void passes_over_what_was_cut_off(void **state)
{
    place *at = *state;
    CIHSM_AUTO(buffer_free) buffer whole = buffer_new(100000);
    keep(at);
    assert_int_equal(file_read(at->file, "test", &whole, NULL), CIHSM_OK);
    for (size_t len = 0; len + 2 < whole.len; len += 9) {
        replace(at, whole.data, len);
        assert_null(read_again(at, ROOT));
    }
}

static const char *ask(const typing *of, const char *owner, const char *property)
{
    const odata_types types = typing_types(of);
    return types.type_of(types.user, owner, property);
}

/* The documentation first; then what is kept, which is read when the first one cannot answer. */
static void tells_types_of_both(void **state)
{
    place *at = *state;
    CIHSM_AUTO(typing_free) typing *of = NULL;
    CIHSM_AUTO(typing_free) typing *documented = NULL;
    assert_int_equal(typing_new(at->cache, ROOT, &of, NULL), CIHSM_OK);
    assert_int_equal(typing_new(NULL, ROOT, &documented, NULL), CIHSM_OK);
    assert_string_equal(ask(of, "MessageProcessingLogs", "LogEnd"), "Edm.DateTime");
    keep(at); /* only now: nothing was read before */
    assert_string_equal(ask(of, "com.x.Thing", "Born"), "Edm.DateTimeOffset");
    assert_string_equal(ask(of, "Things", "Text"), "Edm.String");
    assert_null(ask(of, "Things", "None"));
    assert_null(ask(documented, "Things", "Text"));
}

static void tells_nothing_where_nothing_is_kept(void **state)
{
    const place *at = *state;
    CIHSM_AUTO(typing_free) typing *of = NULL;
    assert_int_equal(typing_new(at->cache, ROOT, &of, NULL), CIHSM_OK);
    assert_null(ask(of, "Things", "Born"));
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(reads_what_was_kept),
        WITH_PLACE(keeps_only_what_was_fetched),
        WITH_PLACE(is_nothing_for_another_tenant),
        WITH_PLACE(passes_over_what_cannot_be_used),
        WITH_PLACE(passes_over_what_was_cut_off),
        WITH_PLACE(tells_types_of_both),
        WITH_PLACE(tells_nothing_where_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
