/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keystore as a whole: imported, backed up, brought back.
 *
 * Source: docs/sap-contract.md sections 7.3 and 9.
 */
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "keystore/write.h"

#define IMPORT_MAX ((size_t)2 * 1024 * 1024) /* bytes of a file */

static const char SYSTEM[] = "system";
static const char BACKUP[] = "backup_admin_system";

static cihsm_status check_option(const char *option, bool has_merge, cihsm_error *err)
{
    if (strcmp(option, "overwrite") == 0 || strcmp(option, "replace") == 0 ||
        (has_merge && strcmp(option, "merge") == 0)) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "the option is %soverwrite or replace, not \"%.40s\"",
                            has_merge ? "merge, " : "", option);
}

/* JCEKS and JKS begin with a number of their own. */
static cihsm_status check_form(const buffer *file, const char *path, cihsm_error *err)
{
    static const unsigned char JKS[] = {0xfe, 0xed, 0xfe, 0xed};
    static const unsigned char JCEKS[] = {0xce, 0xce, 0xce, 0xce};
    if (file->len > sizeof JKS && (memcmp(file->data, JKS, sizeof JKS) == 0 ||
                                   memcmp(file->data, JCEKS, sizeof JCEKS) == 0)) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                            "%s is no keystore of the type JKS or JCEKS: \"keytool "
                            "-importkeystore -deststoretype jceks\" makes one",
                            path);
}

cihsm_status cihsm_keystore_import_all(const char *path, const char *option,
                                       const cihsm_secret *password, cihsm_keystore_write **out,
                                       cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_TRY(check_option(option, true, err));
    CIHSM_AUTO(buffer_free) buffer file = buffer_new(IMPORT_MAX);
    CIHSM_TRY(file_read(path, "keystore", &file, err));
    CIHSM_TRY(check_form(&file, path, err));
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_TRY(keystore_begin(KEYSTORE_IMPORT, "POST", NULL, &write, err));
    keystore_set_set(write, "KeystoreResources");
    CIHSM_TRY(keystore_begin_value(write, err));
    CIHSM_TRY(cihsm_value_set_string(write->value, "Name", SYSTEM, err));
    CIHSM_TRY(cihsm_value_set_bytes(write->value, "Resource", file.data, file.len, err));
    CIHSM_TRY(keystore_set_password(write, password, err));
    CIHSM_AUTO(text_free) char *shown = NULL;
    CIHSM_TRY(text_format(&shown, err, "(base64 of a keystore of %zu bytes)", file.len));
    const keystore_mask masks[] = {{"Resource", shown}, {"Password", NULL}, {NULL, NULL}};
    CIHSM_TRY(keystore_show_masked(write, masks, err));
    CIHSM_TRY(keystore_add_parameter(write, "importOption", option, err));
    CIHSM_TRY(keystore_add_switch(write, "returnKeystoreEntries", true, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_keystore_backup(cihsm_keystore_write **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_TRY(keystore_begin(KEYSTORE_BACKUP, "POST", NULL, &write, err));
    keystore_set_set(write, "KeystoreResources");
    CIHSM_TRY(keystore_begin_value(write, err));
    CIHSM_TRY(cihsm_value_set_string(write->value, "Name", BACKUP, err));
    CIHSM_TRY(keystore_add_switch(write, "returnKeystoreEntries", false, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_keystore_restore(const char *option, cihsm_keystore_write **out,
                                    cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_TRY(check_option(option, false, err));
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_TRY(keystore_begin(KEYSTORE_RESTORE, "PUT", NULL, &write, err));
    keystore_set_set(write, "KeystoreResources('system')");
    CIHSM_TRY(keystore_begin_value(write, err));
    CIHSM_TRY(cihsm_value_set_string(write->value, "Aliases", NULL, err)); /* a PUT has a body */
    CIHSM_TRY(keystore_add_parameter(write, "retrieveBackup", BACKUP, err));
    CIHSM_TRY(keystore_add_parameter(write, "importOption", option, err));
    CIHSM_TRY(keystore_add_switch(write, "returnKeystoreEntries", true, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}
