/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of the files of an export.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "export/folder.h"
#include "export/moment.h"

static const char *suffix_of(const export_folder *folder)
{
    return folder->plan->format == CIHSM_EXPORT_CSV ? "csv" : "jsonl";
}

void export_folder_name(const export_folder *folder, export_span span, char out[EXPORT_NAME_SIZE])
{
    const char *suffix = suffix_of(folder);
    if (folder->plan->property == NULL) {
        snprintf(out, EXPORT_NAME_SIZE, "%s.%s", folder->plan->set, suffix);
        return;
    }
    char from[EXPORT_MOMENT_NAME_LEN + 1];
    char to[EXPORT_MOMENT_NAME_LEN + 1];
    export_moment_name(span.from_s, from);
    export_moment_name(span.to_s, to);
    snprintf(out, EXPORT_NAME_SIZE, "%s-%s-%s.%s", folder->plan->set, from, to, suffix);
}

void export_folder_part(const export_folder *folder, int64_t from_s, char out[EXPORT_NAME_SIZE])
{
    char from[EXPORT_MOMENT_NAME_LEN + 1];
    export_moment_name(from_s, from);
    snprintf(out, EXPORT_NAME_SIZE, ".%s-%s.part", folder->plan->set, from);
}

/* "-20260301T143005Z"; moves on behind it. */
static bool takes_moment(const char **at)
{
    static const char FORM[] = "-00000000T000000Z";
    for (const char *form = FORM; *form != '\0'; form++, (*at)++) {
        const bool fits = *form == '0' ? **at >= '0' && **at <= '9' : **at == *form;
        if (!fits) {
            return false;
        }
    }
    return true;
}

bool export_folder_is_ours(const export_folder *folder, const char *name)
{
    const char *set = folder->plan->set;
    const bool is_part = *name == '.';
    const char *at = name + (is_part ? 1 : 0);
    if (!text_starts(at, set)) {
        return false;
    }
    at += strlen(set);
    if (is_part) {
        return takes_moment(&at) && strcmp(at, ".part") == 0;
    }
    const int moments = folder->plan->property == NULL ? 0 : 2;
    for (int i = 0; i < moments; i++) {
        if (!takes_moment(&at)) {
            return false;
        }
    }
    return *at == '.' && strcmp(at + 1, suffix_of(folder)) == 0;
}
