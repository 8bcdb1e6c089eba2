/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "export/export.h"
#include "tenant.h"

#define START 1790000000LL /* 2026-09-21T14:13:20Z */
#define NOW (START + 1000000)

typedef struct scene {
    tenant tenant;
    http_patience patience;
    odata_service service;
    cihsm_export_options options;
    cihsm_export_report report;
    cihsm_error err;
    char folder[64];
    unsigned char seen[TENANT_LOGS]; /* times each log is in the files */
    int files;
    int strange; /* files that are not whole */
} scene;

static int make_scene(void **state)
{
    scene *of = calloc(1, sizeof *of);
    snprintf(of->folder, sizeof of->folder, "/tmp/cihsm-export-XXXXXX");
    if (mkdtemp(of->folder) == NULL) {
        return -1;
    }
    of->tenant.page = 100;
    of->tenant.now_us = NOW * 1000000;
    const http_patience_config config = {
        .below = tenant_transport(&of->tenant),
        .clock = tenant_clock(&of->tenant),
        .retry_time_ms = 3600000,
        .seed = 1,
    };
    http_patience_init(&of->patience, &config);
    of->service = (odata_service){.root = TENANT_ROOT};
    of->options = (cihsm_export_options){
        .set = "MessageProcessingLogs",
        .folder = of->folder,
        .since = "2026-09-21T14:13:20",
        .until = "2026-09-21T15:40:00", /* 5200 s later */
    };
    *state = of;
    return 0;
}

static void empty(const char *folder)
{
    char path[400];
    DIR *list = opendir(folder);
    for (const struct dirent *e = readdir(list); e != NULL; e = readdir(list)) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        unlink(path);
    }
    closedir(list);
}

static int remove_scene(void **state)
{
    scene *of = *state;
    http_patience_free(&of->patience);
    empty(of->folder);
    rmdir(of->folder);
    free(of);
    return 0;
}

static cihsm_status export(scene *of)
{
    CIHSM_AUTO(cihsm_export_free) cihsm_export *made = NULL;
    of->err = (cihsm_error){0};
    const cihsm_status status =
        export_open(&of->service, &of->patience, &of->options, &made, &of->err);
    return status != CIHSM_OK ? status : cihsm_export_run(made, &of->report, &of->err);
}

static void read_lines(scene *of, const char *path)
{
    FILE *stream = fopen(path, "r");
    char line[512];
    while (fgets(line, sizeof line, stream) != NULL) {
        int id = 0;
        assert_int_equal(sscanf(line, "{\"MessageGuid\":\"G%d\"", &id), 1);
        assert_int_equal(line[strlen(line) - 1], '\n');
        of->seen[id]++;
    }
    fclose(stream);
}

static void read_folder(scene *of)
{
    char path[400];
    memset(of->seen, 0, sizeof of->seen);
    of->files = 0;
    of->strange = 0;
    DIR *list = opendir(of->folder);
    for (const struct dirent *e = readdir(list); e != NULL; e = readdir(list)) {
        snprintf(path, sizeof path, "%s/%s", of->folder, e->d_name);
        if (strncmp(e->d_name, "MessageProcessingLogs-", 22) == 0) {
            of->files++;
            read_lines(of, path);
        } else if (e->d_name[0] == '.' && e->d_name[1] != '.' && e->d_name[1] != '\0') {
            of->strange++;
        }
    }
    closedir(list);
}

static bool has_manifest(const scene *of)
{
    char path[128];
    snprintf(path, sizeof path, "%s/manifest.json", of->folder);
    return access(path, F_OK) == 0;
}

/* All logs that are still in the window are there once; those that left at most once. */
static void assert_exact(scene *of)
{
    read_folder(of);
    assert_int_equal(of->strange, 0);
    assert_true(has_manifest(of));
    for (int i = 0; i < of->tenant.count; i++) {
        const tenant_log *log = &of->tenant.logs[i];
        if (log->is_gone) {
            assert_true(of->seen[log->id] <= 1);
        } else {
            assert_int_equal(of->seen[log->id], 1);
        }
    }
}

static void succeeds(scene *of)
{
    const cihsm_status status = export(of);
    if (status != CIHSM_OK) {
        print_error("%s\n", of->err.message);
    }
    assert_int_equal(status, CIHSM_OK);
    assert_exact(of);
}

static void fails(scene *of, cihsm_status status, const char *words)
{
    assert_int_equal(export(of), status);
    if (strstr(of->err.message, words) == NULL) {
        print_error("%s\n", of->err.message);
    }
    assert_non_null(strstr(of->err.message, words));
    read_folder(of);
    assert_int_equal(of->strange, 0);
    assert_false(has_manifest(of));
}

/* --- reading ----------------------------------------------------------------------------- */

static void reads_several_slices_at_a_time(void **state)
{
    scene *of = *state;
    tenant_fill(&of->tenant, 2500, START, 2);
    succeeds(of);
    assert_int_equal(of->report.entries, 2500);
    assert_int_equal(of->tenant.in_flight_max, CIHSM_EXPORT_CONCURRENCY);
    assert_int_equal(of->tenant.links, 0);
}

static void goes_on_in_a_slice_by_time(void **state)
{
    scene *of = *state;
    tenant_fill(&of->tenant, 2500, START, 2);
    of->options.slice_s = 100000;
    of->options.concurrency = 1;
    succeeds(of);
    assert_int_equal(of->tenant.links, 0);
    assert_int_equal(of->tenant.counts, 0);
    assert_true(of->tenant.pages <= 28); /* 25, and the last second of each again */
    assert_true(of->files > 1);          /* no file has more than 16 pages */
}

static void halves_where_the_tenant_does_not_sort(void **state)
{
    scene *of = *state;
    tenant_fill(&of->tenant, 1000, START, 2);
    of->tenant.is_unordered = true;
    of->options.slice_s = 100000;
    succeeds(of);
    assert_int_equal(of->tenant.links, 0);
}

static void reads_a_dense_second_by_links_and_counts_it(void **state)
{
    scene *of = *state;
    tenant_fill(&of->tenant, 900, START, 1);
    for (int i = 0; i < of->tenant.count; i++) {
        if (of->tenant.logs[i].id >= 400 && of->tenant.logs[i].id < 850) {
            of->tenant.logs[i].at_s = START + 500;
        }
    }
    succeeds(of);
    assert_int_equal(of->tenant.counts, 2);
    assert_true(of->tenant.links >= 4);
}

static void reads_a_second_again_whose_entries_move(void **state)
{
    scene *of = *state;
    tenant_fill(&of->tenant, 350, START, 0);
    of->tenant.moves_every = 2;
    of->tenant.moves_max = 1;
    of->options.concurrency = 1;
    succeeds(of);
    assert_int_equal(of->tenant.counts, 4);
}

static void gives_up_a_second_that_never_stands_still(void **state)
{
    scene *of = *state;
    tenant_fill(&of->tenant, 350, START, 0);
    of->tenant.moves_every = 2;
    fails(of, CIHSM_E_CONFLICT, "2026-09-21T14:13:20 changed in each of 4 readings");
    of->tenant.moves_every = 0;
    succeeds(of);
}

static void takes_an_empty_window(void **state)
{
    scene *of = *state;
    succeeds(of);
    assert_int_equal(of->files, 0);
    assert_int_equal(of->report.files, 0);
}

static void asks_again_for_what_was_cut(void **state)
{
    scene *of = *state;
    tenant_fill(&of->tenant, 2000, START, 2);
    of->tenant.cut_every = 3;
    succeeds(of);
}

/* --- refusing ---------------------------------------------------------------------------- */

static void refuses_what_is_no_page_of_the_window(void **state)
{
    static const struct {
        const char *body;
        const char *type;
        const char *words;
    } cases[] = {
        {"<html></html>", "text/html", "HTML page"},
        {"<html></html>", NULL, "HTML page"},
        {"{\"d\":{\"MessageGuid\":\"x\"}}", NULL, "no list of entries"},
        {"{\"d\":{\"results\":[", NULL, "ends"},
        {"{\"d\":{\"results\":[1]}}", NULL, "no object"},
        {"{\"d\":{\"results\":[]}} x", NULL, "broken"},
        {"{\"d\":{\"results\":[{\"MessageGuid\":\"a\"}]}}", NULL, "without LogEnd"},
        {"{\"d\":{\"results\":[{\"LogEnd\":\"/Date(0)/\"}]}}", NULL, "it does not filter by it"},
        {"{\"d\":{\"results\":[],\"__next\":7}}", NULL, "__next"},
        {"", NULL, ""},
    };
    scene *of = *state;
    tenant_fill(&of->tenant, 10, START, 2);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        of->tenant.body = cases[i].body;
        of->tenant.type = cases[i].type;
        fails(of, CIHSM_E_PROTOCOL, cases[i].words);
    }
    of->tenant.body = NULL;
    of->tenant.type = NULL;
    succeeds(of);
}

static void refuses_links_that_lead_nowhere(void **state)
{
    scene *of = *state;
    tenant_fill(&of->tenant, 350, START, 0);
    of->tenant.repeats_link = true;
    fails(of, CIHSM_E_PROTOCOL, "repeats");
    of->tenant.repeats_link = false;
    succeeds(of);
}

static void refuses_a_tenant_that_does_not_filter(void **state)
{
    scene *of = *state;
    tenant_fill(&of->tenant, 90, START, 50);
    of->tenant.ignores_filter = true;
    fails(of, CIHSM_E_PROTOCOL, "it does not filter by it; choose another --time-property");
}

static void a_refusal_keeps_what_is_complete(void **state)
{
    scene *of = *state;
    tenant_fill(&of->tenant, 2500, START, 2);
    of->tenant.refuse_after = 20;
    fails(of, CIHSM_E_REFUSED, "403");
    assert_true(of->files > 0);
    const int before = of->files;
    of->tenant.refuse_after = 0;
    of->tenant.answers = 0;
    succeeds(of);
    assert_true(of->report.was_continued);
    assert_true(of->files > before);
    assert_true(of->report.entries < 2500);
}

static void a_stop_leaves_whole_files(void **state)
{
    scene *of = *state;
    tenant_fill(&of->tenant, 2500, START, 2);
    CIHSM_AUTO(cihsm_export_free) cihsm_export *made = NULL;
    assert_int_equal(export_open(&of->service, &of->patience, &of->options, &made, &of->err),
                     CIHSM_OK);
    cihsm_export_stop(made);
    assert_int_equal(cihsm_export_run(made, &of->report, &of->err), CIHSM_E_CANCELED);
    cihsm_export_free(&made);
    succeeds(of);
}

static void two_at_a_time_are_refused(void **state)
{
    scene *of = *state;
    CIHSM_AUTO(cihsm_export_free) cihsm_export *first = NULL;
    assert_int_equal(export_open(&of->service, &of->patience, &of->options, &first, &of->err),
                     CIHSM_OK);
    assert_int_equal(export(of), CIHSM_E_BUSY);
    cihsm_export_free(&first);
    succeeds(of);
}

/* --- following --------------------------------------------------------------------------- */

typedef struct following {
    scene *of;
    cihsm_export *export;
    int rounds;
    int64_t last_us;
} following;

/* New entries come between the rounds; after some it is stopped. */
static void come(void *user, const cihsm_export_progress *progress)
{
    (void)progress;
    following *at = user;
    tenant *here = &at->of->tenant;
    if (here->now_us - at->last_us < 30000000) {
        return; /* the same round */
    }
    at->last_us = here->now_us;
    const int64_t now_s = here->now_us / 1000000;
    here->logs[here->count] = (tenant_log){.id = here->count, .at_s = now_s - 200};
    here->count++;
    if (++at->rounds == 20) {
        cihsm_export_stop(at->export);
    }
}

static void follows_what_comes_over_a_restart(void **state)
{
    scene *of = *state;
    following at = {.of = of};
    tenant_fill(&of->tenant, 50, NOW - 5000, 90);
    of->options.since = "2026-09-21T14:13:20";
    of->options.until = NULL;
    of->options.follow = true;
    of->options.progress = come;
    of->options.user = &at;
    for (int run = 0; run < 2; run++) {
        at.rounds = 0;
        assert_int_equal(
            export_open(&of->service, &of->patience, &of->options, &at.export, &of->err), CIHSM_OK);
        assert_int_equal(cihsm_export_run(at.export, &of->report, &of->err), CIHSM_E_CANCELED);
        cihsm_export_free(&at.export);
    }
    read_folder(of);
    int found = 0;
    for (int i = 0; i < of->tenant.count; i++) {
        assert_true(of->seen[i] <= 1);
        found += of->seen[i];
    }
    assert_true(found > 60); /* all but those of the last minutes */
    assert_false(has_manifest(of));
}

/* How far the checkpoint says it came, and its lines. */
static int count_lines(const scene *of, const char *words)
{
    char path[128];
    char line[512];
    int count = 0;
    snprintf(path, sizeof path, "%s/checkpoint.jsonl", of->folder);
    FILE *stream = fopen(path, "r");
    while (fgets(line, sizeof line, stream) != NULL) {
        count += strstr(line, words) != NULL ? 1 : 0;
    }
    fclose(stream);
    return count;
}

typedef struct quiet {
    scene *of;
    cihsm_export *export;
    int64_t stop_us;
    int64_t set_back_us; /* once */
} quiet;

static void pass(void *user, const cihsm_export_progress *progress)
{
    (void)progress;
    quiet *at = user;
    tenant *here = &at->of->tenant;
    here->wall_off_us -= at->set_back_us;
    at->set_back_us = 0;
    if (here->now_us >= at->stop_us) {
        cihsm_export_stop(at->export);
    }
}

static void follow_quietly(scene *of, int64_t seconds, int64_t set_back_s)
{
    quiet at = {.of = of,
                .stop_us = of->tenant.now_us + seconds * 1000000,
                .set_back_us = set_back_s * 1000000};
    of->options.until = NULL;
    of->options.follow = true;
    of->options.progress = pass;
    of->options.user = &at;
    assert_int_equal(export_open(&of->service, &of->patience, &of->options, &at.export, &of->err),
                     CIHSM_OK);
    assert_int_equal(cihsm_export_run(at.export, &of->report, &of->err), CIHSM_E_CANCELED);
    cihsm_export_free(&at.export);
}

static void following_a_quiet_tenant_does_not_grow_the_checkpoint(void **state)
{
    scene *of = *state;
    of->options.since = "2026-10-03T03:00:00"; /* NOW - 3600 */
    follow_quietly(of, 7200, 0);
    assert_true(of->tenant.answers > 100);
    assert_int_equal(count_lines(of, "\"from\""), 1);
    follow_quietly(of, 7200, 0);
    assert_true(of->tenant.answers > 200);
    assert_int_equal(count_lines(of, "\"from\""), 2);
}

static void a_clock_that_is_set_back_makes_nothing_twice(void **state)
{
    scene *of = *state;
    tenant_fill(&of->tenant, 300, NOW - 30000, 100);
    follow_quietly(of, 600, 20000);
    follow_quietly(of, 30000, 0);
    read_folder(of);
    for (int i = 0; i < of->tenant.count; i++) {
        assert_int_equal(of->seen[i], 1);
    }
}

/* A kill left gaps, and the clock was set back behind what was done after them. */
static void gaps_are_filled_behind_the_clock(void **state)
{
    scene *of = *state;
    tenant_fill(&of->tenant, 100, NOW - 10000, 100);
    of->tenant.refuse_after = 12;
    of->options.slice_s = 500;
    of->options.until = NULL;
    of->options.follow = true;
    of->options.concurrency = 3;
    of->options.since = "2026-10-03T01:13:20"; /* NOW - 10000 */
    assert_int_equal(export(of), CIHSM_E_REFUSED);
    of->tenant.refuse_after = 0;
    of->tenant.wall_off_us = -9000 * 1000000LL;
    follow_quietly(of, 60, 0);
    of->tenant.wall_off_us = 0;
    follow_quietly(of, 600, 0);
    read_folder(of);
    for (int i = 0; i < 97; i++) {
        assert_int_equal(of->seen[i], 1);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_scene, remove_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_several_slices_at_a_time),
        TEST(goes_on_in_a_slice_by_time),
        TEST(halves_where_the_tenant_does_not_sort),
        TEST(reads_a_dense_second_by_links_and_counts_it),
        TEST(reads_a_second_again_whose_entries_move),
        TEST(gives_up_a_second_that_never_stands_still),
        TEST(takes_an_empty_window),
        TEST(asks_again_for_what_was_cut),
        TEST(refuses_what_is_no_page_of_the_window),
        TEST(refuses_links_that_lead_nowhere),
        TEST(refuses_a_tenant_that_does_not_filter),
        TEST(a_refusal_keeps_what_is_complete),
        TEST(a_stop_leaves_whole_files),
        TEST(two_at_a_time_are_refused),
        TEST(follows_what_comes_over_a_restart),
        TEST(following_a_quiet_tenant_does_not_grow_the_checkpoint),
        TEST(a_clock_that_is_set_back_makes_nothing_twice),
        TEST(gaps_are_filled_behind_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
