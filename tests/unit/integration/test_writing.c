/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/write.h"
#include "integration/catalogue.h"
#include "integration/hint.h"
#include "integration/write_rules.h"

static const integration_catalogue *catalogue(void)
{
    const integration_catalogue *found = NULL;
    assert_int_equal(integration_catalogue_get(&found, NULL), CIHSM_OK);
    return found;
}

typedef struct rule_row {
    const char *method;
    const char *path;
    const char *says; /* NULL: allowed */
} rule_row;

static const rule_row RULES[] = {
    {"POST", "StringParameters", NULL},
    {"POST", "IntegrationDesigntimeArtifacts(Id='a',Version='active')/Resources", NULL},
    {"POST", "SomethingNew", NULL},
    {"POST", "UserCredentials('x')", "names one entity"},
    {"PUT", "UserCredentials('x')", NULL},
    {"PUT", "IntegrationDesigntimeArtifacts(Id='a',Version='active')/$links/Configurations('k')",
     NULL},
    {"PUT", "CertificateResources('6161')/$value", NULL},
    {"PUT", "KeystoreResources('system')", NULL},
    {"PUT", "SomethingNew(5)", NULL},
    {"PUT", "UserCredentials", "names a whole set"},
    {"PUT", "UserCredentials()", "names a whole set"},
    {"PUT", "AccessPolicies(1L)", "AccessPolicies takes no PUT, it is documented for "},
    {"PUT", "AccessPolicies(1L)", "use --patch"},
    {"PUT", "UserCredentialParameters(Pid='p',Id='i')", "cannot be changed"},
    {"PATCH", "AccessPolicies(1L)", NULL},
    {"PATCH", "SomethingNew('x')", NULL},
    {"PATCH", "Queues('x')", NULL}, /* not documented at all */
    {"PATCH", "UserCredentials('x')", "update it by PUT"},
    {"MERGE", "UserCredentials('x')", "update it by PUT"},
    {"MERGE", "AccessPolicies(1L)", "use --patch"},
    {"DELETE", "UserCredentials('x')", NULL},
    {"DELETE", "DataStores(DataStoreName='S',IntegrationFlow='F',Type='')", NULL},
    {"DELETE", "https://host/api/v1/UserCredentials('x')", NULL},
    {"DELETE", "UserCredentials", "whole set, which is never deleted"},
    {"DELETE", "UserCredentials()", "whole set"},
    {"DELETE", "UserCredentials(  )", "whole set"},
    {"DELETE", "UserCredentials/", "whole set"},
    {"DELETE", "DataStores(DataStoreName='S',IntegrationFlow='F',Type='')/Entries", "whole set"},
    {"DELETE", "https://host/api/v1/UserCredentials?x=Set('y')", "whole set"},
    {"DELETE", "/", "whole set"},
    {"DELETE", "", "whole set"},
    {"GET", "Function", NULL},
    {"TRACE", "UserCredentials('x')", "no method of OData"},
    {"delete", "UserCredentials('x')", "no method of OData"},
    {"", "UserCredentials('x')", "no method of OData"},
};

static void refuses_what_would_do_harm_or_cannot_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        const rule_row *row = &RULES[i];
        cihsm_error err = {0};
        const cihsm_status status =
            integration_write_check(catalogue(), row->method, row->path, &err);
        if (status != (row->says == NULL ? CIHSM_OK : CIHSM_E_USAGE)) {
            print_error("%s %s: %s\n", row->method, row->path, err.message);
        }
        assert_int_equal(status, row->says == NULL ? CIHSM_OK : CIHSM_E_USAGE);
        if (row->says != NULL) {
            assert_non_null(strstr(err.message, row->says));
        }
    }
    assert_int_equal(integration_write_check(NULL, "MERGE", "UserCredentials('x')", NULL),
                     CIHSM_OK);
    assert_int_equal(integration_write_check(NULL, "DELETE", "UserCredentials", NULL),
                     CIHSM_E_USAGE);
}

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    (void)err;
    char *out = user;
    strncat(out, bytes, len);
    return CIHSM_OK;
}

typedef struct set_row {
    const char *path;
    const char *name;
    const char *text;
    const char *json; /* NULL: refused */
} set_row;

static const set_row SETS[] = {
    {"StringParameters", "Value", "it's \"x\"", "{\"Value\":\"it's \\\"x\\\"\"}"},
    {"StringParameters", "Value", "5", "{\"Value\":\"5\"}"},
    {"StringParameters", "Value", "", "{\"Value\":\"\"}"},
    {"SomethingNew", "Number", "5", "{\"Number\":\"5\"}"},
    {"SomethingNew", "A.B.C", "x", "{\"A\":{\"B\":{\"C\":\"x\"}}}"},
    {"AccessPolicies", "Id", "9007199254740993", "{\"Id\":\"9007199254740993\"}"},
    {"AccessPolicies", "Id", "-1", "{\"Id\":\"-1\"}"},
    {"AccessPolicies", "Id", "1L", NULL},
    {"AccessPolicies", "Id", "9223372036854775808", NULL},
    {"AccessPolicies", "Id", "", NULL},
    {"MessageProcessingLogRunSteps", "ChildCount", "3", "{\"ChildCount\":3}"},
    {"MessageProcessingLogRunSteps", "ChildCount", "2147483648", NULL},
    {"MessageProcessingLogRunSteps", "ChildCount", "3.5", NULL},
    {"MessageProcessingLogs", "ArchivingLogAttachments", "true",
     "{\"ArchivingLogAttachments\":true}"},
    {"MessageProcessingLogs", "ArchivingLogAttachments", "false",
     "{\"ArchivingLogAttachments\":false}"},
    {"MessageProcessingLogs", "ArchivingLogAttachments", "yes", NULL},
    {"MessageProcessingLogs", "LogEnd", "2014-09-01T00:00:00",
     "{\"LogEnd\":\"/Date(1409529600000)/\"}"},
    {"MessageProcessingLogs", "LogEnd", "2014-09-01T02:00:00+02:00",
     "{\"LogEnd\":\"/Date(1409529600000)/\"}"},
    {"MessageProcessingLogs", "LogEnd", "/Date(5)/", "{\"LogEnd\":\"/Date(5)/\"}"},
    {"MessageProcessingLogs", "LogEnd", "yesterday", NULL},
    {"StringParameters", "", "x", NULL},
    {"StringParameters", ".A", "x", NULL},
    {"StringParameters", "A.", "x", NULL},
    {"StringParameters", "A..B", "x", NULL},
    {"StringParameters", "Value", "\xff", NULL},
};

static void writes_each_property_as_its_type_wants(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SETS / sizeof *SETS; i++) {
        const set_row *row = &SETS[i];
        CIHSM_AUTO(cihsm_value_free) cihsm_value *body = cihsm_value_new_object();
        cihsm_error err = {0};
        const cihsm_status status =
            cihsm_body_set_text(body, row->path, row->name, row->text, &err);
        assert_int_equal(status, row->json == NULL ? CIHSM_E_USAGE : CIHSM_OK);
        if (row->json != NULL) {
            char written[256] = "";
            assert_int_equal(cihsm_value_write(body, 0, append, written, NULL), CIHSM_OK);
            assert_string_equal(written, row->json);
        }
    }
}

static void a_later_setting_replaces_an_earlier_one(void **state)
{
    (void)state;
    static const char TEXT[] = "{\"A\":\"old\",\"B\":{\"C\":1}}";
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    char written[256] = "";
    assert_int_equal(cihsm_value_parse(TEXT, strlen(TEXT), &body, NULL), CIHSM_OK);
    assert_int_equal(cihsm_body_set_text(body, "X", "A.D", "new", NULL), CIHSM_OK);
    assert_int_equal(cihsm_body_set(body, "B.C", &list, NULL), CIHSM_OK);
    assert_null(list);
    assert_int_equal(cihsm_value_write(body, 0, append, written, NULL), CIHSM_OK);
    assert_string_equal(written, "{\"A\":{\"D\":\"new\"},\"B\":{\"C\":[]}}");
}

typedef struct created_row {
    const char *path;
    const char *sent;
    const char *answered; /* NULL: nothing */
    const char *created;
} created_row;

static const created_row CREATED[] = {
    {"StringParameters", "{\"Pid\":\"P\",\"Id\":\"it's\"}", NULL,
     "StringParameters(Pid='P',Id='it''s')"},
    {"UserCredentials", "{\"Name\":\"a\"}", "{\"Name\":\"b\"}", "UserCredentials('b')"},
    {"UserCredentials", "{\"Name\":\"a\"}", "{\"Name\":null}", "UserCredentials('a')"},
    {"AccessPolicies", "{\"RoleName\":\"r\"}", "{\"Id\":\"1901\"}", "AccessPolicies(1901L)"},
    {"AccessPolicies", "{\"RoleName\":\"r\"}", "{\"Id\":1901}", "AccessPolicies(1901L)"},
    {"AccessPolicies", "{\"RoleName\":\"r\"}", "{\"Id\":\"x\"}", ""},
    {"AccessPolicies", "{\"RoleName\":\"r\"}", NULL, ""},
    {"UserCredentials", "{\"Name\":{}}", NULL, ""},
    {"AccessPolicies(1L)/ArtifactReferences", "{}", "{\"Id\":\"7\"}", "ArtifactReferences(7L)"},
    {"SomethingNew", "{\"Id\":\"a\"}", NULL, ""},
};

static void parse(const char *text, cihsm_value **out)
{
    if (text != NULL) {
        assert_int_equal(cihsm_value_parse(text, strlen(text), out, NULL), CIHSM_OK);
    }
}

static void tells_where_a_new_entity_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CREATED / sizeof *CREATED; i++) {
        const created_row *row = &CREATED[i];
        CIHSM_AUTO(cihsm_value_free) cihsm_value *sent = NULL;
        CIHSM_AUTO(cihsm_value_free) cihsm_value *answered = NULL;
        parse(row->sent, &sent);
        parse(row->answered, &answered);
        const cihsm_request request = {.method = "POST", .path = row->path, .value = sent};
        char path[64] = "";
        assert_int_equal(cihsm_created_path(&request, answered, path, sizeof path),
                         row->created[0] != '\0');
        assert_string_equal(path, row->created);
        char small[8] = "x";
        assert_false(cihsm_created_path(&request, answered, small, sizeof small));
        assert_string_equal(small, "x");
    }
}

static void knows_the_function_imports(void **state)
{
    (void)state;
    assert_string_equal(cihsm_function_method("DeployIntegrationDesigntimeArtifact"), "POST");
    assert_null(cihsm_function_method("UserCredentials"));
    const char *near[CIHSM_NEAREST_MAX] = {0};
    assert_int_equal(cihsm_function_nearest("DeployIntegrationDesigntimeArtifac", near), 3);
    assert_string_equal(near[0], "DeployIntegrationDesigntimeArtifact");
    assert_int_equal(cihsm_function_nearest("UserCredentials", near), 0);
    assert_null(cihsm_function_method("Nothing"));
    assert_true(cihsm_function_takes_bare("activateExternalLogging", "defaultLogLevel"));
    assert_false(cihsm_function_takes_bare("CopyIntegrationPackage", "ImportMode"));
    assert_false(cihsm_function_takes_bare("CopyIntegrationPackage", "Suffix"));
    assert_false(cihsm_function_takes_bare("activateQueue", "Name"));
    assert_false(cihsm_function_takes_bare("Nothing", "Name"));
}

static void knows_secrets_by_their_names(void **state)
{
    (void)state;
    static const char *const SECRET[] = {"Password", "password", "ClientSecret", "SecureParam",
                                         "A.Password"};
    static const char *const PLAIN[] = {"User", "PasswordHint", "Password.X", ""};
    for (size_t i = 0; i < sizeof SECRET / sizeof *SECRET; i++) {
        assert_true(cihsm_property_is_secret(SECRET[i]));
    }
    for (size_t i = 0; i < sizeof PLAIN / sizeof *PLAIN; i++) {
        assert_false(cihsm_property_is_secret(PLAIN[i]));
    }
}

static void names_the_role_that_writing_needs(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"UserCredentials('x')", "writing UserCredentials: add CredentialsEdit"},
        {"DeployIntegrationDesigntimeArtifact", "add WorkspaceArtifactsDeploy to it"},
        {"activateB2BArchivingConfiguration", "which one is not documented"},
        {"MDIDeltaToken(Operation='a',Entity='b',Version='c')",
         "writing MDIDeltaToken, and which one is not documented"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(text_free) char *hint = NULL;
        assert_int_equal(integration_hint_403_write(catalogue(), ROWS[i][0], &hint, NULL),
                         CIHSM_OK);
        assert_non_null(hint);
        assert_non_null(strstr(hint, ROWS[i][1]));
    }
    CIHSM_AUTO(text_free) char *none = NULL;
    assert_int_equal(integration_hint_403_write(catalogue(), "SomethingNew", &none, NULL),
                     CIHSM_OK);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_would_do_harm_or_cannot_be),
        cmocka_unit_test(writes_each_property_as_its_type_wants),
        cmocka_unit_test(a_later_setting_replaces_an_earlier_one),
        cmocka_unit_test(tells_where_a_new_entity_is),
        cmocka_unit_test(knows_the_function_imports),
        cmocka_unit_test(knows_secrets_by_their_names),
        cmocka_unit_test(names_the_role_that_writing_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
