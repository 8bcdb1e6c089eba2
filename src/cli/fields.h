/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/fields - the members that a person wants to see, by dotted names.
 */
#ifndef CLI_FIELDS_H
#define CLI_FIELDS_H

#include <stdint.h>

#include "cli/env.h"

/**
 * Splits a comma list of names: "Id, IntegrationArtifact/Name" gives Id, IntegrationArtifact.Name.
 *
 * @param out  array of strings, yours; NULL if @p names is NULL
 * @retval CIHSM_E_USAGE  a name is empty
 */
CIHSM_NODISCARD cihsm_status cli_fields_split(const char *names, cihsm_value **out,
                                              cihsm_error *err);

/** Notes the names of --fields that are not documented for the path, with the nearest ones. */
CIHSM_NODISCARD cihsm_status cli_fields_hint(const char *path, const cihsm_value *names,
                                             cihsm_error *err);

/** Makes an object of the wanted members; null for one that the entry does not have. */
CIHSM_NODISCARD cihsm_status cli_fields_take(const cihsm_value *names, const cihsm_value *entry,
                                             cihsm_value **out, cihsm_error *err);

#endif
