/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/finding - what a check has to say about an identity. Plain data, no ownership.
 */
#ifndef IDENTITY_FINDING_H
#define IDENTITY_FINDING_H

#include <stddef.h>

#include "cihsm/error.h"
#include "cihsm/value.h"

#define IDENTITY_FINDINGS_MAX 64 /**< room that is enough for any one check of this module */

typedef enum identity_level {
    IDENTITY_INFO = 0, /**< worth knowing */
    IDENTITY_WARN,     /**< may work, or stops working soon */
    IDENTITY_FATAL     /**< cannot work */
} identity_level;

typedef struct identity_finding {
    identity_level level;
    const char *code;   /**< stable, for scripts: "certificate-expired"; static */
    char sentence[384]; /**< what was found; lower case, no full stop */
    const char *action; /**< what to do about it; static */
} identity_finding;

/** Collects into an array of the caller. */
typedef struct finding_list {
    identity_finding *items;
    size_t room;
    size_t count;
} finding_list;

/** @retval CIHSM_E_LIMIT  the caller's array is full */
CIHSM_PRINTF(6, 7)
CIHSM_NODISCARD cihsm_status finding_add(finding_list *to, identity_level level, const char *code,
                                         const char *action, cihsm_error *err, const char *format,
                                         ...);

/** @return "info", "warn" or "error". */
const char *finding_level_name(identity_level level);

/** Makes an array of objects: level, code, sentence, action. */
CIHSM_NODISCARD cihsm_status finding_describe(const finding_list *from, cihsm_value **out,
                                              cihsm_error *err);

#endif
