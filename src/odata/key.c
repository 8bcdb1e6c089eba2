/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/key.h"

#include <string.h>

#include "base/error.h"
#include "odata/quote.h"

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && **text == ' ') {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && (*text)[*len - 1] == ' ') {
        (*len)--;
    }
}

/* "Id =" before a value, if there is one. */
static const char *read_name(const char *at, odata_key_part *part)
{
    const size_t len = strcspn(at, "='(),");
    if (at[len] != '=') {
        return at;
    }
    part->name = at;
    part->name_len = len;
    trim(&part->name, &part->name_len);
    return at + len + 1;
}

/* A value up to its "," or ")"; NULL if it is malformed. */
static const char *read_value(const char *at, odata_key_part *part)
{
    part->value = at;
    const char *end = at + strcspn(at, "'(),/");
    if (*end == '\'') {
        const size_t blanks = strspn(at, " ");
        part->form = end == at + blanks ? ODATA_KEY_QUOTED : ODATA_KEY_LITERAL;
        end = odata_quote_end(end);
        end = end == NULL ? NULL : end + strspn(end, " ");
    }
    if (end == NULL || (*end != ',' && *end != ')')) {
        return NULL;
    }
    part->value_len = (size_t)(end - at);
    trim(&part->value, &part->value_len);
    return part->value_len == 0 ? NULL : end;
}

static const char *read_part(const char *at, odata_key_part *part)
{
    *part = (odata_key_part){0};
    at = read_name(at, part);
    return part->name != NULL && part->name_len == 0 ? NULL : read_value(at, part);
}

bool odata_key_read(const char *text, const char **end, odata_key *out)
{
    *out = (odata_key){0};
    const char *at = text; /* at the "(" or a "," */
    do {
        if (out->count == ODATA_KEY_PARTS_MAX) {
            return false;
        }
        at = read_part(at + 1, &out->parts[out->count]);
        out->count++;
    } while (at != NULL && *at == ',');
    if (at == NULL) {
        return false;
    }
    *end = at + 1;
    return true;
}

cihsm_status odata_key_append_plain(const odata_key_part *part, buffer *out, cihsm_error *err)
{
    if (part->form != ODATA_KEY_QUOTED) {
        return buffer_append(out, part->value, part->value_len, err);
    }
    const char *end = part->value + part->value_len - 1;
    for (const char *at = part->value + 1; at < end; at++) {
        CIHSM_TRY(buffer_append(out, at, 1, err));
        at += *at == '\'' ? 1 : 0;
    }
    return CIHSM_OK;
}
