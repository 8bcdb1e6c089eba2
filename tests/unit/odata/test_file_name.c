/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cmocka_all.h"
#include "odata/file_name.h"

#define FLOW "IntegrationDesigntimeArtifacts(Id='Orders',Version='active')/$value"

static void assert_name(const char *disposition, const char *content_type, const char *path,
                        const char *expected)
{
    char name[FILE_NAME_SIZE];
    http_response response;
    http_response_init(&response, 0);
    response.disposition = disposition == NULL ? NULL : strdup(disposition);
    response.content_type = content_type == NULL ? NULL : strdup(content_type);
    assert_int_equal(odata_file_name(&response, path, name, NULL), CIHSM_OK);
    assert_string_equal(name, expected);
    http_response_free(&response);
}

static void takes_the_servers_name_if_it_is_one(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"attachment; filename=\"Orders.zip\"", "Orders.zip"},
        {"attachment; filename=\"../../Orders.zip\"", "Orders.zip"},
        {"attachment; filename=\"x\"; filename*=UTF-8''Gr%C3%BCn.zip", "Gr\xc3\xbcn.zip"},
        {"attachment; filename=\"x.zip\"; filename*=UTF-8''%0A", "x.zip"},
        {"attachment; filename=\"..\"", "Orders-active.zip"},
        {"attachment; filename=\"\"", "Orders-active.zip"},
        {"attachment; filename=\"Gr\xfcn.zip\"", "Orders-active.zip"},
        {"attachment", "Orders-active.zip"},
        {NULL, "Orders-active.zip"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_name(ROWS[i][0], "application/zip", FLOW, ROWS[i][1]);
    }
}

static void makes_one_of_path_and_type(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *content_type;
        const char *name;
    } ROWS[] = {
        {"MessageProcessingLogs('AG_1-x')/ErrorInformation/$value", "text/plain;charset=utf-8",
         "AG_1-x-ErrorInformation.txt"},
        {"Logs('A')/Attachments('B/..')/$value", "application/octet-stream", "A-B_...bin"},
        {"Variables(VariableName='O''Brien',IntegrationFlow='x')/$value", NULL, "O_Brien-x.bin"},
        {"AccessPolicies(1901L)/RoleName/$value", "TEXT/PLAIN", "1901L-RoleName.txt"},
        {"KeystoreEntries('6D79')/Certificate/$value", "application/pkix-cert",
         "6D79-Certificate.cer"},
        {"Logs('\xc3\xa4')/$value", "application/json; charset=x", "\xc3\xa4.json"},
        {"Logs('../..')/$value", "application/xml", "_.._...xml"},
        {"Logs('')/$value", "text/csv", "value.csv"},
        {"$value", "application/pdf", "value.pdf"},
        {"https://host:443/api/v1/Logs('A%3AB')/$value", "application/gzip", "A_3AB.gz"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_name(NULL, ROWS[i].content_type, ROWS[i].path, ROWS[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_servers_name_if_it_is_one),
        cmocka_unit_test(makes_one_of_path_and_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
