/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an answer to a write means. Source: docs/sap-contract.md sections 5.6 and 7.3.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "keystore/write.h"

/* --- what the keystore has ------------------------------------------------------------------- */

typedef enum presence { PRESENCE_UNKNOWN = 0, PRESENCE_NO, PRESENCE_YES } presence;

/* @param store  NULL: the keystore itself   @param out  may be NULL */
static presence look_up(cihsm_client *client, const char *alias, const char *store,
                        cihsm_value **out)
{
    char path[CIHSM_PATH_SIZE];
    const cihsm_path_key key = {"Alias", alias};
    const cihsm_parameter name = {.name = "keystoreName", .value = store};
    cihsm_query query = CIHSM_QUERY_INIT;
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    query.parameters = &name;
    query.parameter_count = store == NULL ? 0 : 1;
    if (cihsm_path_entity_of("KeystoreEntries", &key, 1, NULL, path, NULL) != CIHSM_OK) {
        return PRESENCE_UNKNOWN;
    }
    const cihsm_status status = cihsm_client_get(client, path, &query, &result, NULL);
    if (status == CIHSM_OK && out != NULL) {
        *out = cihsm_value_copy(cihsm_result_value(result));
    }
    return status == CIHSM_OK            ? PRESENCE_YES
           : status == CIHSM_E_NOT_FOUND ? PRESENCE_NO
                                         : PRESENCE_UNKNOWN;
}

/* What the tenant says tells no more than the status. */
CIHSM_PRINTF(3, 4)
static cihsm_status say(cihsm_error *err, cihsm_status status, const char *format, ...)
{
    char text[CIHSM_ERROR_MESSAGE_MAX];
    const unsigned long native = err->native;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    *err = (cihsm_error){0};
    return cihsm_fail(err, status, CIHSM_FROM_HTTP, native, "%lu from tenant: %s", native, text);
}

/* --- 400 ------------------------------------------------------------------------------------- */

static cihsm_status say_exists(const char *alias, bool can_update, cihsm_error *err)
{
    return say(err, CIHSM_E_CONFLICT, "the keystore has an entry \"%.100s\" already: %s", alias,
               can_update ? "to replace it repeat with --update" : "choose another alias");
}

static cihsm_status say_missing(const char *alias, const char *advice, cihsm_error *err)
{
    return say(err, CIHSM_E_NOT_FOUND, "the keystore has no entry \"%.100s\": %s", alias, advice);
}

static cihsm_status explain_import(cihsm_client *client, const cihsm_keystore_write *write,
                                   bool can_update, const char *otherwise, cihsm_error *err)
{
    const presence found = look_up(client, write->alias, NULL, NULL);
    if (found == PRESENCE_YES && !write->is_update) {
        return say_exists(write->alias, can_update, err);
    }
    if (found == PRESENCE_NO && write->is_update) {
        return say_missing(write->alias, "to create it leave out --update", err);
    }
    return error_advise(err, err->status, "%s", otherwise);
}

static cihsm_status explain_chain(cihsm_client *client, const cihsm_keystore_write *write,
                                  cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entry = NULL;
    const presence found = look_up(client, write->alias, NULL, &entry);
    const char *type = cihsm_value_get_string(entry, "Type");
    if (found == PRESENCE_NO) {
        return say_missing(write->alias, "a chain is for a key pair that is there", err);
    }
    if (type != NULL && strcmp(type, "Key Pair") != 0) {
        return error_advise(err, CIHSM_E_REJECTED,
                            "the entry \"%.100s\" is no key pair, and a chain is for one: \"cihsm "
                            "keystore certificate import --update\" replaces a certificate",
                            write->alias);
    }
    return error_advise(err, err->status,
                        "does the first certificate belong to the key of \"%.100s\", and is the "
                        "chain complete? Its request is \"cihsm keystore csr get %.100s\"",
                        write->alias, write->alias);
}

static cihsm_status explain_rename(cihsm_client *client, const cihsm_keystore_write *write,
                                   cihsm_error *err)
{
    return look_up(client, write->to, NULL, NULL) == PRESENCE_YES
               ? say_exists(write->to, false, err)
               : err->status;
}

static cihsm_status explain_history(cihsm_client *client, const cihsm_keystore_write *write,
                                    cihsm_error *err)
{
    const char *original = strstr(write->alias, "]_"); /* [number]_alias */
    const bool is_of_history = write->alias[0] == '[' && original != NULL;
    const char *to = write->to != NULL || !is_of_history ? write->to : original + 2;
    if (is_of_history && look_up(client, to, "KeyRenewal", NULL) == PRESENCE_YES) {
        return say(err, CIHSM_E_CONFLICT,
                   "the keystore KeyRenewal has an entry \"%.100s\" already: activate it "
                   "first, or choose another alias with --as",
                   to);
    }
    return error_advise(err, err->status,
                        "the alias is one of \"cihsm keystore history list\", [number]_alias");
}

static cihsm_status explain_400(cihsm_client *client, const cihsm_keystore_write *write,
                                cihsm_error *err)
{
    switch (write->kind) {
    case KEYSTORE_CERTIFICATE:
        return explain_import(client, write, true, "the tenant finds the certificate wrong", err);
    case KEYSTORE_KEY_PAIR:
        return explain_import(client, write, true,
                              "is the chain in the file complete, and the password that of its "
                              "key too?",
                              err);
    case KEYSTORE_SSH_KEY:
        return explain_import(client, write, true,
                              "is there a key of this algorithm already (id_rsa, id_dsa, id_ec)? "
                              "Then --update; else is the passphrase right?",
                              err);
    case KEYSTORE_NEW_KEY:
    case KEYSTORE_RSA_KEY:
        return explain_import(client, write, false, "check type, size and signature algorithm",
                              err);
    case KEYSTORE_CHAIN:
        return explain_chain(client, write, err);
    case KEYSTORE_RENAMED:
        return explain_rename(client, write, err);
    case KEYSTORE_HISTORY:
        return explain_history(client, write, err);
    case KEYSTORE_IMPORT:
        return error_advise(err, err->status,
                            "is the password right, and the same for the keystore and all its "
                            "keys?");
    case KEYSTORE_DELETED:
    case KEYSTORE_ACTIVATED:
    case KEYSTORE_BACKUP:
    case KEYSTORE_RESTORE:
        break;
    }
    return err->status;
}

/* --- 404 ------------------------------------------------------------------------------------- */

static cihsm_status explain_404(const cihsm_keystore_write *write, cihsm_error *err)
{
    switch (write->kind) {
    case KEYSTORE_CHAIN:
    case KEYSTORE_RENAMED:
    case KEYSTORE_DELETED:
        return say_missing(write->alias, "\"cihsm keystore list\" tells what it has", err);
    case KEYSTORE_ACTIVATED:
        return say(err, CIHSM_E_NOT_FOUND,
                   "the keystore KeyRenewal has no entry \"%.100s\": \"cihsm keystore "
                   "list --store KeyRenewal\" tells what it has",
                   write->alias);
    case KEYSTORE_HISTORY:
        return say(err, CIHSM_E_NOT_FOUND,
                   "the history has no entry \"%.100s\": \"cihsm keystore history list\" "
                   "tells what it has",
                   write->alias);
    case KEYSTORE_RESTORE:
        return say(err, CIHSM_E_NOT_FOUND,
                   "there is no backup: \"cihsm keystore backup\" makes one");
    case KEYSTORE_CERTIFICATE:
    case KEYSTORE_KEY_PAIR:
    case KEYSTORE_NEW_KEY:
    case KEYSTORE_SSH_KEY:
    case KEYSTORE_RSA_KEY:
    case KEYSTORE_IMPORT:
    case KEYSTORE_BACKUP:
        break;
    }
    return err->status;
}

/* --- 409 ------------------------------------------------------------------------------------- */

/* The end of what was sent, which the tenant does not trust. */
static const cihsm_value *top_of(const cihsm_keystore_write *write)
{
    const cihsm_value *top = cihsm_value_first(write->certificates);
    while (cihsm_value_next(top) != NULL) {
        top = cihsm_value_next(top);
    }
    return top;
}

/* The tenant's answer is the certificate itself; what was sent is known better. */
static cihsm_status explain_409(const cihsm_keystore_write *write, cihsm_error *err)
{
    const cihsm_value *top = top_of(write);
    if (top == NULL) {
        return err->status;
    }
    const char *sha256 = cihsm_value_get_string(top, "sha256");
    return say(err, CIHSM_E_CONFLICT,
               "it does not trust what was sent: %.80s, issuer %.80s, "
               "SHA-256 %s; if this is the fingerprint that the owner tells you, repeat "
               "with --fingerprint %s",
               cihsm_value_get_string(top, "subject"), cihsm_value_get_string(top, "issuer"),
               sha256, sha256);
}

/* --- others ---------------------------------------------------------------------------------- */

static cihsm_status explain_413(const cihsm_keystore_write *write, cihsm_error *err)
{
    return error_advise(err, err->status,
                        "%s is too large, or the keystore would be with it (6 MB): \"cihsm "
                        "keystore delete\" makes room",
                        write->kind == KEYSTORE_NEW_KEY ? "the key pair" : "the file");
}

static cihsm_status explain_415(const cihsm_keystore_write *write, cihsm_error *err)
{
    const char *form = write->kind == KEYSTORE_CERTIFICATE ? "X.509 certificate"
                       : write->kind == KEYSTORE_CHAIN     ? "PKCS#7 chain"
                       : write->kind == KEYSTORE_KEY_PAIR  ? "PKCS#12 file"
                                                           : "JKS or JCEKS keystore";
    return error_advise(err, err->status, "the tenant does not read it as %s %s",
                        form[0] == 'X' ? "an" : "a", form);
}

static cihsm_status explain_lock(cihsm_error *err)
{
    return error_advise(err, CIHSM_E_BUSY,
                        "another user has locked the keystore, nothing was changed: try again "
                        "later, or wait longer with --retry-time");
}

cihsm_status cihsm_keystore_explain(cihsm_client *client, const cihsm_keystore_write *write,
                                    cihsm_error *err)
{
    if (err == NULL || err->status == CIHSM_OK || err->origin != CIHSM_FROM_HTTP) {
        return err == NULL ? CIHSM_OK : err->status;
    }
    switch (err->native) {
    case 400:
        return explain_400(client, write, err);
    case 404:
        return explain_404(write, err);
    case 409:
        return explain_409(write, err);
    case 413:
        return explain_413(write, err);
    case 415:
        return explain_415(write, err);
    case 423:
    case 503:
        return explain_lock(err);
    default:
        return err->status;
    }
}
