/* SPDX-License-Identifier: Apache-2.0 */
#include "partner/layout.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "partner/rules.h"

static const char TEXT[] = "txt"; /* extension of all strings */

cihsm_status partner_file_name(const partner_entry *entry, char out[PARTNER_FILE_SIZE],
                               cihsm_error *err)
{
    char name[PARTNER_NAME_SIZE];
    if (!partner_name_make(entry->keys[0], entry->is_crowded, name)) {
        char title[PARTNER_TITLE_SIZE];
        partner_entry_title(entry, title);
        return cihsm_fail_plain(err, CIHSM_E_LIMIT, "%.300s has an id that makes no name of a file",
                                title);
    }
    snprintf(out, PARTNER_FILE_SIZE, "%s/%s.%s", partner_kind_of(entry->kind)->set, name,
             entry->kind == CIHSM_PARTNER_STRING ? TEXT : partner_extension_of(entry->detail));
    return CIHSM_OK;
}

bool partner_file_read(cihsm_partner_kind kind, const char *name, partner_file *out)
{
    const char *dot = strrchr(name, '.');
    if (dot == NULL || !partner_name_read(name, (size_t)(dot - name), out->id)) {
        return false;
    }
    out->extension = dot + 1;
    return kind == CIHSM_PARTNER_STRING ? strcmp(out->extension, TEXT) == 0
                                        : strcmp(out->extension, PARTNER_TYPE_UNKNOWN) == 0 ||
                                              partner_type_of(out->extension) != NULL;
}

bool partner_file_is_own(const char *name)
{
    const cihsm_partner_kind kinds[] = {CIHSM_PARTNER_STRING, CIHSM_PARTNER_BINARY};
    partner_file ignored;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *set = partner_kind_of(kinds[i])->set;
        const size_t len = strlen(set);
        if (text_starts(name, set) && name[len] == '/') {
            return partner_file_read(kinds[i], name + len + 1, &ignored);
        }
    }
    return false;
}

static cihsm_status check_folder(const char *path, cihsm_error *err)
{
    struct stat status;
    if (lstat(path, &status) != 0 || S_ISDIR(status.st_mode)) {
        return CIHSM_OK; /* what cannot be reached is told where it is opened */
    }
    return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                            "%.300s is no folder, so nothing is read or written there: remove it",
                            path);
}

cihsm_status partner_check_folders(const char *folder, cihsm_error *err)
{
    CIHSM_TRY(check_folder(folder, err));
    for (int kind = CIHSM_PARTNER_STRING; kind <= CIHSM_PARTNER_BINARY; kind++) {
        CIHSM_AUTO(text_free) char *path = NULL;
        CIHSM_TRY(text_format(&path, err, "%s/%s", folder,
                              partner_kind_of((cihsm_partner_kind)kind)->set));
        CIHSM_TRY(check_folder(path, err));
    }
    return CIHSM_OK;
}

cihsm_status partner_text_to_file(const char *value, buffer *out, cihsm_error *err)
{
    CIHSM_TRY(buffer_append_text(out, value, err));
    return buffer_append_text(out, "\n", err);
}

void partner_text_from_file(buffer *text)
{
    if (text->len > 0 && text->data[text->len - 1] == '\n') {
        text->data[--text->len] = '\0';
    }
}
