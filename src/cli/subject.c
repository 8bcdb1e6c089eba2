/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/subject.h"

#include <ctype.h>
#include <stdio.h>

#include "cli/report.h"

/* What is no letter or digit stands as two hex digits, which every reader understands. */
cihsm_status cli_subject_of_cn(const char *cn, char out[CLI_SUBJECT_MAX], cihsm_error *err)
{
    size_t len = (size_t)snprintf(out, CLI_SUBJECT_MAX, "CN=");
    for (const char *c = cn; *c != '\0'; c++) {
        const unsigned char byte = (unsigned char)*c;
        if (len + 4 > CLI_SUBJECT_MAX) {
            return cli_fail(err, CIHSM_E_USAGE, "the common name \"%.80s\" is too long", cn);
        }
        len += (size_t)snprintf(out + len, CLI_SUBJECT_MAX - len,
                                isalnum(byte) && byte < 0x80 ? "%c" : "\\%02X", byte);
    }
    return CIHSM_OK;
}
