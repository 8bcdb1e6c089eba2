/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/catalogue_json - the text of catalogue.json, compiled in by embed.cmake.
 */
#ifndef INTEGRATION_CATALOGUE_JSON_H
#define INTEGRATION_CATALOGUE_JSON_H

#include <stddef.h>

extern const unsigned char *const integration_catalogue_json;
extern const size_t integration_catalogue_json_len; /* bytes */

#endif
