/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/entry_name.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define NAME_MAX_BYTES 1024

static bool has_control(const char *name)
{
    while (*name != '\0' && (unsigned char)*name >= ' ' && *name != 0x7f) {
        name++;
    }
    return *name != '\0';
}

/* A part between slashes that is nothing, "." or "..". The last one of a folder may be nothing. */
static bool has_bad_part(const char *name)
{
    while (*name != '\0') {
        const size_t len = strcspn(name, "/");
        if (len == 0 || (len == 1 && name[0] == '.') || (len == 2 && strncmp(name, "..", 2) == 0)) {
            return true;
        }
        name += len + (name[len] == '/' ? 1 : 0);
    }
    return false;
}

cihsm_status entry_name_check(const char *name, cihsm_error *err)
{
    if (name == NULL || *name == '\0' || !text_is_utf8(name, strlen(name))) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the zip has an entry whose name is no UTF-8 text, so nothing of "
                                "it is unpacked");
    }
    if (strlen(name) > NAME_MAX_BYTES) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the zip has an entry with a name of more than %d bytes, so "
                                "nothing of it is unpacked",
                                NAME_MAX_BYTES);
    }
    if (has_bad_part(name) || has_control(name) || strchr(name, '\\') != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the zip has the entry \"%.200s\", which could lead out of its "
                                "folder, so nothing of it is unpacked",
                                name);
    }
    return CIHSM_OK;
}
