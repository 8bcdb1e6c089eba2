/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that are there: another name, none at all, a new key of SAP, an old one.
 *
 * Source: docs/sap-contract.md section 7.3.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "keystore/alias.h"
#include "keystore/write.h"

#define ALIASES_MAX_BYTES 1048576 /* of the property Aliases */

/* A PUT wants a property in its body, with nothing in it. */
static cihsm_status set_nothing(cihsm_keystore_write *write, cihsm_error *err)
{
    CIHSM_TRY(keystore_begin_value(write, err));
    return cihsm_value_set_string(write->value, "Status", NULL, err);
}

cihsm_status cihsm_keystore_rename(const char *alias, const char *to, cihsm_keystore_write **out,
                                   cihsm_error *err)
{
    CIHSM_TRY(cihsm_keystore_check_alias(alias, err));
    CIHSM_TRY(cihsm_keystore_check_alias(to, err));
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_TRY(keystore_begin(KEYSTORE_RENAMED, "PUT", alias, &write, err));
    CIHSM_TRY(keystore_set_path(write, "KeystoreEntries", NULL, err));
    CIHSM_TRY(text_set(&write->to, to, err));
    CIHSM_TRY(set_nothing(write, err));
    CIHSM_TRY(keystore_add_parameter(write, "renameAlias", to, err));
    CIHSM_TRY(keystore_add_switch(write, "returnKeystoreEntries", false, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

/* --- deletion -------------------------------------------------------------------------------- */

static cihsm_status delete_one(const char *alias, cihsm_keystore_write **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_TRY(keystore_begin(KEYSTORE_DELETED, "DELETE", alias, &write, err));
    CIHSM_TRY(keystore_set_path(write, "KeystoreEntries", NULL, err));
    CIHSM_TRY(keystore_add_switch(write, "returnKeystoreEntries", false, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

/* A ';' stands between aliases, so one in an alias gets a '\' in front, and so does a '\'. */
static cihsm_status append_escaped(buffer *to, const char *alias, cihsm_error *err)
{
    CIHSM_TRY(buffer_append_text(to, to->len == 0 ? "" : ";", err));
    for (; *alias != '\0'; alias++) {
        if (*alias == ';' || *alias == '\\') {
            CIHSM_TRY(buffer_append(to, "\\", 1, err));
        }
        CIHSM_TRY(buffer_append(to, alias, 1, err));
    }
    return CIHSM_OK;
}

static cihsm_status delete_many(const char *const *aliases, size_t count,
                                cihsm_keystore_write **out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer joined = buffer_new(ALIASES_MAX_BYTES);
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    for (size_t i = 0; i < count; i++) {
        CIHSM_TRY(append_escaped(&joined, aliases[i], err));
    }
    CIHSM_TRY(keystore_begin(KEYSTORE_DELETED, "PUT", aliases[0], &write, err));
    keystore_set_set(write, "KeystoreResources('system')");
    CIHSM_TRY(keystore_begin_value(write, err));
    CIHSM_TRY(cihsm_value_set_string(write->value, "Aliases", buffer_text(&joined), err));
    CIHSM_TRY(keystore_add_switch(write, "deleteEntries", true, err));
    CIHSM_TRY(keystore_add_switch(write, "returnKeystoreEntries", false, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_keystore_delete(const char *const *aliases, size_t count,
                                   cihsm_keystore_write **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    for (size_t i = 0; i < count; i++) {
        CIHSM_TRY(cihsm_keystore_check_alias(aliases[i], err));
    }
    if (count == 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "no alias is given");
    }
    return count == 1 ? delete_one(aliases[0], out, err) : delete_many(aliases, count, out, err);
}

static void mark(const char *alias, const char *const *aliases, size_t count, bool *is_there)
{
    for (size_t i = 0; i < count; i++) {
        is_there[i] = is_there[i] || text_equal(alias, aliases[i]);
    }
}

static cihsm_status mark_all(cihsm_client *client, const char *const *aliases, size_t count,
                             bool *is_there, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    const cihsm_value *entry = NULL;
    CIHSM_TRY(cihsm_client_stream(client, "KeystoreEntries", NULL, NULL, &result, err));
    for (;;) {
        CIHSM_TRY(cihsm_result_next_entry(result, &entry, err));
        if (entry == NULL) {
            return CIHSM_OK;
        }
        mark(cihsm_value_get_string(entry, "Alias"), aliases, count, is_there);
    }
}

static void free_marks(bool **marks)
{
    free(*marks);
    *marks = NULL;
}

cihsm_status cihsm_keystore_check_entries(cihsm_client *client, const char *const *aliases,
                                          size_t count, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(free_marks) bool *is_there = calloc(count == 0 ? 1 : count, sizeof *is_there);
    if (is_there == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(mark_all(client, aliases, count, is_there, err));
    for (size_t i = 0; i < count; i++) {
        if (!is_there[i]) {
            return cihsm_fail_plain(err, CIHSM_E_NOT_FOUND,
                                    "nothing was sent: the keystore has no entry \"%.120s\" "
                                    "(\"cihsm keystore list\" tells what it has)",
                                    aliases[i]);
        }
    }
    return CIHSM_OK;
}

/* --- keys of SAP ----------------------------------------------------------------------------- */

cihsm_status cihsm_keystore_activate(const char *alias, cihsm_keystore_write **out,
                                     cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_TRY(keystore_check_form(alias, err));
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_TRY(keystore_begin(KEYSTORE_ACTIVATED, "DELETE", alias, &write, err));
    CIHSM_TRY(keystore_set_path(write, "KeystoreEntries", NULL, err));
    CIHSM_TRY(keystore_add_parameter(write, "keystoreName", "KeyRenewal", err));
    CIHSM_TRY(keystore_add_switch(write, "activate", true, err));
    CIHSM_TRY(keystore_add_switch(write, "returnKeystoreEntries", false, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_keystore_restore_history(const char *alias, const char *to,
                                            cihsm_keystore_write **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_TRY(keystore_check_form(alias, err));
    if (to != NULL && !keystore_is_reserved(to)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the alias \"%.120s\" is none of SAP's, and the history has keys "
                                "of SAP only: it begins with sap_",
                                to);
    }
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_TRY(keystore_begin(KEYSTORE_HISTORY, "PUT", alias, &write, err));
    CIHSM_TRY(keystore_set_path(write, "HistoryKeystoreEntries", NULL, err));
    CIHSM_TRY(text_set(&write->to, to, err));
    CIHSM_TRY(set_nothing(write, err));
    CIHSM_TRY(keystore_add_switch(write, "copy", true, err));
    if (to != NULL) {
        CIHSM_TRY(keystore_add_parameter(write, "destinationAlias", to, err));
    }
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}
