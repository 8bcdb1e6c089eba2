/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/roles_json - the text of roles.json, compiled in by embed.cmake.
 */
#ifndef INTEGRATION_ROLES_JSON_H
#define INTEGRATION_ROLES_JSON_H

#include <stddef.h>

extern const unsigned char *const integration_roles_json;
extern const size_t integration_roles_json_len; /* bytes */

#endif
