/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/resources - the rows of all resources (cli/resource.h), by subject.
 */
#ifndef CLI_RESOURCES_H
#define CLI_RESOURCES_H

#include "cli/resource.h"

#define CLI_SECRET_SOURCES "prompt, file:PATH, fd:N, env:NAME, cred:NAME"

extern const cli_resource CLI_PACKAGE;
extern const cli_resource CLI_NUMBER_RANGE, CLI_DATASTORE, CLI_DATASTORE_ENTRY, CLI_VARIABLE;
extern const cli_resource CLI_QUEUE, CLI_QUEUE_BROKER, CLI_LOCK, CLI_DELTA_TOKEN;
extern const cli_resource CLI_LOG_FILE, CLI_LOG_FILE_ARCHIVE;
extern const cli_resource CLI_EXTERNAL_LOGGING, CLI_EXTERNAL_LOGGING_EVENT, CLI_ARCHIVING,
    CLI_ARCHIVING_KPI;
extern const cli_resource CLI_MESSAGE_STORE_ATTACHMENT, CLI_MESSAGE_STORE_PROPERTY;
extern const cli_resource CLI_B2B_DOCUMENT, CLI_B2B_PAYLOAD, CLI_B2B_ACKNOWLEDGEMENT,
    CLI_B2B_INTERCHANGE;
extern const cli_resource CLI_CREDENTIAL, CLI_ACCESS_POLICY, CLI_ACCESS_POLICY_REFERENCE,
    CLI_KEYSTORE, CLI_KEYSTORE_CERTIFICATE;
extern const cli_resource CLI_PARTNER, CLI_PARTNER_STRING, CLI_PARTNER_BINARY,
    CLI_PARTNER_ALTERNATIVE, CLI_PARTNER_USER, CLI_PARTNER_CREDENTIAL;

#endif
