/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/next_step - what a person does next on the way from a key to the first call.
 */
#ifndef CLI_NEXT_STEP_H
#define CLI_NEXT_STEP_H

#include "cli/env.h"

#define CLI_NEXT_URI_MAX 512 /* bytes, the NUL included */

/**
 * Notes a command to go on with, unless the output is for a program (-o json, jsonl, csv). It can
 * be pasted: what a shell would change is quoted.
 *
 * @param lead   what to do before: "next: LEAD, then: cihsm ..."; NULL: nothing
 * @param words  of the command after "cihsm"; a NULL ends them
 */
void cli_next(const cli_env *env, const char *lead, const char *const *words);

/**
 * Shortens a PKCS#11 URI to one attribute of it: "pkcs11:object=cpi-client".
 *
 * @param name  "object="; if it is not there, the whole URI is copied
 */
void cli_next_uri(const char *uri, const char *name, char out[CLI_NEXT_URI_MAX]);

#endif
