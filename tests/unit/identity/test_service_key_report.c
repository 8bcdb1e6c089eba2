/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "identity/certificate.h"
#include "identity/service_key_dn.h"
#include "identity/service_key_report.h"
#include "unit/identity/fixture.h"

#define WARN_DAYS 30
#define TEXT_MAX 65536

static const char API[] = "https://t.it-cpi001.cfapps.eu10.hana.ondemand.com";
static const char TOKEN[] = "https://t.authentication.cert.eu10.hana.ondemand.com/oauth/token";

/* A service key whose fields can be replaced or, by NULL, left out. */
static cihsm_value *document_of(X509 *leaf)
{
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&leaf, 1);
    cihsm_value *made = cihsm_value_new_object();
    assert_non_null(made);
    assert_int_equal(cihsm_value_set_string(made, "url", API, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_set_string(made, "tokenurl", TOKEN, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_set_string(made, "clientid", "sb-x!b1|it!b1", NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_set_string(made, "certificate", pem, NULL), CIHSM_OK);
    return made;
}

typedef struct outcome {
    cihsm_status status;
    cihsm_error err;
    identity_finding items[IDENTITY_FINDINGS_MAX];
    finding_list found;
} outcome;

static void check_text(const char *text, service_key_report_input input, outcome *out)
{
    CIHSM_AUTO(fixture_file_remove) char *path = fixture_file(text, strlen(text), 0600);
    *out = (outcome){.status = CIHSM_OK};
    out->found = (finding_list){.items = out->items, .room = IDENTITY_FINDINGS_MAX};
    input.path = path;
    input.now = time(NULL);
    input.warn_days = WARN_DAYS;
    CIHSM_AUTO(service_key_report_free) service_key_report report = {.key = NULL};
    out->status = service_key_report_make(&input, &out->found, &report, &out->err);
}

static void check(const cihsm_value *document, service_key_report_input input, outcome *out)
{
    CIHSM_AUTO(text_free) char *text = fixture_json(document);
    check_text(text, input, out);
    assert_int_equal(out->status, CIHSM_OK);
}

/* "error code, warn code"; those that only inform are left out. */
static void assert_findings(const outcome *of, const char *wanted)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(TEXT_MAX);
    for (size_t i = 0; i < of->found.count; i++) {
        const identity_finding *item = &of->items[i];
        assert_true(item->sentence[0] != '\0' && item->action[0] != '\0');
        if (item->level == IDENTITY_INFO) {
            continue;
        }
        CIHSM_AUTO(text_free) char *one = NULL;
        assert_int_equal(text_format(&one, NULL, "%s%s %s", text.len == 0 ? "" : ", ",
                                     finding_level_name(item->level), item->code),
                         CIHSM_OK);
        assert_int_equal(buffer_append_text(&text, one, NULL), CIHSM_OK);
    }
    assert_string_equal(buffer_text(&text), wanted);
}

static void assert_finds(const cihsm_value *document, service_key_report_input input,
                         const char *wanted)
{
    outcome of;
    check(document, input, &of);
    assert_findings(&of, wanted);
}

typedef struct field_case {
    const char *field;
    const char *value; /* NULL: null */
    const char *wanted;
} field_case;

static const field_case FIELDS[] = {
    {"url", API, ""},
    {"url", NULL, "error field-missing"},
    {"url", "http://x", "error url-malformed"},
    {"url", "https://h/api/v1/", ""},
    {"url", "https://h/itspaces", "warn url-has-path"},
    {"url", "https://h/location/abc/api/v1", "warn edge-external-certificate"},
    {"url", "https://t.it-cpi001-rt.cfapps.eu10.hana.ondemand.com", "warn url-runtime-host"},
    {"url", "https://t.IT-RT.cfapps.eu10.hana.ondemand.com:443", "warn url-runtime-host"},
    {"url", "https://it-support-rta.example.com", ""},
    {"tokenurl", NULL, "warn field-missing"},
    {"tokenurl", "ftp://h", "error url-malformed"},
    {"tokenurl", "https://t.authentication.eu10.hana.ondemand.com/oauth/token", ""},
    {"tokenurl", "https://t.authentication.cert.eu10.hana.ondemand.com", "warn token-path"},
    {"tokenurl", "https://sso.example.com/oauth/token/", ""},
    {"clientid", NULL, "warn field-missing"},
    {"clientid", "", "error field-malformed"},
    {"certificate", NULL, "error type-unclear"},
    {"certificate", "x", "error certificate-unusable"},
    {"key", "x", "error certificate-unusable"},
    {"certificatedetails", "x", "warn details-unreadable"},
};

static void each_field_has_its_findings(void **state)
{
    const fixture_pki *pki = *state;
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *document = document_of(pki->leaf);
        assert_int_equal(cihsm_value_set_string(document, FIELDS[i].field, FIELDS[i].value, NULL),
                         CIHSM_OK);
        assert_finds(document, (service_key_report_input){0}, FIELDS[i].wanted);
    }
}

static void all_faults_are_told_at_once(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = document_of(pki->leaf);
    assert_int_equal(cihsm_value_set_string(document, "url", "x", NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_set_string(document, "tokenurl", NULL, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_set_string(document, "certificate", "x", NULL), CIHSM_OK);
    assert_finds(document, (service_key_report_input){0},
                 "warn field-missing, error url-malformed, error certificate-unusable");
}

static void only_one_leaf_is_allowed(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const two[] = {pki->leaf, pki->lower};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(two, 2);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = document_of(pki->leaf);
    assert_int_equal(cihsm_value_set_string(document, "certificate", pem, NULL), CIHSM_OK);
    outcome of;
    check(document, (service_key_report_input){0}, &of);
    assert_findings(&of, "error certificate-unusable");
    assert_non_null(strstr(of.items[0].sentence, "holds 2 certificates"));
}

static void what_is_no_service_key_ends_the_check(void **state)
{
    (void)state;
    static const char *const ROWS[] = {"", "[]", "{", "{\"clientId\":\"x\"}",
                                       "{\"key-type\":\"certificate_external\"}"};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        outcome of;
        check_text(ROWS[i], (service_key_report_input){0}, &of);
        assert_int_equal(of.status, CIHSM_E_CONFIG);
        assert_error(&of.err, CIHSM_E_CONFIG, "");
        assert_int_equal(of.found.count, 0);
    }
}

static void secrets_have_their_own_rules(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"{\"url\":\"https://h\",\"clientid\":\"c\",\"clientsecret\":\"s\",\"tokenurl\":"
         "\"https://t.authentication.eu10.hana.ondemand.com/oauth/token\"}",
         ""},
        {"{\"url\":\"https://h\",\"clientid\":\"c\",\"clientsecret\":\"s\",\"tokenurl\":"
         "\"https://t.authentication.cert.eu10.hana.ondemand.com/oauth/token\"}",
         "warn token-host-cert"},
        {"{\"url\":\"https://h\",\"clientsecret\":\"s\"}",
         "error field-missing, error field-missing"},
        {"{\"url\":\"https://h\",\"clientsecret\":\"s\",\"key\":\"k\",\"clientid\":\"c\","
         "\"tokenurl\":\"https://a.authentication.b/oauth/token\"}",
         "error type-unclear"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        outcome of;
        check_text(ROWS[i][0], (service_key_report_input){0}, &of);
        assert_int_equal(of.status, CIHSM_OK);
        assert_findings(&of, ROWS[i][1]);
    }
}

/* --- certificatedetails -------------------------------------------------------------------- */

static void set_detail(cihsm_value *document, const char *field, const char *value)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *details = cihsm_value_new_object();
    assert_int_equal(cihsm_value_set_string(details, field, value, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_set(document, "certificatedetails", &details, NULL), CIHSM_OK);
}

static void assert_detail(X509 *leaf, const char *field, const char *value, const char *wanted)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = document_of(leaf);
    set_detail(document, field, value);
    assert_finds(document, (service_key_report_input){0}, wanted);
}

static void the_serial_number_is_compared_as_a_number(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *serial = NULL;
    assert_int_equal(certificate_serial(pki->leaf, &serial, NULL), CIHSM_OK);
    static const char *const FORMS[] = {"0x%s", "0X000%s", "%s", "00%s"};
    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
        char text[128];
        const char *at = strchr(FORMS[i], '%');
        snprintf(text, sizeof text, "%.*s%s", (int)(at - FORMS[i]), FORMS[i], serial);
        assert_detail(pki->leaf, "serialnumber", text, "");
    }
    assert_detail(pki->leaf, "serialnumber", "0xABCD1234ABCD", "error details-differ");
    assert_detail(pki->leaf, "serialnumber", "0x", "warn details-unreadable");
    assert_detail(pki->leaf, "serialnumber", "12:34", "warn details-unreadable");
}

static void the_end_is_compared_as_a_time(void **state)
{
    const fixture_pki *pki = *state;
    char ends[CERTIFICATE_TIME_MAX];
    assert_int_equal(certificate_time(X509_get0_notAfter(pki->leaf), ends, NULL), CIHSM_OK);
    char text[64];
    snprintf(text, sizeof text, "%.*s.000Z", (int)strlen(ends) - 1, ends);
    assert_detail(pki->leaf, "validuntil", text, "");
    assert_detail(pki->leaf, "validuntil", ends, "");
    snprintf(text, sizeof text, "%.*s+00:00", (int)strlen(ends) - 1, ends);
    assert_detail(pki->leaf, "validuntil", text, "");
    assert_detail(pki->leaf, "validuntil", "2023-06-24T12:56:52.000Z", "error details-differ");
    assert_detail(pki->leaf, "validuntil", "24.06.2023", "warn details-unreadable");
    assert_detail(pki->leaf, "validuntil", "2023-06-24T12:56:52+02:00", "warn details-unreadable");
}

static void names_of_the_details_are_compared(void **state)
{
    const fixture_pki *pki = *state;
    assert_detail(pki->leaf, "subjectdn", "CN=leaf", "");
    assert_detail(pki->leaf, "subjectdn", "CN=other", "error details-differ");
    assert_detail(pki->leaf, "issuerdn", "/CN=lower", "");
    assert_detail(pki->leaf, "issuerdn", "CN=leaf", "error details-differ");
    assert_detail(pki->leaf, "issuerdn", "2.5.4.3=#0c04", "warn details-unreadable");
}

typedef struct name_case {
    const char *text;
    dn_match wanted;
} name_case;

static const name_case NAMES[] = {
    {"CN=a client,OU=X\\, Y,O=Größe,C=DE", DN_SAME},
    {"CN=a client, OU=\"X, Y\", O=Größe, C=DE", DN_SAME},
    {"C = DE, O = Größe, OU = \"X, Y\", CN = a client", DN_SAME},
    {"/C=DE/O=Größe/OU=X, Y/CN=a client", DN_SAME},
    {"cn=A  Client,ou=x\\2c y,o=Größe,c=DE", DN_SAME},
    {"CN=a client,OU=\"X\\, Y\",O=Größe,C=DE", DN_SAME},
    {"2.5.4.3=a client,OU=X\\, Y,O=Größe,C=DE", DN_SAME},
    {"CN=a client,O=Größe,C=DE", DN_DIFFERENT},
    {"CN=a client,O=Größe,OU=X\\, Y,C=DE", DN_DIFFERENT},
    {"CN=a client,OU=X\\, Y,O=Grosse,C=DE", DN_DIFFERENT},
    {"", DN_UNREADABLE},
    {"a client", DN_UNREADABLE},
    {"CN=\"", DN_UNREADABLE},
    {"CN=a\\", DN_UNREADABLE},
    {"WHAT=a client", DN_UNREADABLE},
};

static void names_are_compared_by_their_parts(void **state)
{
    (void)state;
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *name = X509_NAME_new();
    static const char *const PARTS[][2] = {
        {"C", "DE"}, {"O", "Größe"}, {"OU", "X, Y"}, {"CN", "a client"}};
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        assert_int_equal(X509_NAME_add_entry_by_txt(name, PARTS[i][0], MBSTRING_UTF8,
                                                    (const unsigned char *)PARTS[i][1], -1, -1, 0),
                         1);
    }
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        dn_match match = DN_SAME;
        assert_int_equal(dn_compare(NAMES[i].text, name, &match, NULL), CIHSM_OK);
        if (match != NAMES[i].wanted) {
            fail_msg("%s: %d", NAMES[i].text, match);
        }
    }
}

/* --- chain, dates, token key ---------------------------------------------------------------- */

static void assert_chain(const fixture_pki *pki, X509 *const *pool, size_t count,
                         const char *wanted)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = document_of(pki->leaf);
    const identity_bundle bundle = {.certificates = fixture_list(pool, count)};
    assert_finds(document, (service_key_report_input){.chain = &bundle}, wanted);
    x509_list_free(bundle.certificates);
}

static void the_chain_must_be_that_of_the_leaf(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *other = fixture_certificate("leaf", pki->foreign_key, pki->lower, pki->lower_key, &wish);
    X509 *const whole[] = {pki->root, pki->lower, pki->upper, pki->leaf};
    X509 *const with_another[] = {other, pki->leaf, pki->lower, pki->upper};
    X509 *const of_another[] = {other, pki->lower, pki->upper};
    X509 *const no_leaf[] = {pki->lower, pki->upper};
    assert_chain(pki, whole, 4, "");
    assert_chain(pki, with_another, 4, "");
    assert_chain(pki, whole + 3, 1, "error issuer-missing");
    assert_chain(pki, of_another, 3, "error service-key-differs");
    assert_chain(pki, no_leaf, 2, "error chain-unusable");
}

static bool has_code(const outcome *of, const char *code)
{
    for (size_t i = 0; i < of->found.count; i++) {
        if (strcmp(of->items[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

static void without_a_chain_file_the_path_is_not_judged(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = document_of(pki->leaf);
    outcome of;
    check(document, (service_key_report_input){0}, &of);
    assert_findings(&of, "");
    assert_true(has_code(&of, "chain-not-checked"));
    assert_false(has_code(&of, "issuer-missing"));
}

static void the_leaf_itself_is_judged(void **state)
{
    const fixture_pki *pki = *state;
    const struct {
        fixture_wish wish;
        const char *wanted;
    } rows[] = {
        {{.to_s = -5}, "error certificate-expired"},
        {{.to_s = 5L * 86400}, "warn certificate-expires-soon"},
        {{.eku = "serverAuth"}, "error no-client-auth"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CIHSM_AUTO(x509_cleanup)
        X509 *leaf =
            fixture_certificate("leaf", pki->leaf_key, pki->lower, pki->lower_key, &rows[i].wish);
        CIHSM_AUTO(cihsm_value_free) cihsm_value *document = document_of(leaf);
        assert_finds(document, (service_key_report_input){0}, rows[i].wanted);
    }
}

static void the_key_on_the_token_must_be_that_of_the_certificate(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = document_of(pki->leaf);
    assert_finds(document,
                 (service_key_report_input){.token_key = pki->leaf_key, .token_key_uri = "u"}, "");
    assert_finds(document,
                 (service_key_report_input){.token_key = pki->lower_key, .token_key_uri = "u"},
                 "error token-key-differs");
}

static void a_certificate_key_brings_its_own_chain(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const whole[] = {pki->leaf, pki->lower, pki->upper, pki->root};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(whole, 4);
    CIHSM_AUTO(text_free) char *own = fixture_key_pem(pki->leaf_key, false, NULL);
    CIHSM_AUTO(text_free) char *other = fixture_key_pem(pki->foreign_key, false, NULL);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = document_of(pki->leaf);
    assert_int_equal(cihsm_value_set_string(document, "certificate", pem, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_set_string(document, "key", own, NULL), CIHSM_OK);
    outcome of;
    check(document, (service_key_report_input){0}, &of);
    assert_findings(&of, "");
    assert_false(has_code(&of, "chain-not-checked"));
    assert_int_equal(cihsm_value_set_string(document, "key", other, NULL), CIHSM_OK);
    assert_finds(document, (service_key_report_input){0}, "error certificate-unusable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_has_its_findings),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(only_one_leaf_is_allowed),
        cmocka_unit_test(what_is_no_service_key_ends_the_check),
        cmocka_unit_test(secrets_have_their_own_rules),
        cmocka_unit_test(the_serial_number_is_compared_as_a_number),
        cmocka_unit_test(the_end_is_compared_as_a_time),
        cmocka_unit_test(names_of_the_details_are_compared),
        cmocka_unit_test(names_are_compared_by_their_parts),
        cmocka_unit_test(the_chain_must_be_that_of_the_leaf),
        cmocka_unit_test(without_a_chain_file_the_path_is_not_judged),
        cmocka_unit_test(the_leaf_itself_is_judged),
        cmocka_unit_test(a_certificate_key_brings_its_own_chain),
        cmocka_unit_test(the_key_on_the_token_must_be_that_of_the_certificate),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
