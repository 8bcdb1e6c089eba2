/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/form.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"

/* What means itself in every reading of the rules (RFC 3986 section 2.3). A "+" is not among them:
 * a form's reader would make a blank of it (docs/sap-contract.md section 3, 7). */
static bool is_plain(unsigned char c)
{
    return c < 0x80 && (isalnum(c) || (c != '\0' && strchr("-._~", c) != NULL));
}

static cihsm_status add_encoded(buffer *form, unsigned char c, cihsm_error *err)
{
    static const char HEX[] = "0123456789ABCDEF";
    const char encoded[3] = {'%', HEX[c >> 4], HEX[c & 15]};
    if (is_plain(c)) {
        return buffer_append(form, &c, 1, err);
    }
    return buffer_append(form, encoded, sizeof encoded, err);
}

cihsm_status auth_form_add(buffer *form, const char *name, const char *value, size_t len,
                           cihsm_error *err)
{
    CIHSM_TRY(buffer_append_text(form, form->len == 0 ? "" : "&", err));
    CIHSM_TRY(buffer_append_text(form, name, err));
    CIHSM_TRY(buffer_append_text(form, "=", err));
    for (size_t i = 0; i < len; i++) {
        CIHSM_TRY(add_encoded(form, (unsigned char)value[i], err));
    }
    return CIHSM_OK;
}
