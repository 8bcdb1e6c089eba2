/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/resources.h"

const cli_resource *const CLI_RESOURCES[] = {&CLI_PACKAGE,
                                             &CLI_KEYSTORE,
                                             &CLI_KEYSTORE_CERTIFICATE,
                                             &CLI_CREDENTIAL,
                                             &CLI_ACCESS_POLICY,
                                             &CLI_ACCESS_POLICY_REFERENCE,
                                             &CLI_PARTNER,
                                             &CLI_PARTNER_STRING,
                                             &CLI_PARTNER_BINARY,
                                             &CLI_PARTNER_ALTERNATIVE,
                                             &CLI_PARTNER_USER,
                                             &CLI_PARTNER_CREDENTIAL,
                                             &CLI_DATASTORE,
                                             &CLI_DATASTORE_ENTRY,
                                             &CLI_VARIABLE,
                                             &CLI_NUMBER_RANGE,
                                             NULL};
