/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/refusals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/report.h"
#include "cli/settings.h"

enum { ENTRIES_MAX = 64, FILE_MAX = 65536, TEXT_MAX = 80, TIME_MAX = 32, ENTRY_MEMBERS = 6 };

typedef struct entry {
    char token[TEXT_MAX]; /* label */
    char serial[TEXT_MAX];
    char pin[TEXT_MAX]; /* whose */
    char source[CLI_SOURCE_ID_MAX];
    char time[TIME_MAX];
    char answer[TEXT_MAX]; /* REFUSED, or IN_DOUBT */
} entry;

static const char REFUSED[] = "refused";
static const char IN_DOUBT[] = "general error";

typedef struct entries {
    entry list[ENTRIES_MAX];
    size_t count;
} entries;

/* --- the source -------------------------------------------------------------------------- */

cli_source_id cli_source_identify(const char *source)
{
    static const char FILE_PREFIX[] = "file:";
    cli_source_id id = {.text = ""};
    struct stat info;
    if (strncmp(source, FILE_PREFIX, sizeof FILE_PREFIX - 1) != 0) {
        snprintf(id.text, sizeof id.text, "%s", source);
    } else if (lstat(source + sizeof FILE_PREFIX - 1, &info) == 0) {
        snprintf(id.text, sizeof id.text, "file device %ju inode %ju changed %jd.%09ld",
                 (uintmax_t)info.st_dev, (uintmax_t)info.st_ino, (intmax_t)info.st_mtim.tv_sec,
                 info.st_mtim.tv_nsec);
    }
    return id;
}

/* --- the file ---------------------------------------------------------------------------- */

static bool make_path(char *out, const char *base, const char *rest)
{
    const int len = snprintf(out, CLI_PATH_MAX, "%s%s", base, rest);
    return len > 0 && len < CLI_PATH_MAX;
}

bool cli_refusals_folder(char out[CLI_PATH_MAX])
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (state != NULL && state[0] == '/') {
        return make_path(out, state, "/cihsm");
    }
    return home != NULL && home[0] == '/' && make_path(out, home, "/.local/state/cihsm");
}

/* Each level of the folder; those that are there already stay as they are. */
static bool make_folders(const char *path)
{
    char part[CLI_PATH_MAX];
    for (size_t i = 1; path[i - 1] != '\0'; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        snprintf(part, sizeof part, "%.*s", (int)i, path);
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            return false;
        }
    }
    return true;
}

static void warn_once(const char *what, const char *reason)
{
    static bool warned;
    if (!warned) {
        cli_note("warning: %s: %s", what, reason);
    }
    warned = true;
}

static void copy_text(const cihsm_value *from, const char *name, char *to, size_t size)
{
    const char *text = cihsm_value_get_string(from, name);
    snprintf(to, size, "%s", text == NULL ? "" : text);
}

static void take_entries(const cihsm_value *root, entries *out)
{
    const cihsm_value *list = cihsm_value_get(root, "refusals");
    for (const cihsm_value *item = cihsm_value_first(list);
         item != NULL && out->count < ENTRIES_MAX; item = cihsm_value_next(item)) {
        entry *to = &out->list[out->count++];
        copy_text(item, "token", to->token, sizeof to->token);
        copy_text(item, "serial", to->serial, sizeof to->serial);
        copy_text(item, "pin", to->pin, sizeof to->pin);
        copy_text(item, "source", to->source, sizeof to->source);
        copy_text(item, "time", to->time, sizeof to->time);
        copy_text(item, "answer", to->answer, sizeof to->answer);
    }
}

/* False: there is a file, but it cannot be read. */
static bool read_entries(const char *path, entries *out)
{
    static const char WARNING[] = "a PIN that was refused before may be offered again";
    out->count = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        const bool is_absent = errno == ENOENT || errno == ENOTDIR;
        if (!is_absent) {
            warn_once(WARNING, strerror(errno));
        }
        return is_absent;
    }
    char json[FILE_MAX];
    const size_t len = fread(json, 1, sizeof json, file);
    fclose(file);
    cihsm_error err = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *root = NULL;
    if (cihsm_value_parse(json, len, &root, &err) != CIHSM_OK) {
        warn_once(WARNING, err.message);
        return false;
    }
    take_entries(root, out);
    return true;
}

static cihsm_status add_entry(cihsm_value *list, const entry *from, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *item = cihsm_value_new_object();
    if (item == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    const char *members[ENTRY_MEMBERS][2] = {{"token", from->token}, {"serial", from->serial},
                                             {"pin", from->pin},     {"source", from->source},
                                             {"time", from->time},   {"answer", from->answer}};
    for (size_t i = 0; i < ENTRY_MEMBERS; i++) {
        CLI_TRY(cihsm_value_set_string(item, members[i][0], members[i][1], err));
    }
    return cihsm_value_append(list, &item, err);
}

static cihsm_status write_entries(const char *path, const entries *from, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *root = cihsm_value_new_object();
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (root == NULL || list == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < from->count; i++) {
        CLI_TRY(add_entry(list, &from->list[i], err));
    }
    CLI_TRY(cihsm_value_set(root, "refusals", &list, err));
    return cihsm_value_save(root, path, 0600, err);
}

/* --- changing it ------------------------------------------------------------------------- */

static void descriptor_close(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

typedef bool (*drop_fn)(const entry *of, const void *context);

static size_t drop(entries *from, drop_fn is_dropped, const void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < from->count; i++) {
        if (!is_dropped(&from->list[i], context)) {
            from->list[kept++] = from->list[i];
        }
    }
    const size_t dropped = from->count - kept;
    from->count = kept;
    return dropped;
}

/* The oldest makes room. */
static void add(entries *to, const entry *made)
{
    if (to->count == ENTRIES_MAX) {
        memmove(to->list, to->list + 1, (ENTRIES_MAX - 1) * sizeof *to->list);
        to->count--;
    }
    to->list[to->count++] = *made;
}

static cihsm_status state_file(char folder[CLI_PATH_MAX], char path[CLI_PATH_MAX], cihsm_error *err)
{
    if (!cli_refusals_folder(folder) || !make_path(path, folder, "/refusals")) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "no place for the refused PINs: set HOME or XDG_STATE_HOME");
    }
    return CIHSM_OK;
}

/* Another run may change the file at the same time: the folder is locked meanwhile. */
static cihsm_status lock_folder(const char *folder, int *out, cihsm_error *err)
{
    if (make_folders(folder)) {
        *out = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (*out < 0 || flock(*out, LOCK_EX) != 0) {
        return cli_fail(err, CIHSM_E_IO, "cannot use the folder %s: %s", folder, strerror(errno));
    }
    return CIHSM_OK;
}

/* Drops entries, then adds one unless it is NULL. */
static cihsm_status change(drop_fn is_dropped, const void *context, const entry *made,
                           size_t *dropped, cihsm_error *err)
{
    char folder[CLI_PATH_MAX];
    char path[CLI_PATH_MAX];
    *dropped = 0;
    CLI_TRY(state_file(folder, path, err));
    if (made == NULL && access(path, F_OK) != 0) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(descriptor_close) int lock = -1;
    CLI_TRY(lock_folder(folder, &lock, err));
    entries now;
    const bool is_sound = read_entries(path, &now);
    *dropped = drop(&now, is_dropped, context);
    if (made != NULL) {
        add(&now, made);
    }
    const bool is_changed = *dropped > 0 || made != NULL || !is_sound;
    return is_changed ? write_entries(path, &now, err) : CIHSM_OK;
}

/* A login goes on without the file, but says so. */
static void change_or_warn(drop_fn is_dropped, const void *context, const entry *made)
{
    size_t dropped = 0;
    cihsm_error err = {0};
    if (change(is_dropped, context, made, &dropped, &err) != CIHSM_OK) {
        warn_once("the next run will not know what the token said to the PIN", err.message);
    }
}

/* --- what is asked ----------------------------------------------------------------------- */

static const char *kind_name(cihsm_pin_kind kind)
{
    return kind == CIHSM_PIN_OFFICER ? "security officer" : "user";
}

static void name_token(const cihsm_pin_request *request, entry *out)
{
    snprintf(out->token, sizeof out->token, "%s", request->token_label);
    snprintf(out->serial, sizeof out->serial, "%s", request->token_serial);
    snprintf(out->pin, sizeof out->pin, "%s", kind_name(request->kind));
}

static bool is_same_pin(const entry *of, const void *context)
{
    const entry *wanted = context;
    return strcmp(of->token, wanted->token) == 0 && strcmp(of->serial, wanted->serial) == 0 &&
           strcmp(of->pin, wanted->pin) == 0;
}

static bool is_same_refusal(const entry *of, const void *context)
{
    const entry *wanted = context;
    return is_same_pin(of, wanted) && strcmp(of->source, wanted->source) == 0;
}

cihsm_status cli_refusals_check(const cihsm_pin_request *request, const char *source,
                                const cli_source_id *id, cihsm_error *err)
{
    char folder[CLI_PATH_MAX];
    char path[CLI_PATH_MAX];
    cihsm_error ignored = {0}; /* no file, nothing to know */
    if (id->text[0] == '\0' || state_file(folder, path, &ignored) != CIHSM_OK) {
        return CIHSM_OK;
    }
    entry wanted = {.token = ""};
    name_token(request, &wanted);
    snprintf(wanted.source, sizeof wanted.source, "%s", id->text);
    entries known;
    (void)read_entries(path, &known); /* it has warned */
    for (size_t i = 0; i < known.count; i++) {
        if (!is_same_refusal(&known.list[i], &wanted)) {
            continue;
        }
        const bool is_file = strncmp(source, "file:", 5) == 0;
        const bool in_doubt = strcmp(known.list[i].answer, IN_DOUBT) == 0;
        return cli_fail(err, CIHSM_E_PIN,
                        "token %s %s the %sPIN of %s on %s, so it is not offered again: %s "
                        "\"cihsm token forget-refusal\"",
                        request->token_label,
                        in_doubt ? "failed without a reason and may have refused" : "refused",
                        request->kind == CIHSM_PIN_OFFICER ? "security officer " : "", source,
                        known.list[i].time,
                        is_file ? "correct the file, or run" : "correct it, then run");
    }
    return CIHSM_OK;
}

void cli_refusals_remember(const cihsm_pin_request *request, const cli_source_id *id)
{
    entry made = {.token = ""};
    name_token(request, &made);
    snprintf(made.source, sizeof made.source, "%s", id->text);
    snprintf(made.answer, sizeof made.answer, "%s", request->in_doubt ? IN_DOUBT : REFUSED);
    const time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc) == NULL ||
        strftime(made.time, sizeof made.time, "%Y-%m-%d at %H:%M:%S UTC", &utc) == 0) {
        snprintf(made.time, sizeof made.time, "an unknown day");
    }
    change_or_warn(is_same_refusal, &made, &made);
}

void cli_refusals_forget(const cihsm_pin_request *request)
{
    entry wanted = {.token = ""};
    name_token(request, &wanted);
    change_or_warn(is_same_pin, &wanted, NULL);
}

static bool is_meant(const entry *of, const void *context)
{
    const char *uri = context;
    bool matches = true;
    cihsm_error err = {0};
    return uri == NULL ||
           (cihsm_token_uri_matches(uri, of->token, of->serial, &matches, &err) == CIHSM_OK &&
            matches);
}

cihsm_status cli_refusals_forget_uri(const char *uri, size_t *count, cihsm_error *err)
{
    bool matches = false;
    if (uri != NULL) {
        CLI_TRY(cihsm_token_uri_matches(uri, "", "", &matches, err));
    }
    return change(is_meant, uri, NULL, count, err);
}
