/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials and access policies. Source: docs/sap-contract.md section 7.3.
 */
#include "cli/credential_parameters.h"
#include "cli/resources.h"

/* --- credentials ------------------------------------------------------------------------------ */

#define NAME_FIELD                                                                      \
    {                                                                                   \
        "name", "NAME", "its name", "Name", CLI_ENTITY, CLI_KEY | CLI_PLACE, NULL, NULL \
    }
#define DESCRIPTION_FIELD                                                               \
    {                                                                                   \
        "description", "TEXT", "what it is for", "Description", CLI_WRITES, 0, "", NULL \
    }

/* Every property must be there, if only with an empty text. */
static const cli_field USER_FIELDS[] = {
    NAME_FIELD,
    DESCRIPTION_FIELD,
    {"kind", "default|successfactors|openconnectors", "user: what it logs on to (default)", "Kind",
     CLI_WRITES, 0, "default", NULL},
    {"user", "USER", "user: the name of the user", "User", CLI_WRITES, CLI_REQUIRED, NULL, NULL},
    {"password-source", "SRC", "user: the password from " CLI_SECRET_SOURCES, "Password",
     CLI_WRITES, CLI_REQUIRED | CLI_SECRET, NULL, NULL},
    {"company", "ID", "user: company id, for successfactors", "CompanyId", CLI_WRITES, 0, "", NULL},
    {0},
};

#define EVERYBODY "; all who read credentials see it"

static const cli_field OAUTH2_FIELDS[] = {
    NAME_FIELD,
    DESCRIPTION_FIELD,
    {"token-url", "URL", "oauth2: URL of the token service", "TokenServiceUrl", CLI_WRITES,
     CLI_REQUIRED, NULL, NULL},
    {"client-id", "ID", "oauth2: id of the client", "ClientId", CLI_WRITES, CLI_REQUIRED, NULL,
     NULL},
    {"client-secret-source", "SRC", "oauth2: the client secret from " CLI_SECRET_SOURCES,
     "ClientSecret", CLI_WRITES, CLI_REQUIRED | CLI_SECRET, NULL, NULL},
    {"client-authentication", "body|header", "oauth2: where id and secret are sent (body)",
     "ClientAuthentication", CLI_WRITES, 0, "body", NULL},
    {"scope", "TEXT", "oauth2: scope to ask for", "Scope", CLI_WRITES, 0, "", NULL},
    {"scope-content-type", "urlencoded|json", "oauth2: form of the request (urlencoded)",
     "ScopeContentType", CLI_WRITES, 0, "urlencoded", NULL},
    {"resource", "TEXT", "oauth2: resource to ask for", "Resource", CLI_WRITES, 0, "", NULL},
    {"audience", "TEXT", "oauth2: audience to ask for", "Audience", CLI_WRITES, 0, "", NULL},
    {"body-parameter", "KEY=VALUE", "oauth2: custom parameter, sent in the body; repeat" EVERYBODY,
     "CustomParameters", CLI_CREATE, CLI_COMPLETED, NULL, NULL},
    {"url-parameter", "KEY=VALUE", "oauth2: the same, sent in the URL; repeat" EVERYBODY,
     "CustomParameters", CLI_CREATE, CLI_COMPLETED, NULL, NULL},
    {0},
};

static const cli_field SECURE_FIELDS[] = {
    NAME_FIELD,
    DESCRIPTION_FIELD,
    {"value-source", "SRC", "secure: the value from " CLI_SECRET_SOURCES, "SecureParam", CLI_WRITES,
     CLI_REQUIRED | CLI_SECRET, NULL, NULL},
    {0},
};

static const cli_kind CREDENTIALS[] = {
    {.type = "user",
     .set = "UserCredentials",
     .columns = "Name,Kind,User,Description",
     .fields = USER_FIELDS,
     .repeats_key = true},
    {.type = "oauth2",
     .set = "OAuth2ClientCredentials",
     .columns = "Name,ClientId,TokenServiceUrl,Description",
     .fields = OAUTH2_FIELDS,
     .expand = "CustomParameters",
     .dropped = "CustomParameters",
     .repeats_key = true,
     .complete = cli_credential_parameters},
    {.type = "secure",
     .set = "SecureParameters",
     .columns = "Name,Description,Status,DeployedBy,DeployedOn",
     .fields = SECURE_FIELDS,
     .repeats_key = true},
    {0},
};

const cli_resource CLI_CREDENTIAL = {
    .noun = "credential",
    .one = "a credential",
    .many = "credentials",
    .verbs = CLI_LIST | CLI_SHOW | CLI_CREATE | CLI_UPDATE | CLI_DELETE,
    .kinds = CREDENTIALS,
    .types = "user (if not given), oauth2 (client credentials), secure (parameter)",
    .examples = {[CLI_VERB_LIST] = "--type oauth2",
                 [CLI_VERB_SHOW] = "SFTP_Bank",
                 [CLI_VERB_CREATE] = "Shop --user shop --password-source prompt",
                 [CLI_VERB_UPDATE] = "Shop --password-source prompt",
                 [CLI_VERB_DELETE] = "Shop"},
};

/* --- access policies: keys are numbers of the tenant, people know the role -------------------- */

static const cli_field POLICY_FIELDS[] = {
    {"role", "ROLE", "name of its role", "RoleName", CLI_ENTITY, CLI_FOUND | CLI_PLACE, NULL, NULL},
    {"description", "TEXT", "what it is for", "Description", CLI_WRITES, 0, "", NULL},
    {0},
};

static const cli_kind POLICIES[] = {
    {.set = "AccessPolicies",
     .columns = "RoleName,Description,Id",
     .fields = POLICY_FIELDS,
     .expand = "ArtifactReferences",
     .method = "PATCH"},
    {0},
};

const cli_resource CLI_ACCESS_POLICY = {
    .noun = "access-policy",
    .one = "an access policy",
    .many = "access policies",
    .verbs = CLI_LIST | CLI_SHOW | CLI_CREATE | CLI_UPDATE | CLI_DELETE,
    .kinds = POLICIES,
    .loss = "with its references, so that nothing protects those artifacts",
    .examples = {[CLI_VERB_LIST] = "",
                 [CLI_VERB_SHOW] = "Payroll",
                 [CLI_VERB_CREATE] = "Invoicing --description \"Finance only\"",
                 [CLI_VERB_UPDATE] = "Invoicing --description \"Finance and audit\"",
                 [CLI_VERB_DELETE] = "Invoicing"},
};

static const cli_field REFERENCE_FIELDS[] = {
    {"role", "ROLE", "role of its access policy", "RoleName", CLI_LIST | CLI_CREATE,
     CLI_FOUND | CLI_PLACE | CLI_PLACE_IN_LIST, NULL, NULL},
    {"id", "ID", "its id, as list shows it", "Id", CLI_DELETE, CLI_KEY | CLI_PLACE, NULL, NULL},
    {"name", "NAME", "name of the reference", "Name", CLI_CREATE, CLI_REQUIRED, NULL, NULL},
    {"description", "TEXT", "what it is for", "Description", CLI_CREATE, 0, "", NULL},
    {"artifact-type", "TYPE", "INTEGRATION_FLOW (if not given), VALUE_MAPPING, MESSAGE_QUEUE, ...",
     "Type", CLI_CREATE, 0, "INTEGRATION_FLOW", NULL},
    {"attribute", "Name|ID", "what of the artifact is compared (ID)", "ConditionAttribute",
     CLI_CREATE, 0, "ID", NULL},
    {"value", "TEXT", "what it is compared with", "ConditionValue", CLI_CREATE, CLI_REQUIRED, NULL,
     NULL},
    {"condition", "exactString|regularExpression", "how (exactString)", "ConditionType", CLI_CREATE,
     0, "exactString", NULL},
    {0},
};

static const cli_parent POLICY_PARENT = {
    .set = "AccessPolicies", .navigation = "ArtifactReferences", .link = "AccessPolicy"};

static const cli_kind REFERENCES[] = {
    {.set = "ArtifactReferences",
     .columns = "Id,Name,Type,ConditionAttribute,ConditionType,ConditionValue",
     .fields = REFERENCE_FIELDS,
     .parent = &POLICY_PARENT},
    {0},
};

const cli_resource CLI_ACCESS_POLICY_REFERENCE = {
    .noun = "access-policy reference",
    .one = "a reference of an access policy",
    .many = "what an access policy is about",
    .verbs = CLI_LIST | CLI_CREATE | CLI_DELETE,
    .kinds = REFERENCES,
    .loss = "so that the policy does not protect that artifact",
    .examples = {[CLI_VERB_LIST] = "Payroll",
                 [CLI_VERB_CREATE] = "Payroll --name Pay --value Payroll_Run",
                 [CLI_VERB_DELETE] = "51"},
};
