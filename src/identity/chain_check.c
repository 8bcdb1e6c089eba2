/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks of a chain. Each looks at one thing and adds its findings; add another one to
 * check_all.
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "identity/certificate.h"
#include "identity/chain.h"

#define SECONDS_PER_DAY 86400

static const char RENEW[] = "get a new certificate for the key and register it as a service key";

typedef struct validity {
    time_t starts, ends;
    char first[CERTIFICATE_TIME_MAX], last[CERTIFICATE_TIME_MAX];
} validity;

static cihsm_status read_validity(const X509 *of, validity *out, cihsm_error *err)
{
    CIHSM_TRY(certificate_seconds(X509_get0_notBefore(of), &out->starts, err));
    CIHSM_TRY(certificate_seconds(X509_get0_notAfter(of), &out->ends, err));
    CIHSM_TRY(certificate_time(X509_get0_notBefore(of), out->first, err));
    return certificate_time(X509_get0_notAfter(of), out->last, err);
}

static cihsm_status check_dates(const X509 *certificate, const char *what, time_t now,
                                finding_list *to, cihsm_error *err)
{
    validity dates = {0};
    CIHSM_TRY(read_validity(certificate, &dates, err));
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_TRY(certificate_subject(certificate, &subject, err));
    if (now < dates.starts) {
        return finding_add(to, IDENTITY_FATAL, "certificate-not-yet-valid",
                           "check the clock of this machine, or wait", err,
                           "the %s %.200s is not valid before %s", what, subject, dates.first);
    }
    if (now > dates.ends) {
        return finding_add(to, IDENTITY_FATAL, "certificate-expired", RENEW, err,
                           "the %s %.200s expired on %s", what, subject, dates.last);
    }
    const long days = (long)((dates.ends - now) / SECONDS_PER_DAY);
    if (days >= IDENTITY_EXPIRY_WARN_DAYS) {
        return CIHSM_OK;
    }
    return finding_add(to, IDENTITY_WARN, "certificate-expires-soon", RENEW, err,
                       "the %s %.200s expires in %ld day%s, on %s", what, subject, days,
                       days == 1 ? "" : "s", dates.last);
}

static cihsm_status check_all_dates(const identity_chain *chain, time_t now, finding_list *to,
                                    cihsm_error *err)
{
    CIHSM_TRY(check_dates(chain->leaf, "leaf", now, to, err));
    for (int i = 0; i < sk_X509_num(chain->intermediates); i++) {
        CIHSM_TRY(
            check_dates(sk_X509_value(chain->intermediates, i), "intermediate", now, to, err));
    }
    return CIHSM_OK;
}

/* SAP answers 401 to a certificate without clientAuth: docs/sap-contract.md section 11.1. */
static cihsm_status check_extended_usage(X509 *leaf, finding_list *to, cihsm_error *err)
{
    const bool absent = X509_get_ext_by_NID(leaf, NID_ext_key_usage, -1) < 0;
    if (!absent && (X509_get_extended_key_usage(leaf) & XKU_SSL_CLIENT) != 0) {
        return CIHSM_OK;
    }
    return finding_add(to, IDENTITY_WARN, "no-client-auth",
                       "ask the CA for a certificate with the extended key usage clientAuth", err,
                       "the leaf has %s, SAP may answer 401",
                       absent ? "no extended key usage"
                              : "no clientAuth in its extended key usage");
}

static cihsm_status check_usage(X509 *leaf, finding_list *to, cihsm_error *err)
{
    if ((X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) != 0) {
        return CIHSM_OK; /* also where the extension is absent: anything is allowed */
    }
    return finding_add(to, IDENTITY_WARN, "no-digital-signature",
                       "ask the CA for a certificate with the key usage digitalSignature", err,
                       "the leaf has no digitalSignature in its key usage, TLS servers may refuse "
                       "it");
}

static cihsm_status check_path(const identity_chain *chain, finding_list *to, cihsm_error *err)
{
    if (chain->root != NULL || sk_X509_num(chain->intermediates) > 0 ||
        certificate_is_self_signed(chain->leaf)) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *issuer = NULL;
    CIHSM_TRY(certificate_issuer(chain->leaf, &issuer, err));
    return finding_add(to, IDENTITY_WARN, "issuer-missing",
                       "add the intermediate certificates to the chain file", err,
                       "the issuer %.200s is not in the chain%s; if it is not a root on the load "
                       "balancer's list, the certificate is dropped",
                       issuer, chain->unused > 0 ? " (other certificates are)" : "");
}

static cihsm_status check_all(const identity_chain *chain, time_t now, finding_list *to,
                              cihsm_error *err)
{
    CIHSM_TRY(check_all_dates(chain, now, to, err));
    CIHSM_TRY(check_extended_usage(chain->leaf, to, err));
    CIHSM_TRY(check_usage(chain->leaf, to, err));
    return check_path(chain, to, err);
}

cihsm_status identity_chain_check(const identity_chain *chain, time_t now, identity_finding out[],
                                  size_t *count, cihsm_error *err)
{
    finding_list found = {.items = out, .room = *count};
    *count = 0;
    ERR_set_mark(); /* a certificate with odd extensions leaves entries in OpenSSL's queue */
    const cihsm_status status = check_all(chain, now, &found, err);
    ERR_pop_to_mark();
    *count = found.count;
    return status;
}
