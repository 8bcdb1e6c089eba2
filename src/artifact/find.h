/* SPDX-License-Identifier: Apache-2.0 */
/*
 * artifact/find - reading one entity, and telling what of a path is not there.
 */
#ifndef ARTIFACT_FIND_H
#define ARTIFACT_FIND_H

#include "cihsm/artifact.h"

/** GETs one entity. @param out  object, yours */
CIHSM_NODISCARD cihsm_status artifact_get(cihsm_client *client, const char *path, cihsm_value **out,
                                          cihsm_error *err);

/** Records that there is no such artifact, or no such version of it. */
cihsm_status artifact_fail_missing(cihsm_client *client, const cihsm_artifact *artifact,
                                   cihsm_error *err);

#endif
