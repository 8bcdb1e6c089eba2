/* SPDX-License-Identifier: Apache-2.0 */
#include "base/folder.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

static cihsm_status make_one(const char *path, cihsm_error *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot make the folder %.300s", path);
    }
    return CIHSM_OK;
}

cihsm_status folder_make(const char *path, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *part = NULL;
    CIHSM_TRY(text_set(&part, path, err));
    for (char *slash = strchr(part, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        if (slash != part) {
            *slash = '\0';
            CIHSM_TRY(make_one(part, err));
            *slash = '/';
        }
    }
    return make_one(path, err);
}
