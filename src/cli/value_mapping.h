/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/value_mapping - which value mapping and which of its schemas a command is about.
 */
#ifndef CLI_VALUE_MAPPING_H
#define CLI_VALUE_MAPPING_H

#include "cli/env.h"

/* Rows of the option tables. */
#define CLI_SCHEMA_OPTIONS                                                                  \
    {"source-agency", "NAME", "only schemas from this agency", 0},                          \
        {"source-id", "NAME", "only schemas from this identifier of the source agency", 0}, \
        {"target-agency", "NAME", "only schemas to this agency", 0},                        \
    {                                                                                       \
        "target-id", "NAME", "only schemas to this identifier of the target agency", 0      \
    }
#define CLI_UNCONFIGURED_OPTION                                                               \
    {                                                                                         \
        "unconfigured", NULL, "the schema stays one that is not configured (IsConfigured)", 0 \
    }

#define CLI_MAPPING_COLUMNS "SrcAgency,SrcId,SrcValue,TgtAgency,TgtId,TgtValue,Default"

/** A value mapping with what the tenant has of it. Start with {0}. */
typedef struct cli_mapping {
    cihsm_artifact artifact;
    cihsm_mapping_schema only; /**< of the options */
    cihsm_client *client;
    cihsm_value *schemas; /**< those that fit; the chosen schema is the first one */
    cihsm_mapping_schema schema;
    bool is_configured; /**< the tenant's State of the chosen one */
} cli_mapping;

void cli_mapping_free(cli_mapping *mapping);

/** Reads argument and options. @retval CIHSM_E_USAGE  the id is empty */
CIHSM_NODISCARD cihsm_status cli_mapping_read(const cli_env *env, cli_mapping *out,
                                              cihsm_error *err);

/** Opens a client and reads the schemas that fit. @retval CIHSM_E_NOT_FOUND  there is none */
CIHSM_NODISCARD cihsm_status cli_mapping_open(cli_env *env, cli_mapping *of, cihsm_error *err);

/** cli_mapping_open for one schema. @retval CIHSM_E_USAGE  several fit; the message names two */
CIHSM_NODISCARD cihsm_status cli_mapping_choose(cli_env *env, cli_mapping *of, cihsm_error *err);

/** @return the texts of a row of the tenant, borrowed. */
cihsm_mapping_schema cli_mapping_schema(const cihsm_value *row);

/** @return the row of a list that maps a source to a target; NULL: there is none. */
const cihsm_value *cli_mapping_find(const cihsm_value *rows, const char *source,
                                    const char *target);

#endif
