/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm_metadata_parse: what the usual kinds of EDMX declare, and what no tenant should send.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "odata/edmx.h"
#include "odata/metadata.h"

#define EDM_2008 "http://schemas.microsoft.com/ado/2008/09/edm"
#define NS_M "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
#define ROOM ((size_t)32 * 1024 * 1024)

#define HEAD(edm)                                                    \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"                     \
    "<edmx:Edmx Version=\"1.0\" xmlns:m=\"" NS_M "\""                \
    " xmlns:edmx=\"http://schemas.microsoft.com/ado/2007/06/edmx\">" \
    "<edmx:DataServices m:DataServiceVersion=\"2.0\">"               \
    "<Schema Namespace=\"com.x\" Alias=\"Self\" xmlns=\"" edm "\">"
#define TAIL "</Schema></edmx:DataServices></edmx:Edmx>"

#define TYPE                                                                           \
    "<EntityType Name=\"Log\" m:HasStream=\"true\">"                                   \
    "<Documentation><Summary>of a <EntityType/> run</Summary></Documentation>"         \
    "<Key><PropertyRef Name=\"Id\"/><PropertyRef Name=\"Part\"/></Key>"                \
    "<Property Name=\"Id\" Type=\"Edm.String\" Nullable=\"false\" MaxLength=\"120\"/>" \
    "<Property Name=\"Part\" Type=\"Edm.Int32\" Nullable=\"0\"/>"                      \
    "<Property Name=\"At\" Type=\"Edm.DateTime\" MaxLength=\"Max\"/>"                  \
    "<Property Name=\"Artifact\" Type=\"Self.Artifact\"/>"                             \
    "<NavigationProperty Name=\"Runs\" Relationship=\"Self.Log_Run\" FromRole=\"log\"" \
    " ToRole=\"run\"/>"                                                                \
    "<NavigationProperty Name=\"Lost\" Relationship=\"com.x.None\" FromRole=\"a\""     \
    " ToRole=\"b\"/></EntityType>"                                                     \
    "<EntityType Name=\"Run\" BaseType=\"com.x.Log\">"                                 \
    "<Property Name=\"Step\" Type=\"Edm.Int64\"/></EntityType>"                        \
    "<ComplexType Name=\"Artifact\"><Property Name=\"Name\" Type=\"Edm.String\"/>"     \
    "</ComplexType>"                                                                   \
    "<Association Name=\"Log_Run\"><End Type=\"Self.Log\" Multiplicity=\"1\""          \
    " Role=\"log\"/><End Type=\"Self.Run\" Multiplicity=\"*\" Role=\"run\"/>"          \
    "<ReferentialConstraint><Principal Role=\"log\"><PropertyRef Name=\"Id\"/>"        \
    "</Principal></ReferentialConstraint></Association>"
#define CONTAINER                                                                  \
    "<EntityContainer Name=\"C\" m:IsDefaultEntityContainer=\"true\">"             \
    "<EntitySet Name=\"Logs\" EntityType=\"Self.Log\"/>"                           \
    "<EntitySet Name=\"Runs\" EntityType=\"com.x.Run\"/>"                          \
    "<AssociationSet Name=\"S\" Association=\"Self.Log_Run\">"                     \
    "<End EntitySet=\"Logs\" Role=\"log\"/><End EntitySet=\"Runs\" Role=\"run\"/>" \
    "</AssociationSet>"                                                            \
    "<FunctionImport Name=\"Deploy\" ReturnType=\"Collection(Self.Log)\""          \
    " EntitySet=\"Logs\" m:HttpMethod=\"POST\">"                                   \
    "<Parameter Name=\"Id\" Type=\"Edm.String\" Mode=\"In\" Nullable=\"false\"/>"  \
    "</FunctionImport></EntityContainer>"

static const char DOCUMENT[] = HEAD(EDM_2008) TYPE CONTAINER TAIL;

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static void print(const cihsm_value *value, buffer *to)
{
    assert_int_equal(cihsm_value_write(value, 0, append, to, NULL), CIHSM_OK);
}

static const char DIGEST[] =
    "{\"types\":["
    "{\"name\":\"com.x.Log\",\"media\":true,\"kind\":\"entity\","
    "\"keys\":[{\"name\":\"Id\"},{\"name\":\"Part\"}],"
    "\"properties\":[{\"name\":\"Id\",\"type\":\"Edm.String\",\"nullable\":false,"
    "\"maxLength\":120},"
    "{\"name\":\"Part\",\"type\":\"Edm.Int32\",\"nullable\":false},"
    "{\"name\":\"At\",\"type\":\"Edm.DateTime\"},"
    "{\"name\":\"Artifact\",\"type\":\"com.x.Artifact\"}],"
    "\"navigations\":[{\"name\":\"Runs\",\"target\":\"com.x.Run\",\"multiplicity\":\"*\","
    "\"set\":\"Runs\"},{\"name\":\"Lost\"}]},"
    "{\"name\":\"com.x.Run\",\"base\":\"com.x.Log\",\"kind\":\"entity\","
    "\"properties\":[{\"name\":\"Step\",\"type\":\"Edm.Int64\"}]},"
    "{\"name\":\"com.x.Artifact\",\"kind\":\"complex\","
    "\"properties\":[{\"name\":\"Name\",\"type\":\"Edm.String\"}]}],"
    "\"sets\":[{\"name\":\"Logs\",\"type\":\"com.x.Log\"},"
    "{\"name\":\"Runs\",\"type\":\"com.x.Run\"}],"
    "\"functions\":[{\"name\":\"Deploy\",\"method\":\"POST\","
    "\"returns\":\"Collection(com.x.Log)\",\"set\":\"Logs\","
    "\"parameters\":[{\"name\":\"Id\",\"type\":\"Edm.String\",\"nullable\":false}]}]}";

static void reads_what_is_declared(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = NULL;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(ROOM);
    cihsm_error err = {0};
    assert_int_equal(cihsm_metadata_parse(DOCUMENT, strlen(DOCUMENT), &metadata, &err), CIHSM_OK);
    print(odata_metadata_digest(metadata), &text);
    assert_string_equal(buffer_text(&text), DIGEST);
    assert_null(cihsm_metadata_fetched_at(metadata));
}

static void reads_every_usual_namespace(void **state)
{
    (void)state;
    static const char *const SPACES[] = {"2006/04", "2007/05", "2008/01", "2008/09", "2009/11"};
    for (size_t i = 0; i < sizeof SPACES / sizeof *SPACES; i++) {
        char text[sizeof DOCUMENT];
        memcpy(text, DOCUMENT, sizeof text);
        memcpy(strstr(text, "2008/09"), SPACES[i], strlen(SPACES[i]));
        CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = NULL;
        assert_int_equal(cihsm_metadata_parse(text, strlen(text), &metadata, NULL), CIHSM_OK);
        assert_non_null(odata_metadata_set(metadata, "Logs"));
    }
}

/* Types in one schema, sets in another: each alias is for its own. */
static void reads_several_schemas(void **state)
{
    (void)state;
    static const char TWO[] = HEAD(EDM_2008) TYPE
        "</Schema><Schema Namespace=\"com.y\" Alias=\"com\" xmlns=\"" EDM_2008 "\">"
        "<EntityType Name=\"Own\"/>"
        "<EntityContainer Name=\"C\"><EntitySet Name=\"Logs\" EntityType=\"com.x.Log\"/>"
        "<EntitySet Name=\"Owns\" EntityType=\"com.Own\"/></EntityContainer>" TAIL;
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = NULL;
    assert_int_equal(cihsm_metadata_parse(TWO, strlen(TWO), &metadata, NULL), CIHSM_OK);
    assert_string_equal(odata_metadata_property_type(metadata, "Logs", "At"), "Edm.DateTime");
    assert_string_equal(cihsm_value_get_string(odata_metadata_set(metadata, "Owns"), "type"),
                        "com.y.Own");
    assert_non_null(odata_metadata_type(metadata, "com.y.Own"));
}

static void knows_the_types_of_properties(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = NULL;
    assert_int_equal(cihsm_metadata_parse(DOCUMENT, strlen(DOCUMENT), &metadata, NULL), CIHSM_OK);
    const struct {
        const char *owner;
        const char *property;
        const char *type;
    } rows[] = {
        {"Logs", "At", "Edm.DateTime"},
        {"com.x.Log", "At", "Edm.DateTime"},
        {"Runs", "At", "Edm.DateTime"},
        {"Runs", "Step", "Edm.Int64"},
        {"com.x.Run", "Id", "Edm.String"},
        {"com.x.Artifact", "Name", "Edm.String"},
        {"Logs", "Step", NULL},
        {"Log", "At", NULL},
        {"None", "At", NULL},
        {"", "", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *type = odata_metadata_property_type(metadata, rows[i].owner, rows[i].property);
        if (rows[i].type == NULL) {
            assert_null(type);
        } else {
            assert_string_equal(type, rows[i].type);
        }
    }
}

/* A type that is its own base. */
static void ends_where_types_go_in_circles(void **state)
{
    (void)state;
    static const char CIRCLE[] =
        HEAD(EDM_2008) "<EntityType Name=\"A\" BaseType=\"Self.B\"/><EntityType Name=\"B\" "
                       "BaseType=\"Self.A\"/>"
                       "<EntityContainer Name=\"C\"><EntitySet Name=\"As\" EntityType=\"Self.A\"/>"
                       "</EntityContainer>" TAIL;
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = NULL;
    assert_int_equal(cihsm_metadata_parse(CIRCLE, strlen(CIRCLE), &metadata, NULL), CIHSM_OK);
    assert_null(odata_metadata_property_type(metadata, "As", "Id"));
}

typedef struct bad_row {
    const char *text;
    const char *words;
} bad_row;

static const bad_row BAD[] = {
    {"", "the metadata is empty"},
    {" \n", "line 2: no element found"},
    {"{\"d\":{\"EntitySets\":[]}}", "not well-formed"},
    {"<html><body>Log on</body></html>", "no EDMX document begins with the element \"html\""},
    {"<!DOCTYPE html>\n<html/>", "line 1: it has a DOCTYPE"},
    {"<Edmx/>", "no EDMX document begins with the element \"Edmx\""},
    {"<service xmlns=\"http://www.w3.org/2007/app\"/>", "begins with the element \"service\""},
    {"<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"/>",
     "it is of OData V4, where V2 is due"},
    {HEAD(EDM_2008) TYPE TAIL, "declares no entity set"},
    {HEAD("http://example.com/edm") TYPE CONTAINER TAIL, "declares no entity set"},
    {HEAD(EDM_2008) TYPE CONTAINER, "no element found"},
    {HEAD(EDM_2008) "<EntityType/>" TAIL, "an element lacks \"Name\""},
    {HEAD(EDM_2008) "<EntityType Name=\"A\"><Property Name=\"B\"/></EntityType>" TAIL,
     "an element lacks \"Type\""},
    {HEAD(EDM_2008) "<EntityType Name=\"a b\"/>" TAIL, "there is no such name as \"a b\""},
    {HEAD(EDM_2008) "<EntityType Name=\"\"/>" TAIL, "there is no such name as \"\""},
    {HEAD(EDM_2008) "<EntityType Name=\"$(reboot)\"/>" TAIL, "there is no such name"},
    {HEAD(EDM_2008) "<EntityType Name=\"a&#10;b\"/>" TAIL, "there is no such name as \"a\\x0ab\""},
    {HEAD(EDM_2008) "<EntityType Name=\"a&#x9b;2Jb\"/>" TAIL, "there is no such name"},
    {HEAD(EDM_2008) "<EntityType Name=\"A\" BaseType=\"B;C\"/>" TAIL, "there is no such name"},
    {HEAD(EDM_2008) "<Association Name=\"A\"><End Type=\"B\" "
                    "Multiplicity=\"5\"/></Association>" TAIL,
     "there is no such multiplicity as \"5\""},
    {HEAD(EDM_2008) "<EntityType Name=\"A&lol;\"/>" TAIL, "undefined entity"},
    {"<?xml version=\"1.0\" encoding=\"klingon\"?><a/>", "unknown encoding"},
    {"<a xmlns=\"\xff\"/>", "not well-formed"},
    {"<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n"
     "<a>&x;</a>",
     "line 2: it has a DOCTYPE"},
    {"<!DOCTYPE a [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><a>&b;</a>",
     "it has a DOCTYPE"},
    {"<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/a.dtd\"><a/>", "it has a DOCTYPE"},
};

static void assert_refused(const char *text, size_t len, const char *words)
{
    cihsm_metadata *metadata = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_metadata_parse(text, len, &metadata, &err), CIHSM_E_PROTOCOL);
    assert_null(metadata);
    if (strstr(err.message, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", err.message, words);
    }
}

static void refuses_what_is_no_metadata(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_refused(BAD[i].text, strlen(BAD[i].text), BAD[i].words);
    }
}

static void refuses_a_document_cut_off_anywhere(void **state)
{
    (void)state;
    for (size_t len = 1; len < sizeof DOCUMENT - 1; len += 7) {
        assert_refused(DOCUMENT, len, "the metadata cannot be read: line ");
    }
}

static void add_times(buffer *to, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        assert_int_equal(buffer_append_text(to, text, NULL), CIHSM_OK);
    }
}

static void refuses_what_is_nested_too_deeply(void **state)
{
    (void)state;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(ROOM);
    add_times(&text, HEAD(EDM_2008), 1);
    add_times(&text, "<a>", 10000);
    assert_refused(text.data, text.len, "elements are nested too deeply");
}

static void refuses_a_name_without_end(void **state)
{
    (void)state;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(ROOM);
    add_times(&text, HEAD(EDM_2008) "<EntityType Name=\"", 1);
    add_times(&text, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 100000);
    add_times(&text, "\"/>" TAIL, 1);
    assert_refused(text.data, text.len, "there is no such name as \"aaaa");
}

static void refuses_more_than_a_tenant_can_have(void **state)
{
    (void)state;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(ROOM);
    add_times(&text, HEAD(EDM_2008), 1);
    add_times(&text, "<EntityType Name=\"A\"/>", EDMX_ELEMENTS_MAX + 1);
    add_times(&text, TAIL, 1);
    assert_refused(text.data, text.len, "more than a tenant can have");

    buffer_clear(&text);
    add_times(&text, HEAD(EDM_2008), 1);
    add_times(&text, "                                ", EDMX_BYTES_MAX / 32);
    add_times(&text, TAIL, 1);
    assert_refused(text.data, text.len, "more than the");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_declared),
        cmocka_unit_test(reads_every_usual_namespace),
        cmocka_unit_test(reads_several_schemas),
        cmocka_unit_test(knows_the_types_of_properties),
        cmocka_unit_test(ends_where_types_go_in_circles),
        cmocka_unit_test(refuses_what_is_no_metadata),
        cmocka_unit_test(refuses_a_document_cut_off_anywhere),
        cmocka_unit_test(refuses_what_is_nested_too_deeply),
        cmocka_unit_test(refuses_a_name_without_end),
        cmocka_unit_test(refuses_more_than_a_tenant_can_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
