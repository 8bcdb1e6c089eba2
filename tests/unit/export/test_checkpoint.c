/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "export/checkpoint.h"

#define PLAN                                                                           \
    "{\"version\":1,\"set\":\"MessageProcessingLogs\",\"root\":\"https://t/api/v1/\"," \
    "\"filter\":null,\"select\":null,\"expand\":null,\"time_property\":\"LogEnd\","    \
    "\"format\":\"jsonl\",\"since\":\"2026-03-01T00:00:00\",\"until\":\"2026-03-02T00:00:00\"}\n"
#define AGO_PLAN                                                                           \
    "{\"version\":1,\"set\":\"MessageProcessingLogs\",\"root\":\"https://t/api/v1/\","     \
    "\"time_property\":\"LogEnd\",\"format\":\"jsonl\",\"since\":\"2026-03-01T00:00:00\"," \
    "\"until\":\"2026-03-02T00:00:00\",\"since_ago\":\"500d\",\"until_ago\":\"now\"}\n"
#define EMPTY(from, to)                                         \
    "{\"from\":\"2026-03-01T" from "\",\"to\":\"2026-03-01T" to \
    "\",\"entries\":0,\"pages\":1,\"file\":null}\n"
#define NAME "MessageProcessingLogs-20260301T000000Z-20260301T010000Z.jsonl"
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FILLED(name, bytes, hash)                                                     \
    "{\"from\":\"2026-03-01T00:00:00\",\"to\":\"2026-03-01T01:00:00\",\"entries\":2," \
    "\"pages\":1,\"file\":\"" name "\",\"bytes\":" bytes ",\"sha256\":\"" hash "\"}\n"

typedef struct scene {
    char folder[64];
    char checkpoint[96];
    char file[160];
    export_plan plan;
    export_state state;
    cihsm_error err;
} scene;

static void plan_it(scene *of, const cihsm_export_options *options)
{
    export_plan_free(&of->plan);
    of->plan = (export_plan){0};
    assert_int_equal(
        export_plan_make(options, "https://t/api/v1/", 1790000000000, &of->plan, &of->err),
        CIHSM_OK);
}

static void make_plan(scene *of, const char *since, const char *until)
{
    const cihsm_export_options options = {
        .set = "MessageProcessingLogs", .folder = of->folder, .since = since, .until = until};
    plan_it(of, &options);
}

static int make_scene(void **state)
{
    scene *of = calloc(1, sizeof *of);
    snprintf(of->folder, sizeof of->folder, "/tmp/cihsm-check-XXXXXX");
    if (mkdtemp(of->folder) == NULL) {
        return -1;
    }
    snprintf(of->checkpoint, sizeof of->checkpoint, "%s/checkpoint.jsonl", of->folder);
    snprintf(of->file, sizeof of->file, "%s/" NAME, of->folder);
    make_plan(of, "2026-03-01", "2026-03-02");
    *state = of;
    return 0;
}

static int remove_scene(void **state)
{
    scene *of = *state;
    export_state_free(&of->state);
    export_plan_free(&of->plan);
    unlink(of->checkpoint);
    unlink(of->file);
    rmdir(of->folder);
    free(of);
    return 0;
}

static void write_file(const char *path, const char *text)
{
    FILE *stream = fopen(path, "w");
    fputs(text, stream);
    fclose(stream);
}

static cihsm_status load(scene *of, const char *text)
{
    write_file(of->checkpoint, text);
    export_state_free(&of->state);
    of->err = (cihsm_error){0};
    CIHSM_AUTO(export_folder_free) export_folder *folder = NULL;
    assert_int_equal(export_folder_look(of->folder, &of->plan, &folder, &of->err), CIHSM_OK);
    return export_state_load(folder, &of->plan, &of->state, &of->err);
}

static void fails(scene *of, const char *text, cihsm_status status, const char *words)
{
    assert_int_equal(load(of, text), status);
    if (strstr(of->err.message, words) == NULL) {
        print_error("%s\n", of->err.message);
    }
    assert_non_null(strstr(of->err.message, words));
}

static void reads_what_is_done(void **state)
{
    scene *of = *state;
    write_file(of->file, "12345");
    assert_int_equal(load(of, PLAN FILLED(NAME, "5", HASH) EMPTY("02:00:00", "03:00:00")
                                  EMPTY("01:00:00", "02:00:00")),
                     CIHSM_OK);
    assert_true(of->state.has_plan);
    assert_int_equal(of->state.done.count, 1);
    assert_int_equal(export_spans_length(&of->state.done), 3 * 3600);
    assert_int_equal(of->state.files, 1);
    assert_int_equal(of->state.files_gone, 0);
    assert_true(export_state_has_file(&of->state, NAME));
    assert_false(export_state_has_file(&of->state, "MessageProcessingLogs-x.jsonl"));
}

static void a_file_that_was_moved_away_is_done(void **state)
{
    scene *of = *state;
    assert_int_equal(load(of, PLAN FILLED(NAME, "5", HASH)), CIHSM_OK);
    assert_int_equal(of->state.files_gone, 1);
    assert_int_equal(export_spans_length(&of->state.done), 3600);
}

static void a_cut_line_does_not_count(void **state)
{
    scene *of = *state;
    const char *texts[] = {"", "{\"version\":1", PLAN, PLAN "{\"from\":", PLAN "\xff"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(load(of, texts[i]), CIHSM_OK);
        assert_int_equal(of->state.has_plan, i >= 2);
        assert_int_equal(of->state.good, i >= 2 ? strlen(PLAN) : 0);
        assert_int_equal(of->state.done.count, 0);
    }
}

static void refuses_what_others_changed(void **state)
{
    scene *of = *state;
    write_file(of->file, "12345");
    static const char *const LINES[] = {
        PLAN "{}\n",
        PLAN "\n",
        PLAN "[]\n",
        PLAN "no json\n",
        PLAN EMPTY("01:00:00", "01:00:00"),
        PLAN EMPTY("02:00:00", "01:00:00"),
        PLAN EMPTY("1:00:00", "02:00:00"),
        PLAN EMPTY("01:00:00", "02:00:00Z"),
        PLAN EMPTY("01:00:00", "02:00:00") EMPTY("01:30:00", "01:40:00"),
        PLAN FILLED(NAME, "6", HASH),
        PLAN FILLED(NAME, "-5", HASH),
        PLAN FILLED(NAME, "5.5", HASH),
        PLAN FILLED(NAME, "5", "0123"),
        PLAN FILLED("../" NAME, "5", HASH),
        PLAN FILLED("x", "5", HASH),
        PLAN "{\"columns\":3}\n",
        PLAN "{\"columns\":[]}\n{\"columns\":[]}\n",
        PLAN "{\"from\":\"2026-02-28T00:00:00\",\"to\":\"2026-03-01T01:00:00\",\"entries\":0,"
             "\"pages\":1,\"file\":null}\n",
        "{\"version\":2}\n",
        "{}\n",
    };
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        if (load(of, LINES[i]) != CIHSM_E_CONFIG) {
            print_error("taken: %s\n", LINES[i]);
        }
        assert_int_equal(of->err.status, CIHSM_E_CONFIG);
        assert_non_null(strstr(of->err.message, "of the checkpoint cannot be used"));
    }
}

static void names_the_difference_of_another_export(void **state)
{
    scene *of = *state;
    make_plan(of, "2026-03-01T01:00", "2026-03-02");
    fails(of, PLAN, CIHSM_E_USAGE, "since is 2026-03-01T00:00:00, not 2026-03-01T01:00:00");
    const cihsm_parameter own[] = {{.name = "b", .value = "x&y=z"}, {.name = "a", .value = "1"}};
    cihsm_export_options options = {.set = "MessageProcessingLogs",
                                    .folder = of->folder,
                                    .since = "2026-03-01",
                                    .until = "2026-03-02",
                                    .filter = "Status eq 'FAILED'"};
    plan_it(of, &options);
    fails(of, PLAN, CIHSM_E_USAGE, "filter is none, not Status eq 'FAILED'");
    options.filter = NULL;
    options.parameters = own;
    options.parameter_count = 2;
    plan_it(of, &options);
    fails(of, PLAN, CIHSM_E_USAGE, "query is none, not b=x%26y%3Dz&a=1");
    options.parameter_count = 0;
    options.is_unchecked = true;
    plan_it(of, &options);
    fails(of, PLAN, CIHSM_E_USAGE, "unchecked is none, not set");
}

static void a_moment_told_as_ago_counts_from_the_first_run(void **state)
{
    scene *of = *state;
    make_plan(of, "500d", NULL);
    assert_int_equal(load(of, AGO_PLAN), CIHSM_OK);
    assert_int_equal(of->plan.window.from_s, 1772323200);
    assert_int_equal(of->plan.window.to_s, 1772409600);
    make_plan(of, "3d", NULL);
    fails(of, AGO_PLAN, CIHSM_E_USAGE, "since is 500d, not 3d");
    make_plan(of, "500d", "1h");
    fails(of, AGO_PLAN, CIHSM_E_USAGE, "until is now, not 1h");
    make_plan(of, "500d", "2026-03-02");
    assert_int_equal(load(of, AGO_PLAN), CIHSM_OK);
    make_plan(of, "500d", "2026-03-02");
    fails(of, PLAN, CIHSM_E_USAGE, "since is 2026-03-01T00:00:00, not 500d");
}

static void leaves_a_file_that_is_no_checkpoint(void **state)
{
    scene *of = *state;
    fails(of, "{\"name\":\"precious\"}", CIHSM_E_CONFIG, "none of an export");
    fails(of, "precious", CIHSM_E_CONFIG, "none of an export");
}

static void a_pipe_is_no_checkpoint(void **state)
{
    scene *of = *state;
    export_folder *folder = NULL;
    assert_int_equal(mkfifo(of->checkpoint, 0600), 0);
    assert_int_equal(export_folder_look(of->folder, &of->plan, &folder, &of->err), CIHSM_E_CONFIG);
    assert_int_equal(export_folder_open(of->folder, &of->plan, &folder, &of->err), CIHSM_E_CONFIG);
    assert_non_null(strstr(of->err.message, "is no regular file"));
    assert_int_equal(unlink(of->checkpoint), 0);
    assert_int_equal(symlink("elsewhere", of->checkpoint), 0);
    assert_int_equal(export_folder_open(of->folder, &of->plan, &folder, &of->err), CIHSM_E_IO);
    assert_null(folder);
}

/* --- writing ----------------------------------------------------------------------------- */

static export_folder *open_folder(scene *of)
{
    export_folder *folder = NULL;
    assert_int_equal(export_folder_open(of->folder, &of->plan, &folder, &of->err), CIHSM_OK);
    return folder;
}

static void note(export_folder *folder, int from_h, int to_h, unsigned entries)
{
    const int64_t start_s = 1772323200;
    const export_record record = {{start_s + from_h * 3600, start_s + to_h * 3600},
                                  {.entries = entries, .pages = 1}};
    assert_int_equal(export_record_note(folder, &record, NULL), CIHSM_OK);
}

static void slices_without_entries_share_a_line(void **state)
{
    scene *of = *state;
    write_file(of->checkpoint, PLAN);
    CIHSM_AUTO(export_folder_free) export_folder *folder = open_folder(of);
    note(folder, 0, 1, 0);
    note(folder, 1, 2, 0);
    note(folder, 2, 3, 0);
    note(folder, 3, 4, 5);
    note(folder, 4, 5, 0);
    note(folder, 8, 9, 0);
    char text[4096] = "";
    const ssize_t len = pread(folder->checkpoint, text, sizeof text - 1, (off_t)strlen(PLAN));
    assert_true(len > 0);
    assert_non_null(strstr(text, "{\"from\":\"2026-03-01T00:00:00\",\"to\":\"2026-03-01T03:00:00\","
                                 "\"entries\":0,\"pages\":3,\"file\":null}\n"));
    int lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    assert_int_equal(lines, 4);
    export_state_free(&of->state);
    assert_int_equal(export_state_load(folder, &of->plan, &of->state, &of->err), CIHSM_OK);
    assert_int_equal(export_spans_length(&of->state.done), 6 * 3600);
}

static void a_full_disk_leaves_whole_lines(void **state)
{
    scene *of = *state;
    write_file(of->checkpoint, PLAN);
    CIHSM_AUTO(export_folder_free) export_folder *folder = open_folder(of);
    const export_record record = {{1772323200, 1772326800}, {.entries = 1, .pages = 1}};
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit low = {strlen(PLAN) + 20, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    const cihsm_status status = export_record_note(folder, &record, &of->err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, CIHSM_E_IO);
    struct stat now;
    assert_int_equal(fstat(folder->checkpoint, &now), 0);
    assert_int_equal(now.st_size, strlen(PLAN));
    note(folder, 0, 1, 1);
}

static void a_line_without_end_is_refused(void **state)
{
    scene *of = *state;
    char *text = malloc(3u << 20);
    memset(text, ' ', (3u << 20) - 1);
    text[(3u << 20) - 1] = '\0';
    fails(of, text, CIHSM_E_CONFIG, "too long");
    free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_scene, remove_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_what_is_done),
        TEST(a_file_that_was_moved_away_is_done),
        TEST(a_cut_line_does_not_count),
        TEST(refuses_what_others_changed),
        TEST(names_the_difference_of_another_export),
        TEST(a_moment_told_as_ago_counts_from_the_first_run),
        TEST(leaves_a_file_that_is_no_checkpoint),
        TEST(a_pipe_is_no_checkpoint),
        TEST(slices_without_entries_share_a_line),
        TEST(a_full_disk_leaves_whole_lines),
        TEST(a_line_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
