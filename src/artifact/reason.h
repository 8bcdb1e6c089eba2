/* SPDX-License-Identifier: Apache-2.0 */
/*
 * artifact/reason - the error information of a runtime artifact as one text for people.
 */
#ifndef ARTIFACT_REASON_H
#define ARTIFACT_REASON_H

#include <stddef.h>

#include "cihsm/artifact.h"

/**
 * Takes the texts out of {"message":{"messageId","messageText",...},"parameter":[...]}; what has
 * another form is taken as it is. Control characters are escaped.
 *
 * @param body  @p len bytes
 *
 * Source: docs/sap-contract.md section 5.5.
 */
void reason_of(const char *body, size_t len, char out[CIHSM_RUNTIME_ERROR_SIZE]);

#endif
