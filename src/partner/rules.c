/* SPDX-License-Identifier: Apache-2.0 */
#include "partner/rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum { PID_MAX = 60 };

static const char SIGNS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~<>@";
static const char ENCODING[] = ";encoding=";

static const struct {
    const char *type;
    const char *extension;
    bool is_text; /* takes ENCODING */
} TYPES[] = {
    {"xml", "xml", true},   {"xsl", "xsl", true},    {"xsd", "xsd", true},
    {"json", "json", true}, {"text", "txt", true},   {"zip", "zip", false},
    {"gz", "gz", false},    {"zlib", "zlib", false}, {"crt", "crt", false},
};

#define TYPE_COUNT (sizeof TYPES / sizeof *TYPES)

/* --- ids ------------------------------------------------------------------------------------- */

cihsm_status partner_check_id(const char *id, bool is_partner, const char *where,
                              cihsm_status status, cihsm_error *err)
{
    const char *what = is_partner ? "partner" : "parameter";
    const char *front = where == NULL ? "" : where;
    const char *colon = where == NULL ? "" : ": ";
    const size_t good = strspn(id, SIGNS);
    if (id[0] == '\0') {
        return cihsm_fail_plain(err, status, "%s%sthe id of a %s is empty", front, colon, what);
    }
    if (id[good] != '\0') {
        return cihsm_fail_plain(err, status,
                                "%s%sthe id \"%.80s\" of a %s may hold ASCII letters, digits and "
                                "\"-._~<>@\" only",
                                front, colon, id, what);
    }
    if (is_partner && good > PID_MAX) {
        return cihsm_fail_plain(err, status,
                                "%s%sthe id \"%.80s\" of a partner has %zu characters: the tenant "
                                "takes %d",
                                front, colon, id, good, (int)PID_MAX);
    }
    return CIHSM_OK;
}

/* --- content types --------------------------------------------------------------------------- */

/* Behind the type: nothing, or ";encoding=NAME" where it is a text. */
static bool is_tail(const char *tail, bool is_text)
{
    if (*tail == '\0') {
        return true;
    }
    if (!is_text || !text_starts(tail, ENCODING)) {
        return false;
    }
    const char *name = tail + sizeof ENCODING - 1;
    size_t len = 0;
    while (isalnum((unsigned char)name[len]) || name[len] == '-' || name[len] == '_') {
        len++;
    }
    return len > 0 && name[len] == '\0';
}

static size_t find_type(const char *content_type)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (text_starts(content_type, TYPES[i].type) &&
            is_tail(content_type + strlen(TYPES[i].type), TYPES[i].is_text)) {
            return i;
        }
    }
    return TYPE_COUNT;
}

const char *partner_extension_of(const char *content_type)
{
    const size_t at = find_type(content_type);
    return at == TYPE_COUNT ? PARTNER_TYPE_UNKNOWN : TYPES[at].extension;
}

const char *partner_type_of(const char *extension)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (strcmp(TYPES[i].extension, extension) == 0) {
            return TYPES[i].type;
        }
    }
    return NULL;
}

/* --- entries --------------------------------------------------------------------------------- */

static cihsm_status check_string(const partner_entry *entry, const char *value, cihsm_error *err)
{
    if (strlen(value) != entry->size || !text_is_utf8(value, entry->size)) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%.250s: the value of a string parameter is a text in UTF-8 "
                                "without NUL",
                                entry->file);
    }
    size_t characters = 0;
    for (const char *at = value; *at != '\0'; at++) {
        characters += ((unsigned char)*at & 0xc0) != 0x80 ? 1 : 0;
    }
    if (characters > PARTNER_STRING_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%.250s: the value has %zu characters, and a string parameter "
                                "takes %d: make it a binary parameter",
                                entry->file, characters, PARTNER_STRING_MAX);
    }
    return CIHSM_OK;
}

static cihsm_status check_binary(const partner_entry *entry, cihsm_error *err)
{
    if (find_type(entry->detail) == TYPE_COUNT) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%.250s: the content type \"%.60s\" is none of xml, xsl, xsd, "
                                "json, text (each also with %sUTF-8), zip, gz, zlib, crt",
                                entry->file, entry->detail, ENCODING);
    }
    if (entry->size > PARTNER_BINARY_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%.250s: the value has %zu bytes, and a binary parameter takes %d",
                                entry->file, (size_t)entry->size, PARTNER_BINARY_MAX);
    }
    return CIHSM_OK;
}

static cihsm_status check_keys(const partner_entry *entry, cihsm_error *err)
{
    const partner_kind *kind = partner_kind_of(entry->kind);
    for (size_t i = 0; i < PARTNER_KEYS_MAX && kind->keys[i] != NULL; i++) {
        if (entry->keys[i][0] == '\0') {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG, "%.250s: %s in %s is empty", entry->file,
                                    kind->keys[i], kind->set);
        }
    }
    return CIHSM_OK;
}

/* The tenant would store another name than the file says. */
static cihsm_status check_user(const partner_entry *entry, cihsm_error *err)
{
    for (const char *at = entry->keys[0]; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z') {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                    "%.250s: write the authorized user \"%.120s\" in lower case, "
                                    "as the tenant stores it",
                                    entry->file, entry->keys[0]);
        }
    }
    return CIHSM_OK;
}

cihsm_status partner_check_entry(const partner_entry *entry, const void *value, cihsm_error *err)
{
    CIHSM_TRY(check_keys(entry, err));
    switch (entry->kind) {
    case CIHSM_PARTNER_STRING:
        CIHSM_TRY(check_string(entry, value, err));
        break;
    case CIHSM_PARTNER_BINARY:
        CIHSM_TRY(check_binary(entry, err));
        break;
    case CIHSM_PARTNER_USER:
        return check_user(entry, err);
    case CIHSM_PARTNER_ALTERNATIVE:
        return CIHSM_OK;
    case CIHSM_PARTNER_CREDENTIAL:
        break;
    }
    return partner_check_id(entry->keys[0], false, entry->file, CIHSM_E_CONFIG, err);
}
