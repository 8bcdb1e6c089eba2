/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/assignment.h"

#include <string.h>

#include "cli/report.h"

cihsm_status cli_assignment_read(const char *option, const char *text, cli_assignment *out,
                                 cihsm_error *err)
{
    const char *equals = strchr(text, '=');
    size_t len = equals == NULL ? 0 : (size_t)(equals - text);
    out->is_literal = len > 0 && text[len - 1] == ':';
    len -= out->is_literal ? 1 : 0;
    if (len == 0 || len >= sizeof out->name) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--%s takes NAME=VALUE, with a name before the equals sign", option);
    }
    memcpy(out->name, text, len);
    out->name[len] = '\0';
    out->value = equals + 1;
    return CIHSM_OK;
}
