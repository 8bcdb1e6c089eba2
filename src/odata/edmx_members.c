/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/edmx_members.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "odata/edmx.h"

#define NAME_MARKS "_.-"
#define TYPE_MARKS "_.-()" /* Collection(X) */

static unsigned long line_of(const edmx_scope *in)
{
    return (unsigned long)XML_GetCurrentLineNumber(in->parser);
}

/* The next step is the same for all of them: to look at the document. */
cihsm_status edmx_fail(const edmx_scope *in, const char *what, const char *which)
{
    return cihsm_fail_plain(in->err, CIHSM_E_PROTOCOL,
                            "the metadata cannot be read: line %lu: %s%s%.80s%s; \"cihsm metadata "
                            "--raw\" shows it",
                            line_of(in), what, which == NULL ? "" : " \"",
                            which == NULL ? "" : which, which == NULL ? "" : "\"");
}

/* U+0080 to U+009F, which some terminals obey, begin with this byte. */
static bool is_name_byte(unsigned char byte, unsigned char next, const char *marks)
{
    const bool is_c1 = byte == 0xc2 && next <= 0x9f;
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || (byte >= 0x80 && !is_c1) || strchr(marks, byte) != NULL;
}

static bool is_made_of(const char *text, const char *marks)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (!is_name_byte((unsigned char)at[0], (unsigned char)at[1], marks)) {
            return false;
        }
    }
    return *text != '\0' && strlen(text) <= EDMX_NAME_MAX;
}

static cihsm_status check_made_of(const edmx_scope *in, const char *text, const char *marks)
{
    return is_made_of(text, marks) ? CIHSM_OK : edmx_fail(in, "there is no such name as", text);
}

cihsm_status edmx_check_name(const edmx_scope *in, const char *text)
{
    return check_made_of(in, text, NAME_MARKS);
}

/* The alias of the schema stands for its namespace, in "Self.X" and in "Collection(Self.X)". */
static cihsm_status write_out(const edmx_scope *in, const char *text, char **out)
{
    static const char COLLECTION[] = "Collection(";
    const size_t before = text_starts(text, COLLECTION) ? sizeof COLLECTION - 1 : 0;
    const char *name = text + before;
    const char *dot = strrchr(name, '.');
    const size_t len = dot == NULL ? 0 : (size_t)(dot - name);
    if (in->alias == NULL || len != strlen(in->alias) || memcmp(name, in->alias, len) != 0) {
        return text_set(out, text, in->err);
    }
    return text_format(out, in->err, "%.*s%s%s", (int)before, text, in->space, dot);
}

const char *edmx_attribute_text(const XML_Char **attributes, const char *name)
{
    for (; attributes[0] != NULL; attributes += 2) {
        if (strcmp(attributes[0], name) == 0) {
            return attributes[1];
        }
    }
    return NULL;
}

static cihsm_status set_name(const edmx_scope *in, const edmx_attribute *of, const char *text,
                             cihsm_value *to)
{
    CIHSM_AUTO(text_free) char *full = NULL;
    CIHSM_TRY(check_made_of(in, text, of->kind == EDMX_VALUE_TYPE ? TYPE_MARKS : NAME_MARKS));
    if (of->kind == EDMX_VALUE_TYPE) {
        CIHSM_TRY(write_out(in, text, &full));
    } else if (of->kind == EDMX_VALUE_DECLARED) {
        CIHSM_TRY(text_format(&full, in->err, "%s.%s", in->space, text));
    }
    return cihsm_value_set_string(to, of->member, full == NULL ? text : full, in->err);
}

static cihsm_status set_multiplicity(const edmx_scope *in, const edmx_attribute *of,
                                     const char *text, cihsm_value *to)
{
    if (strcmp(text, "*") != 0 && strcmp(text, "1") != 0 && strcmp(text, "0..1") != 0) {
        return edmx_fail(in, "there is no such multiplicity as", text);
    }
    return cihsm_value_set_string(to, of->member, text, in->err);
}

/* "Max" and what else is no number of characters tells no limit. */
static cihsm_status set_count(const edmx_scope *in, const edmx_attribute *of, const char *text,
                              cihsm_value *to)
{
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 10 || text[digits] != '\0') {
        return CIHSM_OK;
    }
    return cihsm_value_set_number(to, of->member, strtod(text, NULL), in->err);
}

static cihsm_status set_member(const edmx_scope *in, const edmx_attribute *of, const char *text,
                               cihsm_value *to)
{
    switch (of->kind) {
    case EDMX_VALUE_NAME:
    case EDMX_VALUE_DECLARED:
    case EDMX_VALUE_TYPE:
        return set_name(in, of, text, to);
    case EDMX_VALUE_FLAG:
        return cihsm_value_set_bool(to, of->member,
                                    text_equal(text, "true") || text_equal(text, "1"), in->err);
    case EDMX_VALUE_COUNT:
        return set_count(in, of, text, to);
    case EDMX_VALUE_MULTIPLICITY:
        return set_multiplicity(in, of, text, to);
    }
    return CIHSM_E_INTERNAL;
}

cihsm_status edmx_members_set(const edmx_scope *in, const edmx_rule *by,
                              const XML_Char **attributes, cihsm_value *to)
{
    for (const edmx_attribute *of = by->attributes; of->name != NULL; of++) {
        const char *text = edmx_attribute_text(attributes, of->name);
        if (text == NULL && of->is_required) {
            return edmx_fail(in, "an element lacks", of->name);
        }
        if (text != NULL) {
            CIHSM_TRY(set_member(in, of, text, to));
        }
    }
    return by->kind == NULL ? CIHSM_OK : cihsm_value_set_string(to, "kind", by->kind, in->err);
}
