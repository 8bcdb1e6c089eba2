/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata as rows: of a tenant, and of what is documented.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "cihsm/metadata.h"
#include "cihsm/scope.h"

static const char DOCUMENT[] =
    "<edmx:Edmx Version=\"1.0\" xmlns:edmx=\"http://schemas.microsoft.com/ado/2007/06/edmx\">"
    "<edmx:DataServices><Schema Namespace=\"com.x\""
    " xmlns=\"http://schemas.microsoft.com/ado/2008/09/edm\""
    " xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\">"
    "<EntityType Name=\"Base\"><Key><PropertyRef Name=\"Id\"/></Key>"
    "<Property Name=\"Id\" Type=\"Edm.String\" Nullable=\"false\"/></EntityType>"
    "<EntityType Name=\"Thing\" BaseType=\"com.x.Base\" m:HasStream=\"true\">"
    "<Property Name=\"Where\" Type=\"com.x.Place\"/>"
    "<Property Name=\"Word\" Type=\"Edm.String\" MaxLength=\"4000\"/>"
    "<NavigationProperty Name=\"Parts\" Relationship=\"com.x.A\" FromRole=\"t\" ToRole=\"p\"/>"
    "</EntityType>"
    "<ComplexType Name=\"Place\"><Property Name=\"Town\" Type=\"Edm.String\"/>"
    "<Property Name=\"In\" Type=\"com.x.Place\"/></ComplexType>"
    "<Association Name=\"A\"><End Role=\"t\" Type=\"com.x.Thing\" Multiplicity=\"1\"/>"
    "<End Role=\"p\" Type=\"com.x.Base\" Multiplicity=\"*\"/></Association>"
    "<EntityContainer Name=\"C\"><EntitySet Name=\"Things\" EntityType=\"com.x.Thing\"/>"
    "<EntitySet Name=\"MessageProcessingLogs\" EntityType=\"com.x.Base\"/>"
    "<EntitySet Name=\"MessageProcessingLog\" EntityType=\"com.x.None\"/>"
    "<FunctionImport Name=\"Deploy\" m:HttpMethod=\"POST\" ReturnType=\"Collection(com.x.Thing)\">"
    "<Parameter Name=\"Id\" Type=\"Edm.String\"/><Parameter Name=\"At\" Type=\"com.x.Place\"/>"
    "</FunctionImport><FunctionImport Name=\"Bare\"/>"
    "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>";

static cihsm_metadata *parse(void)
{
    cihsm_metadata *metadata = NULL;
    cihsm_error err = {0};
    if (cihsm_metadata_parse(DOCUMENT, strlen(DOCUMENT), &metadata, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    return metadata;
}

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

/* One row a line. */
static void assert_rows(const cihsm_value *rows, const char *expected)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(65536);
    for (const cihsm_value *row = cihsm_value_first(rows); row != NULL;
         row = cihsm_value_next(row)) {
        assert_int_equal(cihsm_value_write(row, 0, append, &text, NULL), CIHSM_OK);
        assert_int_equal(buffer_append_text(&text, "\n", NULL), CIHSM_OK);
    }
    assert_string_equal(buffer_text(&text), expected);
}

static void lists_the_sets(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = parse();
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    assert_int_equal(cihsm_metadata_sets(metadata, &rows, NULL), CIHSM_OK);
    assert_rows(rows, "{\"Set\":\"Things\",\"Keys\":\"Id\",\"Properties\":3,"
                      "\"Navigations\":\"Parts\",\"Media\":true,\"Documented\":false}\n"
                      "{\"Set\":\"MessageProcessingLogs\",\"Keys\":\"Id\",\"Properties\":1,"
                      "\"Navigations\":\"\",\"Media\":false,\"Documented\":true}\n"
                      "{\"Set\":\"MessageProcessingLog\",\"Keys\":\"\",\"Properties\":0,"
                      "\"Navigations\":\"\",\"Media\":false,\"Documented\":false}\n");
}

static const char THING[] =
    "{\"Name\":\"Id\",\"Kind\":\"key\",\"Type\":\"Edm.String\",\"Nullable\":false}\n"
    "{\"Name\":\"Where\",\"Kind\":\"property\",\"Type\":\"Place\",\"Nullable\":true}\n"
    "{\"Name\":\"Where.Town\",\"Kind\":\"property\",\"Type\":\"Edm.String\",\"Nullable\":true}\n"
    "{\"Name\":\"Where.In\",\"Kind\":\"property\",\"Type\":\"Place\",\"Nullable\":true}\n"
    "{\"Name\":\"Where.In.Town\",\"Kind\":\"property\",\"Type\":\"Edm.String\","
    "\"Nullable\":true}\n";

/* The complex type holds itself: it is unfolded four times. */
static void lists_the_members_of_a_set(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = parse();
    static const char *const NAMES[] = {"Things", "com.x.Thing", "Thing"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
        assert_int_equal(cihsm_metadata_members(metadata, NAMES[i], &rows, NULL), CIHSM_OK);
        assert_int_equal(cihsm_value_count(rows), 1 + 1 + 2 * 4 + 1 + 1);
        CIHSM_AUTO(cihsm_value_free) cihsm_value *some = cihsm_value_new_array();
        const cihsm_value *row = cihsm_value_first(rows);
        const cihsm_value *last = row;
        for (int at = 0; row != NULL; at++, row = cihsm_value_next(row)) {
            last = row;
            cihsm_value *copy = at < 5 ? cihsm_value_copy(row) : NULL;
            assert_true(copy == NULL || cihsm_value_append(some, &copy, NULL) == CIHSM_OK);
        }
        assert_rows(some, THING);
        assert_string_equal(cihsm_value_get_string(last, "Name"), "Parts");
        assert_string_equal(cihsm_value_get_string(last, "Kind"), "navigation");
        assert_string_equal(cihsm_value_get_string(last, "Type"), "Base");
        assert_string_equal(cihsm_value_get_string(last, "Multiplicity"), "*");
    }
}

static void lists_the_functions(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = parse();
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    assert_int_equal(cihsm_metadata_functions(metadata, &rows, NULL), CIHSM_OK);
    assert_rows(rows, "{\"Function\":\"Deploy\",\"Method\":\"POST\","
                      "\"Parameters\":\"Id Edm.String, At Place\","
                      "\"Returns\":\"Collection(Thing)\"}\n"
                      "{\"Function\":\"Bare\",\"Parameters\":\"\"}\n");
}

static void names_the_nearest_set(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = parse();
    cihsm_value *rows = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_metadata_members(metadata, "Thinks", &rows, &err), CIHSM_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "\"Thinks\": did you mean Things"));
    assert_int_equal(cihsm_metadata_members(metadata, "Qq", &rows, &err), CIHSM_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "\"cihsm metadata\" lists them"));
    assert_null(rows);
}

static const cihsm_value *row_of(const cihsm_value *rows, const char *member, const char *name)
{
    const cihsm_value *row = cihsm_value_first(rows);
    while (row != NULL && strcmp(cihsm_value_get_string(row, member), name) != 0) {
        row = cihsm_value_next(row);
    }
    assert_non_null(row);
    return row;
}

/* What is documented has the same form, and nothing that only a tenant knows. */
static void tells_what_is_documented(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *sets = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *members = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *functions = NULL;
    assert_int_equal(cihsm_metadata_documented(&metadata, NULL), CIHSM_OK);
    assert_int_equal(cihsm_metadata_sets(metadata, &sets, NULL), CIHSM_OK);
    assert_int_equal(cihsm_metadata_members(metadata, "DataStores", &members, NULL), CIHSM_OK);
    assert_int_equal(cihsm_metadata_functions(metadata, &functions, NULL), CIHSM_OK);

    const cihsm_value *stores = row_of(sets, "Set", "DataStores");
    assert_string_equal(cihsm_value_get_string(stores, "Keys"),
                        "DataStoreName, IntegrationFlow, Type");
    assert_true(cihsm_value_is_true(cihsm_value_get(stores, "Documented")));
    const cihsm_value *type = row_of(members, "Name", "Type");
    assert_string_equal(cihsm_value_get_string(type, "Kind"), "key");
    assert_null(cihsm_value_get(type, "Nullable"));
    const cihsm_value *entries = row_of(members, "Name", "Entries");
    assert_string_equal(cihsm_value_get_string(entries, "Multiplicity"), "*");
    assert_string_equal(cihsm_value_get_string(entries, "Set"), "DataStoreEntries");
    const cihsm_value *deploy =
        row_of(functions, "Function", "DeployIntegrationDesigntimeArtifact");
    assert_string_equal(cihsm_value_get_string(deploy, "Method"), "POST");
    assert_string_equal(cihsm_value_get_string(deploy, "Parameters"), "Id, Version");
    assert_null(cihsm_metadata_fetched_at(metadata));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_the_sets),           cmocka_unit_test(lists_the_members_of_a_set),
        cmocka_unit_test(lists_the_functions),      cmocka_unit_test(names_the_nearest_set),
        cmocka_unit_test(tells_what_is_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
