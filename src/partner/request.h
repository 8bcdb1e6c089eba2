/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/request - the request that a step of a plan is.
 */
#ifndef PARTNER_REQUEST_H
#define PARTNER_REQUEST_H

#include "cihsm/write.h"
#include "partner/difference.h"

/** Start with {0}. Stays in its place. */
typedef struct partner_request {
    cihsm_request request; /**< points to what follows */
    char *path;
    cihsm_value *body;
    cihsm_parameter parameter;
} partner_request;

/**
 * @param modifier  may be NULL; borrowed as long as the request lives
 * @param out       released by partner_request_free, whatever the result
 * @retval CIHSM_E_CONFIG  the file of a value was changed since it was compared
 */
CIHSM_NODISCARD cihsm_status partner_request_make(const partner_step *step, const char *modifier,
                                                  partner_request *out, cihsm_error *err);

void partner_request_free(partner_request *of);

#endif
