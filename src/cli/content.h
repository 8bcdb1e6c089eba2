/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/content - the zips of artifacts and packages, and other contents: fetched into a file or a
 * folder, and not shown in full where a request is shown.
 */
#ifndef CLI_CONTENT_H
#define CLI_CONTENT_H

#include "cli/env.h"
#include "cli/value_target.h"
#include "cli/write_send.h"

/* Rows of the option table of a download. */
#define CLI_CONTENT_OPTIONS                                                           \
    {"out", "PATH", "write the zip to this file; DIR/: to a new file there", 0},      \
    {                                                                                 \
        "unpack", "DIR", "unpack the zip into this folder, which is made or empty", 0 \
    }

/** Where a zip goes. Start with {0}. */
typedef struct cli_content_target {
    const char *folder; /**< of --unpack; NULL: to file */
    value_target file;
} cli_content_target;

/** @param out  released by cli_content_free, whatever the result */
CIHSM_NODISCARD cihsm_status cli_content_open(const cli_env *env, cli_content_target *out,
                                              cihsm_error *err);

/** Downloads a zip to where it goes. */
CIHSM_NODISCARD cihsm_status cli_content_fetch(cihsm_client *client, const char *path,
                                               cli_content_target *to, cihsm_error *err);
void cli_content_free(cli_content_target *of);

/** A property of a request that is long and says nothing to a person. */
typedef struct cli_content_shown {
    const char *property; /**< "ArtifactContent" */
    const char *what;     /**< "a zip" */
    size_t bytes;         /**< before it became base64 */
} cli_content_shown;

/** cli_write_settle; the content is shown by its size. */
CIHSM_NODISCARD cihsm_status cli_content_settle(cli_env *env, const cli_write *write,
                                                const cli_content_shown *content, bool *is_done,
                                                cihsm_error *err);

#endif
