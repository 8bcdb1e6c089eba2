/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/custom_tags - the document of all custom tags, as a person gives it:
 * {"customTagsConfiguration": [{"tagName", "isMandatory", "permittedValues"}]}.
 *
 * Source: docs/sap-contract.md section 7.2.
 */
#ifndef CLI_CUSTOM_TAGS_H
#define CLI_CUSTOM_TAGS_H

#include "cli/env.h"

#define CLI_CUSTOM_TAGS "customTagsConfiguration"

/**
 * Reads a document, or just its array of tags.
 *
 * @param path  "-": standard input
 * @param out   the document, yours
 * @retval CIHSM_E_CONFIG  it cannot be read or is none; the message says which tag is wrong
 */
CIHSM_NODISCARD cihsm_status cli_custom_tags_read(const char *path, cihsm_value **out,
                                                  cihsm_error *err);

/** @return the first tag of that name, borrowed; NULL: there is none. */
const cihsm_value *cli_custom_tag(const cihsm_value *tags, const char *name);

#endif
