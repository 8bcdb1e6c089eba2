/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/refusals_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/report.h"

enum { FILE_MAX = 131072, ENTRY_MEMBERS = 6 };

static const char FILE_NAME[] = "refusals";

/* --- lists ------------------------------------------------------------------------------- */

const refusals_entry *refusals_find(const refusals_list *in, refusals_match_fn matches,
                                    const void *context)
{
    for (size_t i = 0; i < in->count; i++) {
        if (matches(&in->list[i], context)) {
            return &in->list[i];
        }
    }
    return NULL;
}

size_t refusals_drop(refusals_list *from, refusals_match_fn matches, const void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < from->count; i++) {
        if (!matches(&from->list[i], context)) {
            from->list[kept++] = from->list[i];
        }
    }
    const size_t dropped = from->count - kept;
    from->count = kept;
    return dropped;
}

void refusals_add(refusals_list *to, const refusals_entry *made)
{
    if (to->count == REFUSALS_MAX) {
        memmove(to->list, to->list + 1, (REFUSALS_MAX - 1) * sizeof *to->list);
        to->count--;
    }
    to->list[to->count++] = *made;
}

/* --- the folder -------------------------------------------------------------------------- */

/* @param base_len  so much of the base */
static bool make_path(char *out, const char *base, size_t base_len, const char *rest)
{
    const int len = base_len < CLI_PATH_MAX
                        ? snprintf(out, CLI_PATH_MAX, "%.*s%s", (int)base_len, base, rest)
                        : CLI_PATH_MAX;
    return len > 0 && len < CLI_PATH_MAX;
}

bool cli_refusals_folder(char out[CLI_PATH_MAX])
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *service = getenv("STATE_DIRECTORY"); /* by systemd; there may be several */
    const char *home = getenv("HOME");
    if (state != NULL && state[0] == '/') {
        return make_path(out, state, strlen(state), "/cihsm");
    }
    if (service != NULL && service[0] == '/') {
        return make_path(out, service, strcspn(service, ":"), "");
    }
    return home != NULL && home[0] == '/' &&
           make_path(out, home, strlen(home), "/.local/state/cihsm");
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

static cihsm_status fail_to_use(const char *folder, cihsm_error *err)
{
    return cli_fail(err, CIHSM_E_IO, "the folder %s cannot be used: %s", folder, strerror(errno));
}

static cihsm_status find_folder(char out[CLI_PATH_MAX], cihsm_error *err)
{
    return cli_refusals_folder(out)
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_CONFIG, "no folder for such notes is known");
}

cihsm_status refusals_path(const char *name, char out[CLI_PATH_MAX], cihsm_error *err)
{
    char folder[CLI_PATH_MAX];
    CLI_TRY(find_folder(folder, err));
    const int len = snprintf(out, CLI_PATH_MAX, "%s/%s", folder, name);
    return len < CLI_PATH_MAX
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_CONFIG, "the path of the folder for notes is too long");
}

cihsm_status refusals_make_folder(cihsm_error *err)
{
    char folder[CLI_PATH_MAX];
    CLI_TRY(find_folder(folder, err));
    return make_folders(folder) ? CIHSM_OK : fail_to_use(folder, err);
}

static void descriptor_close(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

/* A signal that ends the run must not end this: it lasts no longer than another run's change. */
static bool lock(int folder)
{
    while (flock(folder, LOCK_EX) != 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Another run may change the file at the same time: the folder is locked meanwhile. */
static cihsm_status lock_folder(int *out, cihsm_error *err)
{
    char folder[CLI_PATH_MAX];
    CLI_TRY(refusals_make_folder(err));
    CLI_TRY(find_folder(folder, err));
    *out = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *out >= 0 && lock(*out) ? CIHSM_OK : fail_to_use(folder, err);
}

/* --- reading ----------------------------------------------------------------------------- */

void refusals_warn(const char *what, const char *reason)
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

static void take_entries(const cihsm_value *list, refusals_list *out)
{
    for (const cihsm_value *item = cihsm_value_first(list);
         item != NULL && out->count < REFUSALS_MAX; item = cihsm_value_next(item)) {
        refusals_entry *to = &out->list[out->count++];
        copy_text(item, "token", to->token, sizeof to->token);
        copy_text(item, "serial", to->serial, sizeof to->serial);
        copy_text(item, "pin", to->pin, sizeof to->pin);
        copy_text(item, "source", to->source, sizeof to->source);
        copy_text(item, "time", to->time, sizeof to->time);
        copy_text(item, "answer", to->answer, sizeof to->answer);
    }
}

/* @param file  out: NULL if there is none */
static cihsm_status open_file(const char *path, FILE **file, cihsm_error *err)
{
    *file = fopen(path, "re");
    return *file != NULL || errno == ENOENT || errno == ENOTDIR
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_IO, "%s cannot be opened: %s", path, strerror(errno));
}

/* Closes the file. */
static cihsm_status read_text(const char *path, FILE *file, char text[FILE_MAX], size_t *len,
                              cihsm_error *err)
{
    *len = fread(text, 1, FILE_MAX, file);
    const int reason = ferror(file) == 0 ? 0 : errno;
    fclose(file);
    return reason == 0 ? CIHSM_OK
                       : cli_fail(err, CIHSM_E_IO, "%s cannot be read: %s", path, strerror(reason));
}

/* A file that is damaged holds nothing, with a warning: it is written anew. */
static cihsm_status read_file(const char *path, refusals_known *out, bool *is_damaged,
                              cihsm_error *err)
{
    out->refused.count = 0;
    out->taken.count = 0;
    *is_damaged = false;
    FILE *file = NULL;
    CLI_TRY(open_file(path, &file, err));
    if (file == NULL) {
        return CIHSM_OK;
    }
    char json[FILE_MAX];
    size_t len = 0;
    CLI_TRY(read_text(path, file, json, &len, err));
    cihsm_error cause = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *root = NULL;
    const cihsm_status status = cihsm_value_parse(json, len, &root, &cause);
    if (status == CIHSM_E_NO_MEMORY) {
        return cli_fail(err, status, "%s", cause.message);
    }
    if (status != CIHSM_OK) {
        refusals_warn("a PIN that was refused before may be offered again", cause.message);
        *is_damaged = true;
        return CIHSM_OK;
    }
    take_entries(cihsm_value_get(root, "refusals"), &out->refused);
    take_entries(cihsm_value_get(root, "taken"), &out->taken);
    return CIHSM_OK;
}

bool refusals_exist(void)
{
    char path[CLI_PATH_MAX];
    cihsm_error no_place = {0};
    return refusals_path(FILE_NAME, path, &no_place) == CIHSM_OK && access(path, F_OK) == 0;
}

cihsm_status refusals_read(refusals_known *out, cihsm_error *err)
{
    char path[CLI_PATH_MAX];
    cihsm_error no_place = {0};
    bool is_damaged = false; /* it has warned */
    out->refused.count = 0;
    out->taken.count = 0;
    return refusals_path(FILE_NAME, path, &no_place) == CIHSM_OK
               ? read_file(path, out, &is_damaged, err)
               : CIHSM_OK;
}

/* --- writing ----------------------------------------------------------------------------- */

static cihsm_status write_entry(cihsm_value *list, const refusals_entry *from, cihsm_error *err)
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

static cihsm_status write_list(cihsm_value *root, const char *name, const refusals_list *from,
                               cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < from->count; i++) {
        CLI_TRY(write_entry(list, &from->list[i], err));
    }
    return cihsm_value_set(root, name, &list, err);
}

static cihsm_status write_file(const char *path, const refusals_known *from, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *root = cihsm_value_new_object();
    if (root == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(write_list(root, "refusals", &from->refused, err));
    CLI_TRY(write_list(root, "taken", &from->taken, err));
    return cihsm_value_save(root, path, 0600, err);
}

cihsm_status refusals_change(refusals_change_fn change, void *context, cihsm_error *err)
{
    char path[CLI_PATH_MAX];
    CLI_TRY(refusals_path(FILE_NAME, path, err));
    CIHSM_AUTO(descriptor_close) int folder = -1;
    CLI_TRY(lock_folder(&folder, err));
    refusals_known now;
    bool is_damaged = false;
    CLI_TRY(read_file(path, &now, &is_damaged, err));
    return change(&now, context) || is_damaged ? write_file(path, &now, err) : CIHSM_OK;
}
