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
extern const cli_resource CLI_CREDENTIAL, CLI_ACCESS_POLICY, CLI_ACCESS_POLICY_REFERENCE,
    CLI_KEYSTORE, CLI_KEYSTORE_CERTIFICATE;
extern const cli_resource CLI_PARTNER, CLI_PARTNER_STRING, CLI_PARTNER_BINARY,
    CLI_PARTNER_ALTERNATIVE, CLI_PARTNER_USER, CLI_PARTNER_CREDENTIAL;

#endif
