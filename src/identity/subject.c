/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/subject.h"

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "identity/cleanup.h"
#include "identity/subject_types.h"

#define SUBJECT_PARTS_MAX 64
#define TYPE_MAX 64 /* bytes, NUL included */

typedef struct reader {
    const char *text;
    size_t at;
    size_t parts;   /* read so far */
    char separator; /* between RDNs: ',' or '/' */
    X509_NAME *name;
} reader;

typedef struct part {
    char type[TYPE_MAX];
    buffer value;
    bool joined; /* to the part before it, by "+" */
} part;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(reader *from)
{
    while (is_blank(from->text[from->at])) {
        from->at++;
    }
}

static bool ends_value(const reader *from, char c)
{
    return c == '\0' || c == '+' || c == from->separator;
}

static cihsm_status read_type(reader *from, part *out, cihsm_error *err)
{
    skip_blanks(from);
    const char *start = from->text + from->at;
    size_t len = strcspn(start, "=+,/\\");
    if (start[len] != '=') {
        return cihsm_fail_plain(
            err, CIHSM_E_USAGE,
            "subject: part %zu \"%.60s\" is not TYPE=VALUE; a \"%c\" inside a value needs a "
            "backslash before it",
            from->parts + 1, start, from->separator);
    }
    from->at += len + 1;
    while (len > 0 && is_blank(start[len - 1])) {
        len--;
    }
    if (len == 0 || len >= TYPE_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "subject: part %zu has no attribute type before \"=\"",
                                from->parts + 1);
    }
    memcpy(out->type, start, len);
    out->type[len] = '\0';
    return CIHSM_OK;
}

/* from->at is behind a backslash. */
static cihsm_status read_escape(reader *from, part *out, cihsm_error *err)
{
    const char c = from->text[from->at];
    const bool anything = from->separator == '/'; /* OpenSSL's form */
    if (c != '\0' && (anything || strchr(" \"#+,;<=>\\", c) != NULL)) {
        from->at++;
        return buffer_append(&out->value, &c, 1, err);
    }
    const int high = OPENSSL_hexchar2int((unsigned char)c);
    const int low = high < 0 ? -1 : OPENSSL_hexchar2int((unsigned char)from->text[from->at + 1]);
    if (low < 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "subject: value of %s: a backslash must stand before one of "
                                "\"#+,;<=>\\ or two hex digits",
                                out->type);
    }
    from->at += 2;
    const char byte = (char)(high * 16 + low);
    return buffer_append(&out->value, &byte, 1, err);
}

static cihsm_status refuse_special(const reader *from, const part *of, char c, cihsm_error *err)
{
    const bool hex_value = c == '#' && of->value.len == 0;
    if (from->separator == ',' && (hex_value || strchr("\";<>", c) != NULL)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "subject: value of %s: write \\%c instead of %c; quotes and #hex "
                                "values are not supported",
                                of->type, c, c);
    }
    return CIHSM_OK;
}

/* Reads one character; tells whether it counts where it stands last in the value. */
static cihsm_status read_character(reader *from, part *out, bool *counts, cihsm_error *err)
{
    const char c = from->text[from->at++];
    *counts = !is_blank(c);
    if (c == '\\') {
        return read_escape(from, out, err);
    }
    CIHSM_TRY(refuse_special(from, out, c, err));
    return buffer_append(&out->value, &c, 1, err);
}

/* Blanks at both ends do not count unless a backslash stands before them. */
static cihsm_status read_value(reader *from, part *out, cihsm_error *err)
{
    skip_blanks(from);
    size_t significant = 0;
    while (!ends_value(from, from->text[from->at])) {
        bool counts = false;
        CIHSM_TRY(read_character(from, out, &counts, err));
        significant = counts ? out->value.len : significant;
    }
    out->value.len = significant;
    return CIHSM_OK;
}

static cihsm_status check_value(const part *of, cihsm_error *err)
{
    const buffer *value = &of->value;
    if (value->len == 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "subject: the value of %s is empty", of->type);
    }
    for (size_t i = 0; i < value->len; i++) {
        const unsigned char c = (unsigned char)value->data[i];
        if (c < 0x20 || c == 0x7f) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                    "subject: the value of %s holds a control character", of->type);
        }
    }
    if (!text_is_utf8(value->data, value->len)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "subject: the value of %s is not UTF-8",
                                of->type);
    }
    return CIHSM_OK;
}

/* ISO 3166-1 alpha-2, as X.520 wants it. */
static cihsm_status check_country(const part *of, cihsm_error *err)
{
    const buffer *value = &of->value;
    if (value->len == 2 && value->data[0] >= 'A' && value->data[0] <= 'Z' &&
        value->data[1] >= 'A' && value->data[1] <= 'Z') {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "subject: the value of %s must be two capital letters such as DE",
                            of->type);
}

/* RFC 4514 starts with the last RDN, so each part goes in front of those before it. */
static cihsm_status add_part(reader *to, const part *of, cihsm_error *err)
{
    CIHSM_TRY(check_value(of, err));
    CIHSM_AUTO(asn1_object_cleanup) ASN1_OBJECT *type = NULL;
    CIHSM_TRY(subject_type_find(of->type, &type, err));
    if (OBJ_obj2nid(type) == NID_countryName) {
        CIHSM_TRY(check_country(of, err));
    }
    const bool reversed = to->separator == ',';
    const int place = reversed ? 0 : -1;
    const int joined_set = reversed ? 1 : -1; /* the set of the next or of the previous part */
    if (X509_NAME_add_entry_by_OBJ(to->name, type, MBSTRING_UTF8,
                                   (const unsigned char *)of->value.data, (int)of->value.len, place,
                                   of->joined ? joined_set : 0) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_USAGE,
                                  "subject: the value of %s breaks the limits of X.520", of->type);
    }
    return CIHSM_OK;
}

static void part_free(part *of)
{
    buffer_free(&of->value);
}

static cihsm_status read_part(reader *from, bool joined, cihsm_error *err)
{
    CIHSM_AUTO(part_free) part one = {.value = buffer_new(SUBJECT_TEXT_MAX), .joined = joined};
    CIHSM_TRY(read_type(from, &one, err));
    CIHSM_TRY(read_value(from, &one, err));
    CIHSM_TRY(add_part(from, &one, err));
    from->parts++;
    return CIHSM_OK;
}

static cihsm_status read_all(reader *from, cihsm_error *err)
{
    bool joined = false;
    for (;;) {
        if (from->parts >= SUBJECT_PARTS_MAX) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE, "subject: more than %d parts",
                                    SUBJECT_PARTS_MAX);
        }
        CIHSM_TRY(read_part(from, joined, err));
        const char end = from->text[from->at];
        if (end == '\0') {
            return CIHSM_OK;
        }
        joined = end == '+';
        from->at++;
    }
}

cihsm_status subject_parse(const char *text, X509_NAME **out, cihsm_error *err)
{
    if (text == NULL || text[strspn(text, " \t/")] == '\0') {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the subject is empty; give it as \"CN=name,O=company,C=DE\"");
    }
    if (strlen(text) > SUBJECT_TEXT_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the subject is longer than %d bytes",
                                SUBJECT_TEXT_MAX);
    }
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *name = X509_NAME_new();
    if (name == NULL) {
        return cihsm_fail_memory(err);
    }
    const bool slashes = text[0] == '/';
    reader from = {.text = text, .at = slashes, .separator = slashes ? '/' : ',', .name = name};
    CIHSM_TRY(read_all(&from, err));
    *out = CIHSM_MOVE(name);
    return CIHSM_OK;
}
