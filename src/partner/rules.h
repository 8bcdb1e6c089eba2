/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/rules - what the tenant is documented to take: ids, content types, lengths.
 *
 * Source: docs/sap-contract.md sections 7.5 and 9.
 */
#ifndef PARTNER_RULES_H
#define PARTNER_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "partner/entry.h"

#define PARTNER_STRING_MAX 4000    /* characters */
#define PARTNER_BINARY_MAX 1572864 /* bytes; other pages of the documentation say less: */
#define PARTNER_BINARY_SURE 262144 /* bytes */
#define PARTNER_TYPE_UNKNOWN "bin" /* extension of a file whose type the documentation lacks */

/**
 * Looks at the id of a partner or parameter.
 *
 * @param where   file that says so, for the message; NULL: the person
 * @param status  of the failure
 */
CIHSM_NODISCARD cihsm_status partner_check_id(const char *id, bool is_partner, const char *where,
                                              cihsm_status status, cihsm_error *err);

/** Looks at all of an entry of a folder but its id. @retval CIHSM_E_CONFIG  not taken */
CIHSM_NODISCARD cihsm_status partner_check_entry(const partner_entry *entry, const void *value,
                                                 cihsm_error *err);

/** @return the extension for a content type, PARTNER_TYPE_UNKNOWN if there is none. */
const char *partner_extension_of(const char *content_type);

/** @return the content type that an extension means alone; NULL: it means none. */
const char *partner_type_of(const char *extension);

#endif
