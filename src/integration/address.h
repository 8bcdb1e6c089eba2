/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/address - a path as people write it becomes the path that the server understands,
 * still unencoded (odata/path.h). In the keys of sets that the catalogue knows:
 *
 *     AccessPolicies(1901)               AccessPolicies(1901L)
 *     UserCredentials(my name)           UserCredentials('my name')
 *     KeystoreEntries(Alias='my/key')    KeystoreEntries('6D792F6B6579')
 *     KeystoreEntries('6D792F6B6579')    as it is: without a name, or with the name of the key
 *                                        (Hexalias=), the value is hex already
 *
 * A slash or backslash in a key is refused by the server even when encoded, hence the hex keys.
 * All else stays as it is: what is malformed is told by odata_path_encode.
 *
 * Source: docs/sap-contract.md sections 4.2 and 4.3.
 */
#ifndef INTEGRATION_ADDRESS_H
#define INTEGRATION_ADDRESS_H

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "integration/catalogue.h"

/**
 * @param path  unencoded; an absolute URL is copied
 * @param out   yours (text_free)
 * @retval CIHSM_E_USAGE  a key that cannot name an entity of that set: not the parts of its key, a
 *                        value of another type, no hex; the message says how it is written
 */
CIHSM_NODISCARD cihsm_status integration_address(const integration_catalogue *catalogue,
                                                 const char *path, char **out, cihsm_error *err);

#endif
