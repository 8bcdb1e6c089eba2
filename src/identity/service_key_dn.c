/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/service_key_dn.h"

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "identity/cleanup.h"
#include "identity/subject.h"

#define ESCAPED_PER_BYTE 2

/* Takes RFC 1779 quotes away: "A, B" becomes A\, B. */
static cihsm_status unquote(const char *text, buffer *out, cihsm_error *err)
{
    bool is_quoted = false;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\\' && c[1] != '\0') {
            CIHSM_TRY(buffer_append(out, c++, 2, err));
            continue;
        }
        if (*c == '"') {
            is_quoted = !is_quoted;
            continue;
        }
        if (is_quoted && strchr("#+,;<=>", *c) != NULL) {
            CIHSM_TRY(buffer_append(out, "\\", 1, err));
        }
        CIHSM_TRY(buffer_append(out, c, 1, err));
    }
    return CIHSM_OK;
}

static cihsm_status reverse(const X509_NAME *name, X509_NAME **out, cihsm_error *err)
{
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *made = X509_NAME_new();
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    int before = -1;
    for (int i = X509_NAME_entry_count(name) - 1; i >= 0; i--) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        const int set = X509_NAME_ENTRY_set(entry);
        if (X509_NAME_add_entry(made, entry, -1, set == before ? -1 : 0) != 1) {
            return cihsm_fail_memory(err);
        }
        before = set;
    }
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

cihsm_status dn_compare(const char *text, const X509_NAME *name, dn_match *out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer plain = buffer_new(ESCAPED_PER_BYTE * strlen(text) + 1);
    CIHSM_TRY(unquote(text, &plain, err));
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *parsed = NULL;
    cihsm_error why = {0};
    const cihsm_status status = subject_parse(buffer_text(&plain), &parsed, &why);
    if (status == CIHSM_E_NO_MEMORY) {
        return cihsm_fail_memory(err);
    }
    if (status != CIHSM_OK) {
        *out = DN_UNREADABLE;
        return CIHSM_OK;
    }
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *reversed = NULL;
    CIHSM_TRY(reverse(parsed, &reversed, err));
    const bool same = X509_NAME_cmp(parsed, name) == 0 || X509_NAME_cmp(reversed, name) == 0;
    *out = same ? DN_SAME : DN_DIFFERENT;
    return CIHSM_OK;
}
