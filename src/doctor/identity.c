/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers of the certificate: does it belong to the key, will it be accepted, is it the one of
 * the service key.
 */
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "client/signing.h"
#include "doctor/layers.h"
#include "doctor/row.h"
#include "identity/certificate.h"
#include "identity/lint.h"
#include "identity/service_key_report.h"
#include "pkcs11/certificate.h"
#include "pkcs11/proof.h"

static bool is_without_certificate(const examination *of, doctor_row *row)
{
    if (examination_has_certificate(of)) {
        return false;
    }
    row_set(row, DOCTOR_UNNEEDED, NULL, "a service key of type %s has no certificate",
            cihsm_service_key_kind_name(of->identity->service_key));
    return true;
}

/* The certificates on the token take the place of a chain file. */
static cihsm_status fill_pool(examination *of, cihsm_error *err)
{
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *on_token = NULL;
    const cihsm_service_key *key = of->identity->service_key;
    const bool is_on_token = of->config->chain == NULL && of->token != NULL;
    if (of->config->chain != NULL) {
        return CIHSM_OK; /* read with the configuration */
    }
    if (is_on_token) {
        CIHSM_TRY(pkcs11_certificates(of->token, &on_token, err));
    }
    const STACK_OF(X509) *from = is_on_token ? on_token : service_key_chain(key);
    CIHSM_TRY(bundle_add(&of->pool, service_key_leaf(key), err));
    for (int i = 0; i < sk_X509_num(from); i++) {
        CIHSM_TRY(bundle_add(&of->pool, sk_X509_value(from, i), err));
    }
    return CIHSM_OK;
}

static cihsm_status build_chain(examination *of, cihsm_error *err)
{
    X509 *leaf = of->config->chain == NULL ? service_key_leaf(of->identity->service_key) : NULL;
    CIHSM_TRY(fill_pool(of, err));
    return identity_chain_build(of->pool.certificates, leaf, &of->identity->chain, err);
}

/* Who signs handshakes from now on. */
static cihsm_status take_key(examination *of, EVP_PKEY *public_key, cihsm_error *err)
{
    credentials *identity = of->identity;
    CIHSM_AUTO(text_free) char *serial = NULL;
    CIHSM_TRY(certificate_serial(identity->chain->leaf, &serial, err));
    const signing_record record = {.key_uri = pkcs11_key_uri(of->key),
                                   .serial = serial,
                                   .purpose = identity->peer,
                                   .host = &identity->peer,
                                   .log = of->config->log};
    cihsm_signer signer = {0};
    CIHSM_TRY(signing_wrap(pkcs11_key_signer(&of->key), &record, &signer, err));
    CIHSM_TRY(provider_key_new(signer, public_key, &identity->key, err));
    return tls_identity_new(identity->chain->leaf, identity->chain->intermediates,
                            provider_key_pkey(identity->key), &identity->tls, err);
}

static cihsm_status prove(examination *of, doctor_row *row, cihsm_error *err)
{
    EVP_PKEY *public_key = X509_get0_pubkey(of->identity->chain->leaf);
    pkcs11_proof proof;
    cihsm_error why = {0};
    if (pkcs11_proof_make(of->key, &proof, &why) != CIHSM_OK) {
        return row_fail(row, &why,
                        "allow this key to sign on the token; its vendor's log tells more", err);
    }
    if (public_key == NULL || !pkcs11_proof_fits(&proof, public_key)) {
        CIHSM_AUTO(text_free) char *subject = NULL;
        CIHSM_TRY(certificate_subject(of->identity->chain->leaf, &subject, err));
        row_set(row, DOCTOR_FAIL,
                "give the chain that was issued for this key, or choose the other key with --key",
                "the certificate %.150s does not belong to %.250s", subject,
                pkcs11_key_uri(of->key));
        return CIHSM_OK;
    }
    CIHSM_TRY(take_key(of, public_key, err));
    row_set(row, DOCTOR_OK, NULL, "the key signed a random block, the certificate verified it");
    return CIHSM_OK;
}

cihsm_status look_at_certificate(examination *of, doctor_row *row, cihsm_error *err)
{
    cihsm_error why = {0};
    if (is_without_certificate(of, row)) {
        return CIHSM_OK;
    }
    if (build_chain(of, &why) != CIHSM_OK) {
        return row_fail(row, &why, "give the leaf and its intermediates with --chain", err);
    }
    if (examination_uses_token(of)) {
        return prove(of, row, err);
    }
    const identity_chain *chain = of->identity->chain;
    if (tls_identity_new(chain->leaf, chain->intermediates,
                         service_key_private(of->identity->service_key), &of->identity->tls,
                         &why) != CIHSM_OK) {
        return row_fail(row, &why, "copy the service key again", err);
    }
    row_set(row, DOCTOR_WARN, "use an External Certificate service key, whose key is on a token",
            "key and certificate fit, but the private key stands in the service key file");
    return CIHSM_OK;
}

/* What identity_lint finds about the path rather than about the leaf. */
static bool is_about_chain(const char *code)
{
    static const char *const CODES[] = {"chain-loop",  "signature-invalid",  "issuer-missing",
                                        "self-signed", "root-unchecked",     "root-not-listed",
                                        "leaf-only",   "unused-certificates"};
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        if (strcmp(CODES[i], code) == 0) {
            return true;
        }
    }
    return false;
}

static cihsm_status run_lint(examination *of, cihsm_error *err)
{
    CIHSM_AUTO(bundle_free) identity_bundle roots = {.certificates = NULL};
    if (of->options->lb_roots != NULL) {
        CIHSM_TRY(bundle_read_file(of->options->lb_roots, "list of roots", &roots, err));
    }
    const identity_lint_input input = {
        .chain = of->identity->chain,
        .pool = of->pool.certificates,
        .lb_roots = roots.certificates,
        .has_private_key = of->pool.has_private_key,
        .now = time(NULL),
        .warn_days = of->options->warn_days,
    };
    return identity_lint(&input, &of->found, err);
}

/* Moves the findings of one kind to a list of their own. */
static void select_findings(const finding_list *from, bool of_chain, finding_list *to)
{
    for (size_t i = 0; i < from->count; i++) {
        if (is_about_chain(from->items[i].code) == of_chain) {
            to->items[to->count++] = from->items[i];
        }
    }
}

cihsm_status look_at_lint(examination *of, doctor_row *row, cihsm_error *err)
{
    cihsm_error why = {0};
    if (is_without_certificate(of, row)) {
        return CIHSM_OK;
    }
    if (run_lint(of, &why) != CIHSM_OK) {
        return row_fail(row, &why, "correct the file of --lb-roots, or the certificate", err);
    }
    identity_finding items[IDENTITY_FINDINGS_MAX];
    finding_list selected = {.items = items, .room = IDENTITY_FINDINGS_MAX};
    select_findings(&of->found, false, &selected);
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_AUTO(text_free) char *ok = NULL;
    CIHSM_TRY(certificate_subject(of->identity->chain->leaf, &subject, err));
    CIHSM_TRY(text_format(&ok, err, "dates, usage and strength of %.150s are fine", subject));
    row_judge(row, &selected, ok);
    return CIHSM_OK;
}

cihsm_status look_at_chain(examination *of, doctor_row *row, cihsm_error *err)
{
    if (is_without_certificate(of, row)) {
        return CIHSM_OK;
    }
    identity_finding items[IDENTITY_FINDINGS_MAX];
    finding_list selected = {.items = items, .room = IDENTITY_FINDINGS_MAX};
    select_findings(&of->found, true, &selected);
    const identity_chain *chain = of->identity->chain;
    CIHSM_AUTO(text_free) char *ok = NULL;
    CIHSM_TRY(text_format(
        &ok, err, "leaf and %d intermediate%s are sent%s", sk_X509_num(chain->intermediates),
        sk_X509_num(chain->intermediates) == 1 ? "" : "s",
        of->options->lb_roots == NULL ? "; whether the load balancer has their root was not checked"
                                      : " and lead to a root of the load balancer"));
    row_judge(row, &selected, ok);
    return CIHSM_OK;
}

static cihsm_status report_on_key(examination *of, finding_list *found, cihsm_error *err)
{
    CIHSM_AUTO(service_key_report_free) service_key_report report = {.key = NULL};
    const service_key_report_input input = {
        .path = of->config->service_key,
        .chain = of->config->chain == NULL ? NULL : &of->pool,
        .now = time(NULL),
        .warn_days = of->options->warn_days,
    };
    return service_key_report_make(&input, found, &report, err);
}

/* Leaves out what the lint said before. */
static void drop_repeated(const finding_list *said, finding_list *found)
{
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++) {
        bool is_repeated = is_about_chain(found->items[i].code);
        for (size_t j = 0; j < said->count; j++) {
            is_repeated = is_repeated || strcmp(said->items[j].code, found->items[i].code) == 0;
        }
        if (!is_repeated) {
            found->items[kept++] = found->items[i];
        }
    }
    found->count = kept;
}

cihsm_status look_at_service_key(examination *of, doctor_row *row, cihsm_error *err)
{
    identity_finding items[IDENTITY_FINDINGS_MAX];
    finding_list found = {.items = items, .room = IDENTITY_FINDINGS_MAX};
    cihsm_error why = {0};
    if (report_on_key(of, &found, &why) != CIHSM_OK) {
        return row_fail(row, &why, "copy the service key again", err);
    }
    drop_repeated(&of->found, &found);
    const X509 *leaf = of->identity->chain == NULL ? NULL : of->identity->chain->leaf;
    const X509 *registered = service_key_leaf(of->identity->service_key);
    if (leaf != NULL && !certificate_same(leaf, registered)) {
        CIHSM_AUTO(text_free) char *ours = NULL;
        CIHSM_AUTO(text_free) char *theirs = NULL;
        CIHSM_TRY(certificate_serial(leaf, &ours, err));
        CIHSM_TRY(certificate_serial(registered, &theirs, err));
        row_set(row, DOCTOR_FAIL,
                "give the chain of that certificate, or make a service key for this one",
                "the leaf of the chain (serial %.80s) is not the certificate of the service key "
                "(serial %.80s)",
                ours, theirs);
        return CIHSM_OK;
    }
    row_judge(row, &found,
              leaf == NULL ? "its fields and URLs are plausible"
                           : "its certificate is the leaf that is sent; fields and URLs are "
                             "plausible");
    return CIHSM_OK;
}
