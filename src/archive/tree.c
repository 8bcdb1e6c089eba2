/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/manifest.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

#define FILES_MAX 20000
#define DEPTH_MAX 32
#define DESCRIPTORS 16

/* Not content of the artifact. Other names with a dot are: .project belongs to a flow. */
static const char *const LEFT_OUT[] = {
    ".git", ".gitignore", ".gitattributes", ".gitkeep", ".svn",
    ".hg",  ".DS_Store",  "Thumbs.db",      ".idea",    ".vscode",
    "*~",   "*.swp",      "*.swo",          ".#*",      "#*#",
};

static bool is_left_out(const char *name)
{
    for (size_t i = 0; i < sizeof LEFT_OUT / sizeof *LEFT_OUT; i++) {
        if (fnmatch(LEFT_OUT[i], name, 0) == 0) {
            return true;
        }
    }
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static cihsm_status add(tree *to, char **name, cihsm_error *err)
{
    if (to->count == FILES_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the folder holds more than %d files: is it the one of an "
                                "artifact?",
                                FILES_MAX);
    }
    if (to->count == to->room) {
        const size_t room = to->room == 0 ? 64 : to->room * 2;
        char **names = realloc(to->names, room * sizeof *names);
        if (names == NULL) {
            return cihsm_fail_memory(err);
        }
        to->names = names;
        to->room = room;
    }
    to->names[to->count++] = CIHSM_MOVE(*name);
    return CIHSM_OK;
}

static void close_folder(DIR **folder)
{
    if (*folder != NULL) {
        closedir(*folder);
        *folder = NULL;
    }
}

static cihsm_status list(const char *root, const char *below, int depth, tree *to,
                         cihsm_error *err);

static cihsm_status add_entry(const char *root, char **name, int depth, tree *to, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    struct stat status;
    CIHSM_TRY(text_format(&path, err, "%s/%s", root, *name));
    if (lstat(path, &status) != 0) {
        return cihsm_fail_errno(err, CIHSM_E_CONFIG, errno, "cannot read %s", path);
    }
    if (S_ISREG(status.st_mode)) {
        return add(to, name, err);
    }
    if (!S_ISDIR(status.st_mode)) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%.300s is neither file nor folder, so it cannot be packed: remove "
                                "it",
                                path);
    }
    return list(root, *name, depth + 1, to, err);
}

static cihsm_status list(const char *root, const char *below, int depth, tree *to, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(text_format(&path, err, "%s/%s", root, below));
    CIHSM_AUTO(close_folder) DIR *folder = depth > DEPTH_MAX ? NULL : opendir(path);
    if (folder == NULL) {
        return cihsm_fail_errno(err, CIHSM_E_CONFIG, depth > DEPTH_MAX ? ELOOP : errno,
                                "cannot read the folder %s", path);
    }
    const struct dirent *entry = NULL;
    while (errno = 0, (entry = readdir(folder)) != NULL) {
        CIHSM_AUTO(text_free) char *name = NULL;
        if (is_left_out(entry->d_name)) {
            continue;
        }
        CIHSM_TRY(
            text_format(&name, err, "%s%s%s", below, *below == '\0' ? "" : "/", entry->d_name));
        CIHSM_TRY(add_entry(root, &name, depth, to, err));
    }
    return errno == 0 ? CIHSM_OK
                      : cihsm_fail_errno(err, CIHSM_E_CONFIG, errno, "cannot read %s", path);
}

static int compare(const void *a, const void *b)
{
    const char *left = *(char *const *)a;
    const char *right = *(char *const *)b;
    const bool is_left_first = strcmp(left, ARCHIVE_MANIFEST_NAME) == 0;
    const bool is_right_first = strcmp(right, ARCHIVE_MANIFEST_NAME) == 0;
    return is_left_first != is_right_first ? (is_left_first ? -1 : 1) : strcmp(left, right);
}

cihsm_status tree_list(const char *folder, tree *out, cihsm_error *err)
{
    CIHSM_TRY(list(folder, "", 0, out, err));
    if (out->count > 0) {
        qsort(out->names, out->count, sizeof *out->names, compare);
    }
    return CIHSM_OK;
}

void tree_free(tree *of)
{
    for (size_t i = 0; i < of->count; i++) {
        free(of->names[i]);
    }
    free(of->names);
    *of = (tree){0};
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    (void)remove(path);
    return 0;
}

void tree_remove(const char *folder)
{
    (void)nftw(folder, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}
