/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/service_key_details.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/bn.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "identity/certificate.h"
#include "identity/service_key_dn.h"

static cihsm_status differs(finding_list *found, const char *field, const char *said,
                            const char *has, cihsm_error *err)
{
    return finding_add(found, IDENTITY_FATAL, "details-differ",
                       "copy the service key again, the document is put together from two", err,
                       "certificatedetails.%s is \"%.120s\", the certificate has \"%.120s\"", field,
                       said, has);
}

static cihsm_status unreadable(finding_list *found, const char *field, const char *said,
                               cihsm_error *err)
{
    return finding_add(
        found, IDENTITY_WARN, "details-unreadable",
        "compare it with \"cihsm service-key show\" yourself", err,
        "certificatedetails.%s \"%.120s\" could not be compared with the certificate", field, said);
}

static cihsm_status check_name(const char *field, const char *said, const X509_NAME *name,
                               finding_list *found, cihsm_error *err)
{
    dn_match match = DN_SAME;
    CIHSM_TRY(dn_compare(said, name, &match, err));
    if (match == DN_SAME) {
        return CIHSM_OK;
    }
    if (match == DN_UNREADABLE) {
        return unreadable(found, field, said, err);
    }
    CIHSM_AUTO(text_free) char *has = NULL;
    CIHSM_TRY(certificate_name(name, &has, err));
    return differs(found, field, said, has, err);
}

static cihsm_status check_issuer(const char *field, const char *said, const X509 *leaf,
                                 finding_list *found, cihsm_error *err)
{
    return check_name(field, said, X509_get_issuer_name(leaf), found, err);
}

static cihsm_status check_subject(const char *field, const char *said, const X509 *leaf,
                                  finding_list *found, cihsm_error *err)
{
    return check_name(field, said, X509_get_subject_name(leaf), found, err);
}

/* A number of another spelling: 0x0ABC, ABC, and digits without 0x that may be decimal. */
static bool is_number(const char *said, const BIGNUM *number)
{
    BIGNUM *hex = NULL;
    BIGNUM *decimal = NULL;
    const bool is_hex = strncasecmp(said, "0x", 2) == 0;
    const char *digits = said + (is_hex ? 2 : 0);
    const size_t len = strlen(digits);
    bool same = BN_hex2bn(&hex, digits) == (int)len && BN_cmp(hex, number) == 0;
    if (!same && !is_hex) {
        same = BN_dec2bn(&decimal, digits) == (int)len && BN_cmp(decimal, number) == 0;
    }
    BN_free(hex);
    BN_free(decimal);
    return same;
}

static cihsm_status check_serial(const char *field, const char *said, const X509 *leaf,
                                 finding_list *found, cihsm_error *err)
{
    const char *digits = said + (strncasecmp(said, "0x", 2) == 0 ? 2 : 0);
    if (*digits == '\0' || digits[strspn(digits, "0123456789abcdefABCDEF")] != '\0') {
        return unreadable(found, field, said, err);
    }
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(leaf), NULL);
    if (number == NULL) {
        return cihsm_fail_memory(err);
    }
    const bool same = is_number(said, number);
    BN_free(number);
    if (same) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *has = NULL;
    CIHSM_TRY(certificate_serial(leaf, &has, err));
    return differs(found, field, said, has, err);
}

/* "2023-06-24T12:56:52.000Z"; the fraction does not count. */
static bool read_time(const char *text, time_t *out)
{
    struct tm at = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &at);
    if (rest == NULL) {
        return false;
    }
    if (*rest == '.') {
        rest++;
        rest += strspn(rest, "0123456789");
    }
    *out = timegm(&at);
    return strcmp(rest, "Z") == 0 || strcmp(rest, "+00:00") == 0 || strcmp(rest, "+0000") == 0;
}

static cihsm_status check_end(const char *field, const char *said, const X509 *leaf,
                              finding_list *found, cihsm_error *err)
{
    time_t wanted = 0;
    time_t ends = 0;
    if (!read_time(said, &wanted)) {
        return unreadable(found, field, said, err);
    }
    CIHSM_TRY(certificate_seconds(X509_get0_notAfter(leaf), &ends, err));
    if (wanted == ends) {
        return CIHSM_OK;
    }
    char has[CERTIFICATE_TIME_MAX];
    CIHSM_TRY(certificate_time(X509_get0_notAfter(leaf), has, err));
    return differs(found, field, said, has, err);
}

typedef struct detail {
    const char *field;
    cihsm_status (*check)(const char *field, const char *said, const X509 *leaf,
                          finding_list *found, cihsm_error *err);
} detail;

static const detail DETAILS[] = {
    {"subjectdn", check_subject},
    {"issuerdn", check_issuer},
    {"serialnumber", check_serial},
    {"validuntil", check_end},
};

cihsm_status service_key_check_details(const cihsm_value *details, const X509 *leaf,
                                       finding_list *found, cihsm_error *err)
{
    if (details != NULL && cihsm_value_kind(details) != CIHSM_VALUE_OBJECT) {
        return finding_add(found, IDENTITY_WARN, "details-unreadable", "copy the service key again",
                           err, "certificatedetails is no JSON object");
    }
    for (size_t i = 0; i < sizeof DETAILS / sizeof *DETAILS; i++) {
        const char *said = cihsm_value_get_string(details, DETAILS[i].field);
        if (said != NULL) {
            CIHSM_TRY(DETAILS[i].check(DETAILS[i].field, said, leaf, found, err));
        }
    }
    return CIHSM_OK;
}
