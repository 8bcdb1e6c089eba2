/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/guideline - which flow and which run of its design guidelines a command is about.
 */
#ifndef CLI_GUIDELINE_H
#define CLI_GUIDELINE_H

#include "cli/env.h"

enum { CLI_EXECUTION_MAX = 128 };

#define CLI_EXECUTION_OPTION                                                       \
    {                                                                              \
        "execution", "ID", "this run of the guidelines instead of the last one", 0 \
    }

/** A flow with the run. Start with {0}. */
typedef struct cli_guideline {
    cihsm_artifact artifact;
    cihsm_client *client;
    char execution[CLI_EXECUTION_MAX];
} cli_guideline;

void cli_guideline_free(cli_guideline *of);

/** Reads the id of the flow and --artifact-version. */
CIHSM_NODISCARD cihsm_status cli_guideline_read(const cli_env *env, cli_guideline *out,
                                                cihsm_error *err);

/** Reads the runs that the tenant has. @param out  array, yours */
CIHSM_NODISCARD cihsm_status cli_guideline_runs(const cli_guideline *of, cihsm_value **out,
                                                cihsm_error *err);

/**
 * Opens a client and finds the run: of --execution, or the last one.
 *
 * @retval CIHSM_E_NOT_FOUND  the guidelines of the flow never ran
 */
CIHSM_NODISCARD cihsm_status cli_guideline_open(cli_env *env, cli_guideline *of, cihsm_error *err);

/**
 * Makes the path of the run, or of what is below it.
 *
 * @param front  "" or "$links/"
 * @param rest   may be NULL
 */
CIHSM_NODISCARD cihsm_status cli_guideline_path(const cli_guideline *of, const char *front,
                                                const char *rest, char out[CIHSM_PATH_SIZE],
                                                cihsm_error *err);

#endif
