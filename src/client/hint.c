/* SPDX-License-Identifier: Apache-2.0 */
#include "client/hint.h"

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "identity/certificate.h"

static X509 *last_sent(const identity_chain *chain)
{
    const int count = sk_X509_num(chain->intermediates);
    return count > 0 ? sk_X509_value(chain->intermediates, count - 1) : chain->leaf;
}

/* The server named the issuers it accepts, and none issued anything of our chain. */
static cihsm_status issuer_not_listed(const identity_chain *chain, const char *issuer,
                                      const tls_watch *watch, char **out, cihsm_error *err)
{
    if (sk_X509_num(chain->intermediates) == 0) {
        return text_format(out, err,
                           "the load balancer dropped the certificate: only the leaf was sent, its "
                           "issuer %.100s is missing from the chain and is no root that the load "
                           "balancer accepts (%.80s); add every intermediate to --chain",
                           issuer, watch->ca_names);
    }
    return text_format(
        out, err,
        "the load balancer dropped the certificate: its chain ends at issuer %.100s, "
        "which is no root that the load balancer accepts (%.80s); add the missing "
        "intermediate to --chain, or use a CA of SAP Note 2801396",
        issuer, watch->ca_names);
}

static cihsm_status expired(const identity_chain *chain, const char *subject, char **out,
                            cihsm_error *err)
{
    char last[CERTIFICATE_TIME_MAX];
    CIHSM_TRY(certificate_time(X509_get0_notAfter(chain->leaf), last, err));
    return text_format(out, err,
                       "the certificate %.100s expired on %s: get a new one for the key and "
                       "register it as a service key",
                       subject, last);
}

cihsm_status hint_unauthorized(const identity_chain *chain, const tls_watch *watch, char **out,
                               cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_AUTO(text_free) char *issuer = NULL;
    CIHSM_TRY(certificate_subject(chain->leaf, &subject, err));
    CIHSM_TRY(certificate_issuer(last_sent(chain), &issuer, err));
    if (watch->is_new && !watch->asked_for_certificate) {
        return text_format(out, err,
                           "the load balancer did not ask for a client certificate: is the url of "
                           "the service key the API host, and no proxy in between that ends TLS");
    }
    if (X509_cmp_current_time(X509_get0_notAfter(chain->leaf)) < 0) {
        return expired(chain, subject, out, err);
    }
    if (watch->ca_name_count > 0 && !watch->issuer_is_listed) {
        return issuer_not_listed(chain, issuer, watch, out, err);
    }
    return text_format(out, err,
                       "the certificate %.100s is in no service key, or the load balancer dropped "
                       "it because %.100s is not on its list of roots (%d intermediate%s sent) or "
                       "the certificate lacks clientAuth; run \"cihsm doctor\"",
                       subject, issuer, sk_X509_num(chain->intermediates),
                       sk_X509_num(chain->intermediates) == 1 ? " was" : "s were");
}

cihsm_status hint_token_host(const identity_chain *chain, const tls_watch *watch, char **out,
                             cihsm_error *err)
{
    if (watch->is_new && !watch->asked_for_certificate) {
        return text_format(out, err,
                           "the token host did not ask for a client certificate: is the tokenurl "
                           "right, and no proxy in between that ends TLS");
    }
    if (watch->ca_name_count == 0 || watch->issuer_is_listed) {
        return text_set(out, NULL, err);
    }
    CIHSM_AUTO(text_free) char *issuer = NULL;
    CIHSM_TRY(certificate_issuer(last_sent(chain), &issuer, err));
    return text_format(out, err,
                       "the token host dropped the certificate: its chain ends at issuer %.100s, "
                       "which is none of the CAs that this host accepts (%.80s); use --auth "
                       "certificate, or a certificate of one of them",
                       issuer, watch->ca_names);
}

cihsm_status hint_token_refused(const cihsm_service_key *key, char **out, cihsm_error *err)
{
    return text_format(out, err,
                       "the tenant refuses a token just issued by %.120s: url and tokenurl must "
                       "be of the same subaccount, and the service key of plan api",
                       service_key_token_url(key));
}
