/* SPDX-License-Identifier: Apache-2.0 */
/*
 * artifact/advise - parts of telling why a write failed: what to look at, and how it is said.
 */
#ifndef ARTIFACT_ADVISE_H
#define ARTIFACT_ADVISE_H

#include <stdbool.h>

#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

#define ADVISE_LOCKS "\"cihsm get IntegrationDesigntimeLocks\" may tell who"

/** @return true if the tenant speaks about the request, not about the caller or the way to it. */
bool advise_is_wanted(const cihsm_error *err);

/** Puts something better in the place of the general advice at the end of an error. */
void advise_instead(cihsm_error *err, cihsm_status status, const char *advice);

/** @return the entity, yours; NULL: it is not there, or cannot be read for another reason. */
cihsm_value *advise_read(cihsm_client *client, const char *path, bool *is_missing);

/**
 * Says that there is no such package, or that it can only be configured (Mode READ_ONLY).
 *
 * @return false, and nothing changed: it is neither
 */
bool advise_package(cihsm_client *client, const char *package, cihsm_error *err);

#endif
