/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "identity/certificate.h"
#include "identity/subject.h"
#include "unit/identity/fixture.h"

/* The entries in DER order as "rdn:TYPE=value|...", read without any of the code under test. */
static char *der_order(const X509_NAME *name)
{
    unsigned char *der = NULL;
    const int len = i2d_X509_NAME(name, &der);
    assert_true(len > 0);
    const unsigned char *at = der;
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *again = d2i_X509_NAME(NULL, &at, len);
    assert_non_null(again);
    char *text = strdup("");
    cihsm_error err = {0};
    for (int i = 0; i < X509_NAME_entry_count(again); i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(again, i);
        const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
        char type[64];
        OBJ_obj2txt(type, sizeof type, X509_NAME_ENTRY_get_object(entry), 0);
        CIHSM_AUTO(text_free) char *before = text;
        text = NULL;
        assert_int_equal(text_format(&text, &err, "%s%s%d:%s=%.*s", before, i == 0 ? "" : "|",
                                     X509_NAME_ENTRY_set(entry), OBJ_nid2sn(OBJ_txt2nid(type)),
                                     ASN1_STRING_length(value),
                                     (const char *)ASN1_STRING_get0_data(value)),
                         CIHSM_OK);
    }
    OPENSSL_free(der);
    return text;
}

typedef struct row {
    const char *text;
    const char *wanted; /* DER order, or part of the message */
} row;

static void both_forms_come_out_in_the_right_der_order(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"CN=a,O=b,C=DE", "0:C=DE|1:O=b|2:CN=a"},
        {"/C=DE/O=b/CN=a", "0:C=DE|1:O=b|2:CN=a"},
        {"CN=a", "0:CN=a"},
        {"cn=a,o=b,c=DE", "0:C=DE|1:O=b|2:CN=a"},
        {" CN = a , O = b ", "0:O=b|1:CN=a"},
        {"CN=M\xc3\xbcller,O=\xe6\x97\xa5\xe6\x9c\xac",
         "0:O=\xe6\x97\xa5\xe6\x9c\xac|1:CN=M\xc3\xbcller"},
        {"CN=M\\C3\\BCller", "0:CN=M\xc3\xbcller"},
        {"CN=a\\,b,O=c\\+d", "0:O=c+d|1:CN=a,b"},
        {"CN=\\\"q\\\"\\\\", "0:CN=\"q\"\\"},
        {"CN=\\#1", "0:CN=#1"},
        {"CN=a#1=2", "0:CN=a#1=2"},
        {"CN=\\ a\\ ,O=b", "0:O=b|1:CN= a "},
        {"CN=a\\  ,O=b", "0:O=b|1:CN=a "},
        {"CN=a\\2Cb", "0:CN=a,b"},
        {"CN=a/b", "0:CN=a/b"},
        {"/CN=a\\/b/O=c,d", "0:CN=a/b|1:O=c,d"},
        {"/CN=a\\+b", "0:CN=a+b"},
        {"/CN=a\\\\b", "0:CN=a\\b"},
        {"OU=Sales+CN=J. Smith,DC=example,DC=net",
         "0:DC=net|1:DC=example|2:OU=Sales|2:CN=J. Smith"},
        {"/DC=net/CN=x+UID=y", "0:DC=net|1:CN=x|1:UID=y"},
        {"2.5.4.3=a,OID.2.5.4.10=b", "0:O=b|1:CN=a"},
        {"emailAddress=x@example.com,CN=a", "0:CN=a|1:emailAddress=x@example.com"},
        {"serialNumber=7,GN=g,SN=s", "0:SN=s|1:GN=g|2:serialNumber=7"},
        {"OU=a,OU=b", "0:OU=b|1:OU=a"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(x509_name_cleanup) X509_NAME *name = NULL;
        cihsm_error err = {0};
        if (subject_parse(ROWS[i].text, &name, &err) != CIHSM_OK) {
            fail_msg("%s: %s", ROWS[i].text, err.message);
        }
        CIHSM_AUTO(text_free) char *order = der_order(name);
        assert_string_equal(order, ROWS[i].wanted);
    }
}

static void what_was_parsed_prints_as_the_same_rfc_4514_text(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "CN=a,O=b,C=DE", "CN=M\xc3\xbcller\\, Hans,O=x\\+y", "CN=\\#1",
        "CN=\\ a\\ ",    "CN=a\\\\b\\;c\\<d\\>e\\\"f",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        CIHSM_AUTO(x509_name_cleanup) X509_NAME *name = NULL;
        CIHSM_AUTO(text_free) char *printed = NULL;
        cihsm_error err = {0};
        assert_int_equal(subject_parse(TEXTS[i], &name, &err), CIHSM_OK);
        assert_int_equal(certificate_name(name, &printed, &err), CIHSM_OK);
        assert_string_equal(printed, TEXTS[i]);
    }
}

static void an_oid_openssl_does_not_know_is_kept(void **state)
{
    (void)state;
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *name = NULL;
    cihsm_error err = {0};
    assert_int_equal(subject_parse("1.3.6.1.4.1.99999.7=v,CN=a", &name, &err), CIHSM_OK);
    char type[64];
    OBJ_obj2txt(type, sizeof type, X509_NAME_ENTRY_get_object(X509_NAME_get_entry(name, 1)), 1);
    assert_string_equal(type, "1.3.6.1.4.1.99999.7");
}

static void names_are_utf8_and_countries_printable(void **state)
{
    (void)state;
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *name = NULL;
    cihsm_error err = {0};
    assert_int_equal(subject_parse("CN=M\xc3\xbcller,C=DE", &name, &err), CIHSM_OK);
    const ASN1_STRING *country = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, 0));
    const ASN1_STRING *common = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, 1));
    assert_int_equal(ASN1_STRING_type(country), V_ASN1_PRINTABLESTRING);
    assert_int_equal(ASN1_STRING_type(common), V_ASN1_UTF8STRING);
}

static void hostile_and_mistyped_subjects_are_refused_by_part(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"", "empty"},
        {"   ", "empty"},
        {"/", "empty"},
        {"a", "part 1 \"a\""},
        {"CN=a,b", "part 2 \"b\""},
        {"/CN=a/b", "part 2 \"b\""},
        {"CN=a,", "part 2"},
        {"CN=a,,O=b", "part 2"},
        {"CN=a+", "part 2"},
        {"=a", "no attribute type"},
        {"CN=", "value of CN is empty"},
        {"CN=  ,O=b", "value of CN is empty"},
        {"CN=a,O=", "value of O is empty"},
        {"XX=a", "unknown attribute type \"XX\""},
        {"RSA=a", "unknown attribute type \"RSA\""},
        {"sha256=a", "unknown attribute type"},
        {"2..5=a", "no valid OID"},
        {"9.9.9=a", "no valid OID"},
        {"2.5.4.x=a", "no valid OID"},
        {"C=Germany", "two capital letters"},
        {"C=de", "two capital letters"},
        {"C=D1", "two capital letters"},
        {"2.5.4.6=de", "two capital letters"},
        {"CN=a\nO=b", "control character"},
        {"CN=a\\0AO=b", "control character"},
        {"CN=a\\00b", "control character"},
        {"CN=a\x7f", "control character"},
        {"CN=a\tb", "control character"},
        {"CN=\xff", "not UTF-8"},
        {"CN=\\C3", "not UTF-8"},
        {"CN=a\\", "backslash"},
        {"CN=a\\q", "backslash"},
        {"CN=a\\C", "backslash"},
        {"/CN=a\\", "backslash"},
        {"CN=\"a, b\"", "write \\\" instead"},
        {"CN=a;O=b", "write \\; instead"},
        {"CN=<a", "write \\< instead"},
        {"CN=#0401", "write \\# instead"},
        {"CN=0123456789012345678901234567890123456789012345678901234567890123x",
         "value of CN breaks the limits of X.520: string too long"},
        {"emailAddress=m\xc3\xbcller@example.com", "emailAddress breaks"},
        {"serialNumber=a*b", "serialNumber breaks"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        X509_NAME *name = NULL;
        cihsm_error err = {0};
        if (subject_parse(ROWS[i].text, &name, &err) != CIHSM_E_USAGE) {
            fail_msg("not refused: %s", ROWS[i].text);
        }
        assert_null(name);
        assert_error(&err, CIHSM_E_USAGE, ROWS[i].wanted);
        assert_int_equal(ERR_peek_error(), 0);
    }
}

static void sixty_four_characters_are_counted_not_bytes(void **state)
{
    (void)state;
    char text[4 + 2 * 64] = "CN=";
    for (size_t i = 0; i < 64; i++) {
        memcpy(text + 3 + 2 * i, "\xc3\xbc", 2);
    }
    text[3 + 2 * 64] = '\0';
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *name = NULL;
    cihsm_error err = {0};
    assert_int_equal(subject_parse(text, &name, &err), CIHSM_OK);
}

static void endless_subjects_are_refused(void **state)
{
    (void)state;
    char *text = malloc(SUBJECT_TEXT_MAX + 2);
    assert_non_null(text);
    memset(text, 'a', SUBJECT_TEXT_MAX + 1);
    text[SUBJECT_TEXT_MAX + 1] = '\0';
    memcpy(text, "CN=", 3);
    X509_NAME *name = NULL;
    cihsm_error err = {0};
    assert_int_equal(subject_parse(text, &name, &err), CIHSM_E_USAGE);
    assert_error(&err, CIHSM_E_USAGE, "longer than");

    text[0] = '\0';
    for (size_t i = 0; i < 65; i++) {
        memcpy(text + 5 * i, "OU=a,", 6);
    }
    text[5 * 65 - 1] = '\0';
    err = (cihsm_error){0};
    assert_int_equal(subject_parse(text, &name, &err), CIHSM_E_USAGE);
    assert_error(&err, CIHSM_E_USAGE, "more than 64 parts");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_come_out_in_the_right_der_order),
        cmocka_unit_test(what_was_parsed_prints_as_the_same_rfc_4514_text),
        cmocka_unit_test(an_oid_openssl_does_not_know_is_kept),
        cmocka_unit_test(names_are_utf8_and_countries_printable),
        cmocka_unit_test(hostile_and_mistyped_subjects_are_refused_by_part),
        cmocka_unit_test(sixty_four_characters_are_counted_not_bytes),
        cmocka_unit_test(endless_subjects_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
