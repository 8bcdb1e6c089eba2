/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot/stable - what is left of an answer when all is taken out that differs although nothing
 * was changed: who wrote it when, the order of members, the moment at which a property file was
 * written.
 *
 * Source: docs/sap-contract.md section 7.2.
 */
#ifndef SNAPSHOT_STABLE_H
#define SNAPSHOT_STABLE_H

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

/**
 * Makes the stable part of an entity: members in the order of their names, without Created...,
 * Creation..., Modified... and content.
 *
 * @param out  object, yours
 */
CIHSM_NODISCARD cihsm_status snapshot_stable(const cihsm_value *entity, cihsm_value **out,
                                             cihsm_error *err);

/**
 * Makes the stable parts of entities, in the order of a property that is a text.
 *
 * @param out  array, yours
 */
CIHSM_NODISCARD cihsm_status snapshot_stable_list(const cihsm_value *entities, const char *key,
                                                  cihsm_value **out, cihsm_error *err);

/** Writes a value as it stands in a file of the snapshot. */
CIHSM_NODISCARD cihsm_status snapshot_stable_text(const cihsm_value *value, buffer *out,
                                                  cihsm_error *err);

/**
 * Takes the comment with the time of writing out of parameters.prop and metainfo.prop, wherever
 * they are below a folder: java.util.Properties puts "#Thu Jul 20 12:10:52 UTC 2023" there.
 *
 * @retval CIHSM_E_IO  cannot be read or written
 */
CIHSM_NODISCARD cihsm_status snapshot_stable_content(const char *folder, cihsm_error *err);

#endif
