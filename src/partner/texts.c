/* SPDX-License-Identifier: Apache-2.0 */
#include "partner/texts.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

cihsm_status partner_texts_add(partner_texts *to, const char *text, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *copy = NULL;
    CIHSM_TRY(text_set(&copy, text, err));
    if (to->count == to->room) {
        const size_t room = to->room == 0 ? 16 : to->room * 2;
        char **items = realloc(to->items, room * sizeof(char *));
        if (items == NULL) {
            return cihsm_fail_memory(err);
        }
        to->items = items;
        to->room = room;
    }
    to->items[to->count++] = CIHSM_MOVE(copy);
    return CIHSM_OK;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void partner_texts_sort(partner_texts *of)
{
    if (of->count > 0) {
        qsort(of->items, of->count, sizeof(char *), compare);
    }
}

bool partner_texts_has(const partner_texts *in, const char *text)
{
    return in->count > 0 && bsearch(&text, in->items, in->count, sizeof(char *), compare) != NULL;
}

void partner_texts_free(partner_texts *of)
{
    for (size_t i = 0; i < of->count; i++) {
        free(of->items[i]);
    }
    free(of->items);
    *of = (partner_texts){0};
}

static void close_folder(DIR **folder)
{
    if (*folder != NULL) {
        closedir(*folder);
        *folder = NULL;
    }
}

static bool is_listed(const char *name, bool is_hidden)
{
    return (name[0] == '.') == is_hidden && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

cihsm_status partner_texts_list(const char *path, bool is_hidden, partner_texts *out,
                                cihsm_error *err)
{
    CIHSM_AUTO(close_folder) DIR *folder = opendir(path);
    if (folder == NULL && errno == ENOENT) {
        return CIHSM_OK;
    }
    if (folder == NULL) {
        return cihsm_fail_errno(err, CIHSM_E_CONFIG, errno, "cannot read the folder %.300s", path);
    }
    const struct dirent *entry = NULL;
    while (errno = 0, (entry = readdir(folder)) != NULL) {
        if (is_listed(entry->d_name, is_hidden)) {
            CIHSM_TRY(partner_texts_add(out, entry->d_name, err));
        }
    }
    if (errno != 0) {
        return cihsm_fail_errno(err, CIHSM_E_CONFIG, errno, "cannot read the folder %.300s", path);
    }
    partner_texts_sort(out);
    return CIHSM_OK;
}
