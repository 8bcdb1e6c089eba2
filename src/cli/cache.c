/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cache.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/settings.h"

const char *cli_cache_folder(void)
{
    static char folder[CLI_PATH_MAX];
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int len = 0;
    if (cache != NULL && cache[0] == '/') {
        len = snprintf(folder, sizeof folder, "%s/cihsm", cache);
    } else if (home != NULL && home[0] == '/') {
        len = snprintf(folder, sizeof folder, "%s/.cache/cihsm", home);
    }
    return len > 0 && len < CLI_PATH_MAX ? folder : NULL;
}
