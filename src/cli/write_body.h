/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/write_body - the body of a write: from --data or --data-file, and from --set and
 * --set-secret, which change it. Owns it; it is wiped.
 */
#ifndef CLI_WRITE_BODY_H
#define CLI_WRITE_BODY_H

#include "cli/env.h"

/* Rows of the option tables of commands that send a body. */
#define CLI_BODY_OPTIONS                                                                         \
    {"set", "NAME=VALUE", "property to send, NAME:=JSON for other than text; A.B nests; repeat", \
     0},                                                                                         \
        {"set-secret", "NAME=SRC",                                                               \
         "property from a secret: prompt, file:PATH, fd:N, env:NAME, cred:NAME; repeat", 0},     \
        {"data", "JSON", "the properties to send as a JSON object", 0},                          \
        {"data-file", "FILE", "the same from a file, \"-\": standard input", 0},                 \
    {                                                                                            \
        "content-type", "TYPE", "send the bytes of --data-file as they are, as this type", 0     \
    }

/** Start with {0}. */
typedef struct cli_body {
    cihsm_value *value; /**< the object to send; NULL: the bytes */
    char *bytes;
    size_t len;
} cli_body;

/**
 * @param path  where it is sent to; tells the types of the properties
 * @retval CIHSM_E_USAGE   nothing to send, two sources, no JSON object, a secret in the command
 * line
 * @retval CIHSM_E_CONFIG  a file or the source of a secret cannot be read
 */
CIHSM_NODISCARD cihsm_status cli_body_read(const cli_env *env, const char *path, cli_body *out,
                                           cihsm_error *err);
void cli_body_free(cli_body *body);

#endif
