/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source: docs/sap-contract.md sections 4.5, 5.3 and 7.5.
 */
#include "partner/remote.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "partner/local.h"

/* --- lists ----------------------------------------------------------------------------------- */

/* Takes an entity of a list. */
typedef cihsm_status (*take_fn)(void *user, const cihsm_value *from, cihsm_error *err);

static cihsm_status read_list(cihsm_client *client, const char *set, const char *filter,
                              take_fn take, void *user, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    cihsm_query query = CIHSM_QUERY_INIT;
    query.filter = filter;
    CIHSM_TRY(cihsm_client_stream(client, set, &query, NULL, &result, err));
    for (;;) {
        const cihsm_value *entry = NULL;
        CIHSM_TRY(cihsm_result_next_entry(result, &entry, err));
        if (entry == NULL) {
            return CIHSM_OK;
        }
        CIHSM_TRY(take(user, entry, err));
    }
}

static cihsm_status fail_member(const char *set, const char *name, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "the tenant sent an entity of %s without %s",
                            set, name);
}

static cihsm_status take_partner(void *user, const cihsm_value *from, cihsm_error *err)
{
    const char *id = cihsm_value_get_string(from, "Pid");
    return id == NULL ? fail_member("Partners", "Pid", err) : partner_texts_add(user, id, err);
}

cihsm_status partner_remote_list(cihsm_client *client, partner_texts *out, cihsm_error *err)
{
    CIHSM_TRY(read_list(client, "Partners", NULL, take_partner, out, err));
    partner_texts_sort(out);
    return CIHSM_OK;
}

/* --- entities -------------------------------------------------------------------------------- */

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static const char *string_or_empty(const cihsm_value *from, const char *name)
{
    const char *text = cihsm_value_get_string(from, name);
    return text == NULL ? "" : text;
}

static cihsm_status set_string(const cihsm_value *from, bool keeps_value, partner_entry *to,
                               cihsm_error *err)
{
    const char *value = string_or_empty(from, "Value");
    CIHSM_TRY(text_set(&to->value, keeps_value ? value : NULL, err));
    return partner_entry_digest(to, value, strlen(value), err);
}

static cihsm_status set_binary(const cihsm_value *from, buffer *value, partner_entry *to,
                               cihsm_error *err)
{
    const cihsm_value *base64 = cihsm_value_get(from, "Value");
    cihsm_error why = {0};
    CIHSM_TRY(text_set(&to->detail, string_or_empty(from, "ContentType"), err));
    if (cihsm_value_kind(base64) != CIHSM_VALUE_NULL &&
        cihsm_value_write_bytes(base64, append, value, &why) != CIHSM_OK) {
        char title[PARTNER_TITLE_SIZE];
        partner_entry_title(to, title);
        return cihsm_fail_plain(err, why.status, "%.300s: %s", title, why.message);
    }
    return partner_entry_digest(to, buffer_text(value), value->len, err);
}

static cihsm_status set_value(const cihsm_value *from, bool keeps_value, partner_entry *to,
                              cihsm_error *err)
{
    if (to->kind == CIHSM_PARTNER_STRING) {
        return set_string(from, keeps_value, to, err);
    }
    if (to->kind == CIHSM_PARTNER_BINARY) {
        CIHSM_AUTO(buffer_free) buffer value = partner_value_buffer();
        return set_binary(from, &value, to, err);
    }
    return to->kind == CIHSM_PARTNER_CREDENTIAL
               ? text_set(&to->detail, string_or_empty(from, "User"), err)
               : CIHSM_OK;
}

static cihsm_status read_entity(cihsm_partner_kind what, const cihsm_value *from, bool keeps_value,
                                partner_entry **out, cihsm_error *err)
{
    CIHSM_AUTO(partner_entry_free) partner_entry *entry = NULL;
    const partner_kind *kind = partner_kind_of(what);
    const char *partner = cihsm_value_get_string(from, "Pid");
    if (partner == NULL) {
        return fail_member(kind->set, "Pid", err);
    }
    CIHSM_TRY(partner_entry_new(what, partner, &entry, err));
    for (size_t i = 0; i < PARTNER_KEYS_MAX && kind->keys[i] != NULL; i++) {
        const char *key = cihsm_value_get_string(from, kind->keys[i]);
        if (key == NULL) {
            return fail_member(kind->set, kind->keys[i], err);
        }
        CIHSM_TRY(text_set(&entry->keys[i], key, err));
    }
    CIHSM_TRY(set_value(from, keeps_value, entry, err));
    *out = CIHSM_MOVE(entry);
    return CIHSM_OK;
}

/* A list of one set of a partner. */
typedef struct reading {
    const char *partner;
    cihsm_partner_kind kind;
    bool keeps_values;
    partner_entries *out;
} reading;

/* Entities of others would be exported and deleted as if they were of this one. */
static cihsm_status take_entity(void *user, const cihsm_value *from, cihsm_error *err)
{
    const reading *of = user;
    CIHSM_AUTO(partner_entry_free) partner_entry *entry = NULL;
    CIHSM_TRY(read_entity(of->kind, from, of->keeps_values, &entry, err));
    if (strcmp(entry->partner, of->partner) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the tenant does not filter %s by Pid: it sent one of \"%.80s\"",
                                partner_kind_of(of->kind)->set, entry->partner);
    }
    return partner_entries_add(of->out, &entry, err);
}

cihsm_status partner_remote_read(cihsm_client *client, const char *partner, bool keeps_values,
                                 partner_entries *out, cihsm_error *err)
{
    char filter[CIHSM_PATH_SIZE];
    CIHSM_TRY(cihsm_filter_equal("Pid", partner, filter, err));
    for (int kind = 0; kind < CIHSM_PARTNER_KINDS; kind++) {
        reading of = {partner, (cihsm_partner_kind)kind, keeps_values, out};
        CIHSM_TRY(read_list(client, partner_kind_of(of.kind)->set, filter, take_entity, &of, err));
    }
    partner_entries_sort(out);
    return CIHSM_OK;
}

/* --- one ------------------------------------------------------------------------------------- */

static cihsm_status get_entity(cihsm_client *client, const partner_entry *like,
                               const cihsm_query *query, cihsm_result **out, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CIHSM_TRY(partner_entry_path(like, path, err));
    return cihsm_client_get(client, path, query, out, err);
}

cihsm_status partner_remote_binary(cihsm_client *client, partner_entry *entry, buffer *value,
                                   cihsm_error *err)
{
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CIHSM_TRY(get_entity(client, entry, NULL, &result, err));
    return set_binary(cihsm_result_value(result), value, entry, err);
}

cihsm_status partner_remote_find(cihsm_client *client, const partner_entry *like,
                                 partner_entry **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    cihsm_error why = {0};
    const cihsm_status status = get_entity(client, like, NULL, &result, &why);
    if (status == CIHSM_E_NOT_FOUND) {
        *out = NULL;
        return CIHSM_OK;
    }
    return status == CIHSM_OK
               ? read_entity(like->kind, cihsm_result_value(result), false, out, err)
               : cihsm_fail(err, why.status, why.origin, why.native, "%s", why.message);
}

/* --- passwords ------------------------------------------------------------------------------- */

/* The digits of "SHA256.<hex>"; a page of the documentation writes "SAHA256." NULL: no such text.
 */
static const char *digits_of(const char *hash)
{
    static const char *const FRONTS[] = {"SHA256.", "SAHA256."};
    for (size_t i = 0; hash != NULL && i < sizeof FRONTS / sizeof *FRONTS; i++) {
        if (text_starts(hash, FRONTS[i])) {
            const char *digits = hash + strlen(FRONTS[i]);
            return strlen(digits) == (size_t)2 * PARTNER_DIGEST_SIZE ? digits : NULL;
        }
    }
    return NULL;
}

cihsm_status partner_remote_match(cihsm_client *client, const partner_entry *credential,
                                  const cihsm_secret *password, partner_match *out,
                                  cihsm_error *err)
{
    static const cihsm_parameter HASHED = {.name = "returnHashedPassword", .value = "SHA256"};
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    partner_entry own = {.kind = credential->kind};
    char digits[2 * PARTNER_DIGEST_SIZE + 1];
    cihsm_query query = CIHSM_QUERY_INIT;
    query.parameters = &HASHED;
    query.parameter_count = 1;
    CIHSM_TRY(get_entity(client, credential, &query, &result, err));
    const char *told = digits_of(cihsm_value_get_string(cihsm_result_value(result), "Password"));
    CIHSM_TRY(
        partner_entry_digest(&own, cihsm_secret_bytes(password), cihsm_secret_len(password), err));
    text_hex(digits, own.digest, sizeof own.digest);
    *out = told == NULL                    ? PARTNER_MATCH_UNKNOWN
           : strcasecmp(told, digits) == 0 ? PARTNER_MATCH_YES
                                           : PARTNER_MATCH_NO;
    OPENSSL_cleanse(own.digest, sizeof own.digest);
    OPENSSL_cleanse(digits, sizeof digits);
    return CIHSM_OK;
}
