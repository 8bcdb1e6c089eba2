/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which aliases can be written. Source: docs/sap-contract.md sections 7.3 and 9.
 */
#include "keystore/alias.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/keystore.h"

static const char PREFIX[] = "sap_";

bool keystore_is_reserved(const char *alias)
{
    static const char *const NAMES[] = {"hcicertificate", "hcicertificate1", "hcimsgcertificate"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(alias, NAMES[i]) == 0) {
            return true;
        }
    }
    return text_starts(alias, PREFIX);
}

/* Characters of UTF-8. */
static size_t length_of(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return count;
}

cihsm_status keystore_check_form(const char *alias, cihsm_error *err)
{
    if (alias == NULL || *alias == '\0') {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the alias is empty, so it names nothing");
    }
    if (!text_is_utf8(alias, strlen(alias))) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the alias \"%.120s\" is no UTF-8", alias);
    }
    const size_t length = length_of(alias);
    if (length > CIHSM_KEYSTORE_ALIAS_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the alias \"%.60s...\" has %zu characters, and the tenant takes "
                                "%d",
                                alias, length, CIHSM_KEYSTORE_ALIAS_MAX);
    }
    return CIHSM_OK;
}

cihsm_status cihsm_keystore_check_alias(const char *alias, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_TRY(keystore_check_form(alias, err));
    if (keystore_is_reserved(alias)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the alias \"%.120s\" is reserved for SAP, so the tenant refuses "
                                "it: all that begin with %s, hcicertificate, hcicertificate1 and "
                                "hcimsgcertificate are",
                                alias, PREFIX);
    }
    return CIHSM_OK;
}
