/* SPDX-License-Identifier: Apache-2.0 */
/*
 * artifact/list - all pages of a list in one array.
 */
#ifndef ARTIFACT_LIST_H
#define ARTIFACT_LIST_H

#include "cihsm/client.h"

/**
 * Appends copies of the entries of the present page and of all that follow.
 *
 * @param type  value of a further member "Type" of each; NULL: none
 */
CIHSM_NODISCARD cihsm_status list_add_pages(cihsm_result *result, const char *type, cihsm_value *to,
                                            cihsm_error *err);

#endif
