/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/entry_key - by what an entry is told apart from others.
 */
#ifndef EXPORT_ENTRY_KEY_H
#define EXPORT_ENTRY_KEY_H

#include <openssl/evp.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"
#include "export/keys.h"
#include "odata/framer.h"

/**
 * By its key properties; by what the server calls it, if they are not known; else by all of it.
 *
 * @param digest  set to SHA-256; used again for each entry
 * @param keys    array of {"name",…}; NULL: not known
 * @param entry   as the server sent it
 * @param text    of the entry
 */
CIHSM_NODISCARD cihsm_status export_key_of(EVP_MD_CTX *digest, const cihsm_value *keys,
                                           const cihsm_value *entry, const odata_span *text,
                                           export_key *out, cihsm_error *err);

#endif
