/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/address.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "odata/key.h"
#include "odata/literal.h"
#include "odata/path.h"
#include "odata/uri.h"

#define PATH_MAX_BYTES 8192
#define ADDRESS_MAX_BYTES \
    ((size_t)4 * PATH_MAX_BYTES) /* hex and doubled quotes have twice the bytes */
#define HEX_PREFIX "Hex"

/* One key of a set whose parts the catalogue knows. */
typedef struct writer {
    const char *set;
    const cihsm_value *keys; /* {"name","type"} */
    const odata_key *key;
    buffer *out;
    cihsm_error *err;
} writer;

static bool name_equals(const odata_key_part *part, const char *name)
{
    return strlen(name) == part->name_len && memcmp(name, part->name, part->name_len) == 0;
}

static bool is_hex_key(const char *name)
{
    return text_starts(name, HEX_PREFIX);
}

/* Alias= for Hexalias, HexSource's Source=: the name of what the hex stands for. */
static bool names_plain(const odata_key_part *part, const char *name)
{
    const size_t prefix = sizeof HEX_PREFIX - 1;
    return is_hex_key(name) && strlen(name) == part->name_len + prefix &&
           strncasecmp(name + prefix, part->name, part->name_len) == 0;
}

static const cihsm_value *find_key(const writer *to, const odata_key_part *part)
{
    const cihsm_value *key = cihsm_value_first(to->keys);
    for (; key != NULL && part->name != NULL; key = cihsm_value_next(key)) {
        const char *name = cihsm_value_get_string(key, "name");
        if (name_equals(part, name) || names_plain(part, name)) {
            return key;
        }
    }
    return key;
}

/* "Id='…',Version='…'"; a hex key by the name of what it stands for. */
static cihsm_status describe_key(const writer *to, buffer *out, cihsm_error *err)
{
    const cihsm_value *key = cihsm_value_first(to->keys);
    for (; key != NULL; key = cihsm_value_next(key)) {
        const char *name = cihsm_value_get_string(key, "name");
        const bool is_text = text_equal(cihsm_value_get_string(key, "type"), "Edm.String");
        CIHSM_TRY(buffer_append_text(out, out->len == 0 ? "" : ",", err));
        if (is_hex_key(name)) {
            const char capital[] = {(char)(name[3] & ~0x20), '\0'};
            CIHSM_TRY(buffer_append_text(out, capital, err));
            CIHSM_TRY(buffer_append_text(out, name + 4, err));
        } else {
            CIHSM_TRY(buffer_append_text(out, name, err));
        }
        CIHSM_TRY(buffer_append_text(out, is_text ? "='…'" : "=…", err));
    }
    return CIHSM_OK;
}

static cihsm_status refuse_parts(const writer *to)
{
    CIHSM_AUTO(buffer_free) buffer wanted = buffer_new(PATH_MAX_BYTES);
    CIHSM_TRY(describe_key(to, &wanted, to->err));
    return cihsm_fail_plain(to->err, CIHSM_E_USAGE,
                            "this is no key of %s: it is written %s(%s); --unchecked sends it all "
                            "the same",
                            to->set, to->set, buffer_text(&wanted));
}

static cihsm_status refuse_hex(const writer *to, const char *name)
{
    CIHSM_AUTO(buffer_free) buffer wanted = buffer_new(PATH_MAX_BYTES);
    CIHSM_TRY(describe_key(to, &wanted, to->err));
    return cihsm_fail_plain(to->err, CIHSM_E_USAGE,
                            "the key %s of %s is no hex; name the plain value, "
                            "and the hex is made from it: %s(%s)",
                            name, to->set, to->set, buffer_text(&wanted));
}

static cihsm_status write_hex(const writer *to, const odata_key_part *part, const char *name,
                              const buffer *plain)
{
    CIHSM_TRY(buffer_append_text(to->out, "'", to->err));
    if (part->name != NULL && names_plain(part, name)) {
        CIHSM_TRY(odata_hex_append(buffer_text(plain), plain->len, to->out, to->err));
    } else if (odata_is_hex(buffer_text(plain), plain->len)) {
        CIHSM_TRY(buffer_append(to->out, buffer_text(plain), plain->len, to->err));
    } else {
        return refuse_hex(to, name);
    }
    return buffer_append_text(to->out, "'", to->err);
}

static cihsm_status write_typed(const writer *to, const char *name, const char *type,
                                const buffer *plain)
{
    cihsm_error why = {0};
    const cihsm_status status =
        odata_literal_append(type, buffer_text(plain), plain->len, to->out, &why);
    return status == CIHSM_OK ? CIHSM_OK
                              : cihsm_fail_plain(to->err, status, "the key %s of %s: %s", name,
                                                 to->set, why.message);
}

static cihsm_status write_value(const writer *to, const odata_key_part *part,
                                const cihsm_value *key)
{
    const char *name = cihsm_value_get_string(key, "name");
    const char *type = cihsm_value_get_string(key, "type");
    const bool is_literal = part->form == ODATA_KEY_LITERAL;
    if (is_hex_key(name) && is_literal) {
        return refuse_hex(to, name);
    }
    if (is_literal || type == NULL) {
        return buffer_append(to->out, part->value, part->value_len, to->err);
    }
    CIHSM_AUTO(buffer_free) buffer plain = buffer_new(PATH_MAX_BYTES);
    CIHSM_TRY(odata_key_append_plain(part, &plain, to->err));
    return is_hex_key(name) ? write_hex(to, part, name, &plain)
                            : write_typed(to, name, type, &plain);
}

static bool is_repeated(const writer *to, size_t at, const cihsm_value *key)
{
    size_t i = 0;
    while (i < at && find_key(to, &to->key->parts[i]) != key) {
        i++;
    }
    return i < at;
}

/* Appends one part. A key of one part stands alone where the person, or the server's own way of
 * writing, has it so: after a plain name it is the hex key alone, as SAP documents it. */
static cihsm_status write_part(const writer *to, size_t at)
{
    const odata_key_part *part = &to->key->parts[at];
    const cihsm_value *key = find_key(to, part);
    if (key == NULL || is_repeated(to, at, key)) {
        return refuse_parts(to);
    }
    const char *name = cihsm_value_get_string(key, "name");
    const bool is_alone = to->key->count == 1 && (part->name == NULL || names_plain(part, name));
    CIHSM_TRY(buffer_append_text(to->out, at == 0 ? "" : ",", to->err));
    if (!is_alone) {
        CIHSM_TRY(buffer_append_text(to->out, name, to->err));
        CIHSM_TRY(buffer_append_text(to->out, "=", to->err));
    }
    return write_value(to, part, key);
}

/* Below an entity a key may leave out what the parent tells. */
static cihsm_status write_key(const writer *to, bool is_first)
{
    const size_t wanted = cihsm_value_count(to->keys);
    const bool stands_alone = to->key->count == 1 && to->key->parts[0].name == NULL;
    if (is_first ? to->key->count != wanted : to->key->count > wanted) {
        return refuse_parts(to);
    }
    CIHSM_TRY(buffer_append_text(to->out, "(", to->err));
    if (stands_alone && wanted > 1) {
        CIHSM_TRY(
            buffer_append(to->out, to->key->parts[0].value, to->key->parts[0].value_len, to->err));
    } else {
        for (size_t i = 0; i < to->key->count; i++) {
            CIHSM_TRY(write_part(to, i));
        }
    }
    return buffer_append_text(to->out, ")", to->err);
}

/* Appends a segment, which ends where the next one or the path ends. */
static cihsm_status write_segment(const cihsm_value *resource, const odata_segment *segment,
                                  const char *end, bool is_first, buffer *out, cihsm_error *err)
{
    const char *text = segment->name + segment->name_len; /* the key, if there is one */
    const cihsm_value *keys = cihsm_value_get(resource, "keys");
    CIHSM_TRY(buffer_append(out, segment->name, segment->name_len, err));
    odata_key key;
    const char *key_end = text;
    if (segment->has_key && cihsm_value_count(keys) > 0 && odata_key_read(text, &key_end, &key)) {
        const writer to = {integration_name(resource), keys, &key, out, err};
        CIHSM_TRY(write_key(&to, is_first));
        text = key_end;
    }
    return buffer_append(out, text, (size_t)(end - text), err);
}

static cihsm_status write_path(const integration_catalogue *catalogue, const char *path,
                               buffer *out, cihsm_error *err)
{
    const cihsm_value *resource = NULL;
    const char *written = path;
    const char *cursor = path;
    odata_segment segment;
    while (odata_path_next(&cursor, &segment)) {
        const bool is_first = written == path;
        if (is_first) {
            resource = integration_set(catalogue, &segment);
        } else if (resource != NULL && !integration_follow(catalogue, &resource, &segment)) {
            resource = NULL;
        }
        CIHSM_TRY(buffer_append(out, written, (size_t)(segment.name - written), err));
        CIHSM_TRY(write_segment(resource, &segment, cursor, is_first, out, err));
        written = cursor;
    }
    return buffer_append_text(out, written, err);
}

/* What the encoder refuses is left for it to tell, with the place. */
static bool is_readable(const char *path)
{
    const size_t len = strlen(path);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)path[i] < 0x20 || path[i] == 0x7f) {
            return false;
        }
    }
    return len <= PATH_MAX_BYTES && text_is_utf8(path, len);
}

cihsm_status integration_address(const integration_catalogue *catalogue, const char *path,
                                 char **out, cihsm_error *err)
{
    if (odata_uri_is_absolute(path) || !is_readable(path)) {
        return text_set(out, path, err);
    }
    CIHSM_AUTO(buffer_free) buffer made = buffer_new(ADDRESS_MAX_BYTES);
    CIHSM_TRY(write_path(catalogue, path, &made, err));
    return text_set(out, buffer_text(&made), err);
}
