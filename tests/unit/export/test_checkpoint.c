/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "export/checkpoint.h"

#define PLAN                                                                           \
    "{\"version\":1,\"set\":\"MessageProcessingLogs\",\"root\":\"https://t/api/v1/\"," \
    "\"filter\":null,\"select\":null,\"expand\":null,\"time_property\":\"LogEnd\","    \
    "\"format\":\"jsonl\",\"since\":\"2026-03-01T00:00:00\",\"until\":\"2026-03-02T00:00:00\"}\n"
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

static void make_plan(scene *of, const char *since)
{
    const cihsm_export_options options = {.set = "MessageProcessingLogs",
                                          .folder = of->folder,
                                          .since = since,
                                          .until = "2026-03-02"};
    export_plan_free(&of->plan);
    of->plan = (export_plan){0};
    assert_int_equal(
        export_plan_make(&options, "https://t/api/v1/", 1790000000000, &of->plan, &of->err),
        CIHSM_OK);
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
    make_plan(of, "2026-03-01");
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
    make_plan(of, "2026-03-01T01:00");
    fails(of, PLAN, CIHSM_E_USAGE, "since is 2026-03-01T00:00:00, not 2026-03-01T01:00:00");
    make_plan(of, "2026-03-01");
    free(of->plan.filter);
    of->plan.filter = strdup("Status eq 'FAILED'");
    fails(of, PLAN, CIHSM_E_USAGE, "filter is none, not Status eq 'FAILED'");
}

static void what_was_told_as_ago_is_taken_over(void **state)
{
    scene *of = *state;
    make_plan(of, "500d");
    assert_int_equal(load(of, PLAN), CIHSM_OK);
    assert_int_equal(of->plan.window.from_s, 1772323200);
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
        TEST(what_was_told_as_ago_is_taken_over),
        TEST(a_line_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
