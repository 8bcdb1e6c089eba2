/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/command - what a command is: one table row with its options. The same tables make parsing,
 * help and the checks of the documentation.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/cihsm.h"

typedef struct cli_env cli_env;

typedef struct cli_option {
    const char *name;     /**< long name without dashes; a row with NULL ends a table */
    const char *argument; /**< placeholder of the value; NULL: a switch */
    const char *help;     /**< one line */
    char letter;          /**< short form; 0: none */
} cli_option;

typedef struct cli_command {
    const char *name;      /**< "key generate" or "get" */
    const char *summary;   /**< one line, lower case */
    const char *arguments; /**< "PATH", "NAME", "" */
    size_t argument_min;   /**< positional arguments */
    size_t argument_max;
    const char *example;       /**< whole command line, shown first in the help */
    const cli_option *options; /**< own options, in addition to the global ones */
    cihsm_status (*run)(cli_env *env, cihsm_error *err);
    bool is_write;    /**< it changes the tenant, and can show how with --dry-run */
    const char *note; /**< shown at the end of the help; NULL: nothing */
    const struct cli_resource *resource; /**< what it is about; NULL: none of cli/resource.h */
} cli_command;

extern const cli_option CLI_GLOBAL_OPTIONS[];
/** @return the command at this place, in the order of the help; NULL beyond the last. */
const cli_command *cli_command_at(size_t at);

extern const cli_command CMD_PROFILE_CREATE, CMD_PROFILE_LIST, CMD_PROFILE_SHOW, CMD_PROFILE_USE;
extern const cli_command CMD_TOKEN_LIST, CMD_TOKEN_INFO, CMD_TOKEN_INIT, CMD_TOKEN_SET_PIN,
    CMD_TOKEN_CHANGE_PIN, CMD_TOKEN_FORGET_REFUSAL;
extern const cli_command CMD_KEY_GENERATE, CMD_KEY_LIST, CMD_KEY_DELETE, CMD_KEY_EVIDENCE;
extern const cli_command CMD_CSR_CREATE, CMD_CSR_CHECK, CMD_CSR_ENROLL;
extern const cli_command CMD_CERT_IMPORT, CMD_CERT_LIST, CMD_CERT_EXPORT, CMD_CERT_CHECK,
    CMD_CERT_EXPIRY;
extern const cli_command CMD_SERVICE_KEY_SHOW, CMD_SERVICE_KEY_CHECK, CMD_SERVICE_KEY_PARAMS,
    CMD_SERVICE_KEY_CREATE, CMD_SERVICE_KEY_DOWNLOAD, CMD_SERVICE_KEY_LIST, CMD_SERVICE_KEY_DELETE;
extern const cli_command CMD_SERVICE_KEY_RENEW;
extern const cli_command CMD_SERVICE_INSTANCE_PARAMS;
extern const cli_command CMD_ROLE_LIST, CMD_ROLE_FOR;
extern const cli_command CMD_DOCTOR;
extern const cli_command CMD_ARTIFACT_LIST, CMD_ARTIFACT_SHOW, CMD_ARTIFACT_DOWNLOAD,
    CMD_ARTIFACT_CREATE, CMD_ARTIFACT_UPDATE, CMD_ARTIFACT_SAVE_AS_VERSION, CMD_ARTIFACT_DELETE,
    CMD_ARTIFACT_CONFIGURE, CMD_ARTIFACT_DEPLOY, CMD_ARTIFACT_STATUS, CMD_ARTIFACT_UNDEPLOY,
    CMD_ARTIFACT_ENDPOINTS;
extern const cli_command CMD_ARTIFACT_RESOURCE_LIST, CMD_ARTIFACT_RESOURCE_GET,
    CMD_ARTIFACT_RESOURCE_ADD, CMD_ARTIFACT_RESOURCE_UPDATE, CMD_ARTIFACT_RESOURCE_DELETE;
extern const cli_command CMD_PACKAGE_ARTIFACTS, CMD_PACKAGE_DOWNLOAD, CMD_PACKAGE_UPLOAD,
    CMD_PACKAGE_COPY, CMD_PACKAGE_TAG_LIST, CMD_PACKAGE_TAG_SET;
extern const cli_command CMD_ARTIFACT_GUIDELINE_LIST, CMD_ARTIFACT_GUIDELINE_RUN,
    CMD_ARTIFACT_GUIDELINE_SHOW, CMD_ARTIFACT_GUIDELINE_REPORT, CMD_ARTIFACT_GUIDELINE_SKIP,
    CMD_ARTIFACT_GUIDELINE_REVERT;
extern const cli_command CMD_CUSTOM_TAG_SHOW, CMD_CUSTOM_TAG_SET;
extern const cli_command CMD_VALUE_MAPPING_SCHEMAS, CMD_VALUE_MAPPING_LIST, CMD_VALUE_MAPPING_SET,
    CMD_VALUE_MAPPING_DEFAULT, CMD_VALUE_MAPPING_DELETE;
extern const cli_command CMD_SNAPSHOT;
extern const cli_command CMD_KEYSTORE_CERTIFICATE_IMPORT, CMD_KEYSTORE_CHAIN_IMPORT,
    CMD_KEYSTORE_KEY_PAIR_CREATE, CMD_KEYSTORE_KEY_PAIR_IMPORT, CMD_KEYSTORE_RSA_KEY_IMPORT,
    CMD_KEYSTORE_SSH_KEY_IMPORT, CMD_KEYSTORE_RENAME, CMD_KEYSTORE_DELETE, CMD_KEYSTORE_SIZE,
    CMD_KEYSTORE_IMPORT, CMD_KEYSTORE_EXPORT, CMD_KEYSTORE_BACKUP, CMD_KEYSTORE_RESTORE,
    CMD_KEYSTORE_RENEWAL_ACTIVATE, CMD_KEYSTORE_HISTORY_RESTORE;
extern const cli_command CMD_RUNTIME_LIST, CMD_RUNTIME_SHOW, CMD_RUNTIME_ERROR;
extern const cli_command CMD_MESSAGE_LIST, CMD_MESSAGE_COUNT, CMD_MESSAGE_SHOW, CMD_MESSAGE_ERROR,
    CMD_MESSAGE_ATTACHMENTS, CMD_MESSAGE_ATTACHMENT_GET, CMD_MESSAGE_PAYLOAD,
    CMD_MESSAGE_PAYLOAD_GET, CMD_MESSAGE_STEPS, CMD_MESSAGE_TAIL, CMD_MESSAGE_FAILURES,
    CMD_MESSAGE_ID_MAP;
extern const cli_command CMD_GET, CMD_COUNT, CMD_VALUE, CMD_EXPORT;
extern const cli_command CMD_PARTNER_EXPORT, CMD_PARTNER_APPLY;
extern const cli_command CMD_METADATA, CMD_COMPLETION, CMD_VERSION;
extern const cli_command CMD_CREATE, CMD_UPDATE, CMD_DELETE, CMD_CALL, CMD_BATCH;

#endif
