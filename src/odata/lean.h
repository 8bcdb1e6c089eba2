/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/lean - an entry without its links, before it is parsed. A third of what a server sends of a
 * message log is links that odata_tidy removes; each would cost seven allocations first.
 */
#ifndef ODATA_LEAN_H
#define ODATA_LEAN_H

#include <stddef.h>

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"

/**
 * Copies a JSON text without its members "NAME":{"__deferred":{"uri":"…"}}. Only what is written
 * just so, without blanks or escapes, and behind a member that is no list is left out; odata_tidy
 * removes the rest, and makes the same of the copy as of the text, if that is valid.
 *
 * @param out  appended to
 */
CIHSM_NODISCARD cihsm_status odata_lean(const char *text, size_t len, buffer *out,
                                        cihsm_error *err);

#endif
