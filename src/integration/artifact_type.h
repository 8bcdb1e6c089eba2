/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/artifact_type - what the types of artifacts differ in.
 *
 * Source: docs/sap-contract.md section 7.2.
 */
#ifndef INTEGRATION_ARTIFACT_TYPE_H
#define INTEGRATION_ARTIFACT_TYPE_H

#include <stdbool.h>

#include "cihsm/artifact.h"

/** A row for each cihsm_artifact_type. */
typedef struct artifact_type {
    const char *name;  /**< "flow" */
    const char *title; /**< "integration flow", for messages */
    const char *set;
    const char *deploy;   /**< function import */
    const char *save;     /**< function import that saves a version; NULL: there is none */
    bool is_versioned;    /**< the version is part of the key */
    bool is_readable;     /**< GET is documented */
    bool is_replaceable;  /**< PUT is documented */
    bool has_resources;   /**< its files can be read one by one */
    bool takes_resources; /**< and written */
    bool has_manifest;    /**< its content is a bundle with META-INF/MANIFEST.MF */
} artifact_type;

const artifact_type *artifact_type_of(cihsm_artifact_type type);

#endif
