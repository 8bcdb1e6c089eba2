/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "integration/address.h"

static const integration_catalogue *catalogue(void)
{
    const integration_catalogue *found = NULL;
    assert_int_equal(integration_catalogue_get(&found, NULL), CIHSM_OK);
    return found;
}

typedef struct address_row {
    const char *typed;
    const char *sent;
} address_row;

static const address_row ROWS[] = {
    /* nothing to do */
    {"", ""},
    {"/", "/"},
    {"MessageProcessingLogs", "MessageProcessingLogs"},
    {"/MessageProcessingLogs/", "/MessageProcessingLogs/"},
    {"MessageProcessingLogs('AG''x')/Attachments", "MessageProcessingLogs('AG''x')/Attachments"},
    {"IntegrationDesigntimeArtifacts(Id='X',Version='active')/$value",
     "IntegrationDesigntimeArtifacts(Id='X',Version='active')/$value"},
    {"BuildAndDeployStatus(TaskId='t')", "BuildAndDeployStatus(TaskId='t')"},
    {"DataStores(DataStoreName='S',IntegrationFlow='F',Type='')",
     "DataStores(DataStoreName='S',IntegrationFlow='F',Type='')"},
    {"ExternalLoggingActivationStatus('any')", "ExternalLoggingActivationStatus('any')"},
    {"Nothing(a/b)", "Nothing(a/b)"},
    {"Nothing(1)", "Nothing(1)"},
    {"$metadata", "$metadata"},
    {"https://host/api/v1/AccessPolicies(1)", "https://host/api/v1/AccessPolicies(1)"},
    {"AccessPolicies(1L)", "AccessPolicies(1L)"},
    {"MessageProcessingLogs(guid'x')", "MessageProcessingLogs(guid'x')"},
    /* what the encoder refuses is left to it */
    {"AccessPolicies(", "AccessPolicies("},
    {"AccessPolicies('1", "AccessPolicies('1"},
    {"AccessPolicies(1)x", "AccessPolicies(1L)x"},
    {"KeystoreEntries(Alias='a\nb')", "KeystoreEntries(Alias='a\nb')"},
    {"KeystoreEntries(Alias='\xff')", "KeystoreEntries(Alias='\xff')"},
    /* literals by their types */
    {"AccessPolicies(1901)", "AccessPolicies(1901L)"},
    {"AccessPolicies( 1901 )", "AccessPolicies(1901L)"},
    {"AccessPolicies(Id=1901)/ArtifactReferences(7)",
     "AccessPolicies(Id=1901L)/ArtifactReferences(7L)"},
    {"AccessPolicies('1901')", "AccessPolicies(1901L)"},
    {"UserCredentials(my name)", "UserCredentials('my name')"},
    {"UserCredentials(Name=x)", "UserCredentials(Name='x')"},
    {"MessageProcessingLogRuns('r')/RunSteps(RunId=r,ChildCount='3')",
     "MessageProcessingLogRuns('r')/RunSteps(RunId='r',ChildCount=3)"},
    {"JmsMessages(Msgid='m', Name=Q, Failed=false)",
     "JmsMessages(Msgid='m',Name='Q',Failed=false)"},
    {"ArchivingKeyPerformanceIndicators(2026-03-01T14:30+01:00)",
     "ArchivingKeyPerformanceIndicators(datetime'2026-03-01T13:30:00')"},
    {"ArchivingKeyPerformanceIndicators(datetime'2026-03-01T13:30:00')",
     "ArchivingKeyPerformanceIndicators(datetime'2026-03-01T13:30:00')"},
    {"PgpKeyEntries(x)", "PgpKeyEntries(x)"},
    /* hex keys from plain values */
    {"KeystoreEntries(Alias='my/key')", "KeystoreEntries('6D792F6B6579')"},
    {"KeystoreEntries(alias=my key)/Certificate/$value",
     "KeystoreEntries('6D79206B6579')/Certificate/$value"},
    {"KeystoreEntries(Alias='O''Br\\ien')", "KeystoreEntries('4F2742725C69656E')"},
    {"KeystoreEntries(Alias='\xc3\xa4')", "KeystoreEntries('C3A4')"},
    {"KeystoreEntries(Alias='C3A4')", "KeystoreEntries('43334134')"},
    {"KeystoreEntries('c3a4')", "KeystoreEntries('c3a4')"},
    {"KeystoreEntries(c3a4)", "KeystoreEntries('c3a4')"},
    {"KeystoreEntries(Hexalias='c3a4')", "KeystoreEntries(Hexalias='c3a4')"},
    {"KeystoreEntries('C3')/ChainCertificates(Alias='\xc3\xa4',Index=0)",
     "KeystoreEntries('C3')/ChainCertificates(Hexalias='C3A4',Index=0)"},
    {"HistoryKeystoreEntries(Alias='a')", "HistoryKeystoreEntries('61')"},
    {"AlternativePartners(Agency='a/b',Scheme='s',Id='i')",
     "AlternativePartners(Hexagency='612F62',Hexscheme='73',Hexid='69')"},
    {"AlternativePartners(Hexagency='61',Scheme='s',Id='i')",
     "AlternativePartners(Hexagency='61',Hexscheme='73',Hexid='69')"},
    {"IdempotentRepositoryEntries(Source='s',Entry='')",
     "IdempotentRepositoryEntries(HexSource='73',HexEntry='')"},
    {"Locks(Component='c',Source='s',Entry='e')",
     "Locks(Component='c',HexSource='73',HexEntry='65')"},
    /* below an entity a part of the key is enough */
    {"IntegrationDesigntimeArtifacts(Id='X',Version='1')/Resources('n')",
     "IntegrationDesigntimeArtifacts(Id='X',Version='1')/Resources('n')"},
    {"IntegrationDesigntimeArtifacts(Id=X,Version=1)/$links/Configurations(a b)",
     "IntegrationDesigntimeArtifacts(Id='X',Version='1')/$links/Configurations('a b')"},
};

static void writes_keys_as_the_server_wants_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(text_free) char *sent = NULL;
        cihsm_error err = {0};
        const cihsm_status status = integration_address(catalogue(), ROWS[i].typed, &sent, &err);
        if (status != CIHSM_OK || strcmp(sent, ROWS[i].sent) != 0) {
            fail_msg("%s: %s %s", ROWS[i].typed, sent == NULL ? "" : sent, err.message);
        }
    }
}

/* What was made once is not made again. */
static void leaves_what_it_wrote(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(text_free) char *again = NULL;
        assert_int_equal(integration_address(catalogue(), ROWS[i].sent, &again, NULL), CIHSM_OK);
        assert_string_equal(again, ROWS[i].sent);
    }
}

static const address_row REFUSED[] = {
    {"AccessPolicies(abc)", "the key Id of AccessPolicies: \"abc\" is no Edm.Int64"},
    {"AccessPolicies(9223372036854775808)", "a whole number of 64 bits"},
    {"MessageProcessingLogRunSteps(RunId='r',ChildCount=2147483648)", "the key ChildCount of"},
    {"JmsMessages(Msgid='m',Name='Q',Failed=no)", "write true or false"},
    {"KeystoreEntries('my key')", "no hex; name the plain value, and the hex is made from it: "
                                  "KeystoreEntries(Alias='…')"},
    {"KeystoreEntries('my/key')", "KeystoreEntries(Alias='…')"},
    {"KeystoreEntries('abc')", "no hex"},
    {"KeystoreEntries(Hexalias='xy')", "no hex"},
    {"KeystoreEntries(Alias=X'6869')", "no hex"},
    {"AlternativePartners(Hexagency='61',Hexscheme='a/b',Hexid='69')",
     "the key Hexscheme of AlternativePartners"},
    {"IntegrationDesigntimeArtifacts('X')",
     "IntegrationDesigntimeArtifacts(Id='…',Version='…'); --unchecked"},
    {"IntegrationDesigntimeArtifacts(Id='X')", "(Id='…',Version='…')"},
    {"IntegrationDesigntimeArtifacts(Id='X',Id='Y')", "(Id='…',Version='…')"},
    {"IntegrationDesigntimeArtifacts(Id='X',version='1')", "(Id='…',Version='…')"},
    {"IntegrationDesigntimeArtifacts('X','1')", "(Id='…',Version='…')"},
    {"AlternativePartners('61')", "(Agency='…',Scheme='…',Id='…')"},
    {"Locks('61')", "(Component='…',Source='…',Entry='…')"},
    {"MessageProcessingLogs(Id='x')", "(MessageGuid='…')"},
    {"MessageProcessingLogs('x','y')", "(MessageGuid='…')"},
    {"JmsMessages('m')", "(Msgid='…',Name='…',Failed=…)"},
};

static void refuses_keys_that_name_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        CIHSM_AUTO(text_free) char *sent = NULL;
        cihsm_error err = {0};
        const cihsm_status status = integration_address(catalogue(), REFUSED[i].typed, &sent, &err);
        if (status != CIHSM_E_USAGE || strstr(err.message, REFUSED[i].sent) == NULL) {
            fail_msg("%s: %s", REFUSED[i].typed, err.message);
        }
        assert_null(sent);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_keys_as_the_server_wants_them),
        cmocka_unit_test(leaves_what_it_wrote),
        cmocka_unit_test(refuses_keys_that_name_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
