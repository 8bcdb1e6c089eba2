/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/suggest.h"

#include <stdio.h>

#include "cihsm/cihsm.h"

void cli_suggest(const char *const *names, size_t count, const char *wanted, const char *before,
                 char out[CLI_SUGGEST_MAX])
{
    const char *near[CIHSM_NEAREST_MAX] = {0};
    const size_t found = cihsm_nearest(names, count, wanted, near);
    cli_suggest_found(near, found, before, out);
}

void cli_suggest_found(const char *const *near, size_t found, const char *before,
                       char out[CLI_SUGGEST_MAX])
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < found && len < CLI_SUGGEST_MAX; i++) {
        const char *joint = i == 0 ? "did you mean " : i + 1 < found ? ", " : " or ";
        len += (size_t)snprintf(out + len, CLI_SUGGEST_MAX - len, "%s%s%s%s", joint, before,
                                near[i], i + 1 < found ? "" : "? ");
    }
}
