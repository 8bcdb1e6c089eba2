/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/quote.h"

#include <stddef.h>
#include <string.h>

const char *odata_quote_end(const char *opened)
{
    const char *at = strchr(opened + 1, '\'');
    while (at != NULL && at[1] == '\'') {
        at = strchr(at + 2, '\'');
    }
    return at == NULL ? NULL : at + 1;
}
