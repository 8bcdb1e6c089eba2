/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/artifact_options - which artifact a command is about: its id, --type and --artifact-version.
 */
#ifndef CLI_ARTIFACT_OPTIONS_H
#define CLI_ARTIFACT_OPTIONS_H

#include "cli/env.h"
#include "cli/write_send.h"

/* Rows of the option tables. */
#define CLI_ARTIFACT_TYPE_OPTION                                    \
    {                                                               \
        "type", "TYPE",                                             \
            "flow (if not given), message-mapping, value-mapping, " \
            "script-collection, adapter",                           \
            0                                                       \
    }
#define CLI_ARTIFACT_VERSION_OPTION                                                          \
    {                                                                                        \
        "artifact-version", "VERSION", "this version instead of the present one (active)", 0 \
    }
#define CLI_CONFIRM_OPTION                                                              \
    {                                                                                   \
        "confirm-profile", "NAME", "repeats the name of a profile that is protected", 0 \
    }

/** The first argument and the options. @retval CIHSM_E_USAGE  there is no such type */
CIHSM_NODISCARD cihsm_status cli_artifact(const cli_env *env, cihsm_artifact *out,
                                          cihsm_error *err);

/** For cli_write.explain of an artifact that is there: user is the cihsm_artifact. */
cihsm_status cli_explain_change(void *artifact, cihsm_client *client, cihsm_error *err);

#endif
