/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules. Each looks at one thing and adds its findings; add another one to RULES.
 */
#include "identity/lint.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "identity/certificate.h"
#include "identity/lint_path.h"
#include "identity/strength.h"

#define SECONDS_PER_DAY 86400

static const char RENEW[] = "get a new certificate for the key and register it as a service key";
static const char REPLACE[] =
    "get the newer certificate of that CA from it, and send it in the chain";

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

static const char *what_to_do(X509 *about_end_of)
{
    ERR_set_mark(); /* odd extensions leave entries in OpenSSL's queue */
    const bool is_of_ca = X509_check_ca(about_end_of) != 0;
    ERR_pop_to_mark();
    return is_of_ca ? REPLACE : RENEW;
}

cihsm_status identity_lint_dates(X509 *certificate, const char *what, time_t now, long warn_days,
                                 finding_list *found, cihsm_error *err)
{
    validity dates = {0};
    const char *action = what_to_do(certificate);
    CIHSM_TRY(read_validity(certificate, &dates, err));
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_TRY(certificate_subject(certificate, &subject, err));
    if (now < dates.starts) {
        return finding_add(found, IDENTITY_FATAL, "certificate-not-yet-valid",
                           "check the clock of this machine, or wait", err,
                           "the %s %.200s is not valid before %s", what, subject, dates.first);
    }
    if (now > dates.ends) {
        return finding_add(found, IDENTITY_FATAL, "certificate-expired", action, err,
                           "the %s %.200s expired on %s", what, subject, dates.last);
    }
    const long days = (long)((dates.ends - now) / SECONDS_PER_DAY);
    if (days >= warn_days) {
        return CIHSM_OK;
    }
    return finding_add(found, IDENTITY_WARN, "certificate-expires-soon", action, err,
                       "the %s %.200s expires in %ld day%s, on %s", what, subject, days,
                       days == 1 ? "" : "s", dates.last);
}

/* What is looked at in each certificate that is sent. */
typedef cihsm_status (*certificate_rule)(const identity_lint_input *input, X509 *certificate,
                                         const char *what, finding_list *found, cihsm_error *err);

static cihsm_status for_each_sent(const identity_lint_input *input, certificate_rule rule,
                                  finding_list *found, cihsm_error *err)
{
    const identity_chain *chain = input->chain;
    CIHSM_TRY(rule(input, chain->leaf, "leaf", found, err));
    for (int i = 0; i < sk_X509_num(chain->intermediates); i++) {
        CIHSM_TRY(rule(input, sk_X509_value(chain->intermediates, i), "intermediate", found, err));
    }
    return CIHSM_OK;
}

static cihsm_status dates_of(const identity_lint_input *input, X509 *certificate, const char *what,
                             finding_list *found, cihsm_error *err)
{
    return identity_lint_dates(certificate, what, input->now, input->warn_days, found, err);
}

static cihsm_status check_dates(const identity_lint_input *input, finding_list *found,
                                cihsm_error *err)
{
    return for_each_sent(input, dates_of, found, err);
}

/* SAP answers 401 to a certificate without clientAuth: docs/sap-contract.md section 11.1. */
static cihsm_status check_extended_usage(const identity_lint_input *input, finding_list *found,
                                         cihsm_error *err)
{
    X509 *leaf = input->chain->leaf;
    const bool absent = X509_get_ext_by_NID(leaf, NID_ext_key_usage, -1) < 0;
    if (!absent && (X509_get_extended_key_usage(leaf) & XKU_SSL_CLIENT) != 0) {
        return CIHSM_OK;
    }
    return finding_add(found, lint_refusal(input), "no-client-auth",
                       "ask the CA for a certificate with the extended key usage clientAuth", err,
                       "the leaf has %s, SAP may answer 401",
                       absent ? "no extended key usage"
                              : "no clientAuth in its extended key usage");
}

static cihsm_status check_usage(const identity_lint_input *input, finding_list *found,
                                cihsm_error *err)
{
    if ((X509_get_key_usage(input->chain->leaf) & KU_DIGITAL_SIGNATURE) != 0) {
        return CIHSM_OK; /* also where the extension is absent: anything is allowed */
    }
    return finding_add(found, lint_refusal(input), "no-digital-signature",
                       "ask the CA for a certificate with the key usage digitalSignature", err,
                       "the leaf has no digitalSignature in its key usage, TLS servers may refuse "
                       "it");
}

static cihsm_status check_is_no_ca(const identity_lint_input *input, finding_list *found,
                                   cihsm_error *err)
{
    if ((X509_get_extension_flags(input->chain->leaf) & EXFLAG_CA) == 0) {
        return CIHSM_OK;
    }
    return finding_add(found, lint_refusal(input), "leaf-is-ca",
                       "ask the CA for an end entity certificate (basicConstraints CA:FALSE)", err,
                       "the leaf is a CA certificate, it could issue others in your name");
}

static cihsm_status key_of(const identity_lint_input *input, X509 *certificate, const char *what,
                           finding_list *found, cihsm_error *err)
{
    char name[CERTIFICATE_KEY_MAX] = "unknown type";
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (key != NULL) {
        certificate_key_name(key, name);
        if (!strength_weak_key(key)) {
            return CIHSM_OK;
        }
    }
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_TRY(certificate_subject(certificate, &subject, err));
    return finding_add(found, lint_refusal(input), "weak-key", STRENGTH_KEY_ADVICE, err,
                       "the key of the %s %.200s (%s) is too weak or of an uncommon kind", what,
                       subject, name);
}

static cihsm_status check_keys(const identity_lint_input *input, finding_list *found,
                               cihsm_error *err)
{
    return for_each_sent(input, key_of, found, err);
}

static cihsm_status hash_of(const identity_lint_input *input, X509 *certificate, const char *what,
                            finding_list *found, cihsm_error *err)
{
    int digest = NID_undef;
    if (X509_get_signature_info(certificate, &digest, NULL, NULL, NULL) != 1 ||
        !strength_weak_digest(digest)) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_TRY(certificate_subject(certificate, &subject, err));
    return finding_add(found, lint_refusal(input), "weak-hash",
                       "ask the CA for a certificate that is signed with SHA-256 or better", err,
                       "the %s %.200s is signed with %s", what, subject, OBJ_nid2sn(digest));
}

static cihsm_status check_hashes(const identity_lint_input *input, finding_list *found,
                                 cihsm_error *err)
{
    return for_each_sent(input, hash_of, found, err);
}

static cihsm_status check_private_key(const identity_lint_input *input, finding_list *found,
                                      cihsm_error *err)
{
    if (!input->has_private_key) {
        return CIHSM_OK;
    }
    return finding_add(found, IDENTITY_FATAL, "private-key-in-file",
                       "take it out of the file; a key for the token is made on the token", err,
                       "a private key stands beside the certificates");
}

static cihsm_status check_service_key(const identity_lint_input *input, finding_list *found,
                                      cihsm_error *err)
{
    if (input->registered == NULL || certificate_same(input->chain->leaf, input->registered)) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_AUTO(text_free) char *serial = NULL;
    CIHSM_TRY(certificate_subject(input->registered, &subject, err));
    CIHSM_TRY(certificate_serial(input->registered, &serial, err));
    return finding_add(found, IDENTITY_FATAL, "service-key-differs",
                       "make a service key for this leaf, or take the chain of the other one", err,
                       "the service key holds another certificate (%.150s, serial %.64s)", subject,
                       serial);
}

static cihsm_status hint_leaf_only(const identity_lint_input *input, finding_list *found,
                                   cihsm_error *err)
{
    const bool is_more = sk_X509_num(input->chain->intermediates) > 0 || input->chain->root != NULL;
    if (input->registered != NULL || !is_more) {
        return CIHSM_OK;
    }
    return finding_add(found, IDENTITY_INFO, "leaf-only",
                       "\"cihsm service-key params --cert FILE\" makes its JSON", err,
                       "only the leaf goes into the service key, the rest of the chain is sent by "
                       "the client");
}

static cihsm_status hint_unused(const identity_lint_input *input, finding_list *found,
                                cihsm_error *err)
{
    const size_t unused = input->chain->unused;
    if (unused == 0) {
        return CIHSM_OK;
    }
    return finding_add(found, IDENTITY_INFO, "unused-certificates", "they can be left out", err,
                       "%zu other certificate%s not part of the chain", unused,
                       unused == 1 ? " is" : "s are");
}

typedef struct lint_rule {
    cihsm_status (*run)(const identity_lint_input *input, finding_list *found, cihsm_error *err);
    bool before_connecting;
} lint_rule;

static const lint_rule RULES[] = {
    {check_dates, true},        {check_extended_usage, true}, {check_usage, true},
    {lint_path, true},          {check_is_no_ca, false},      {check_keys, false},
    {check_hashes, false},      {lint_root, false},           {check_private_key, false},
    {check_service_key, false}, {hint_leaf_only, false},      {hint_unused, false},
};

static cihsm_status run_rules(const identity_lint_input *input, finding_list *found,
                              cihsm_error *err)
{
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        if (RULES[i].before_connecting || !input->is_connecting) {
            CIHSM_TRY(RULES[i].run(input, found, err));
        }
    }
    return CIHSM_OK;
}

cihsm_status identity_lint(const identity_lint_input *input, finding_list *found, cihsm_error *err)
{
    ERR_set_mark(); /* a certificate with odd extensions leaves entries in OpenSSL's queue */
    const cihsm_status status = run_rules(input, found, err);
    ERR_pop_to_mark();
    return status;
}
