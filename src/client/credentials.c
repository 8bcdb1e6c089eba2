/* SPDX-License-Identifier: Apache-2.0 */
#include "client/credentials.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/auth.h"
#include "base/error.h"
#include "base/foreign.h"
#include "base/log.h"
#include "base/text.h"
#include "client/signing.h"
#include "http/url.h"
#include "identity/certificate.h"
#include "identity/pem.h"
#include "pkcs11/certificate.h"

void credentials_free(credentials **of)
{
    if (*of == NULL) {
        return;
    }
    tls_identity_free(&(*of)->tls);
    provider_key_free(&(*of)->key);
    identity_chain_free(&(*of)->chain);
    clones_free(&(*of)->clones);
    text_free(&(*of)->root);
    text_free(&(*of)->origin);
    cihsm_service_key_free(&(*of)->service_key);
    free(*of);
    *of = NULL;
}

/* Once: it is not the cause of what fails later. */
static bool tell_cause(void *user, cihsm_error *out)
{
    const credentials *of = user;
    if (of->key == NULL || !provider_key_last_error(of->key, out)) {
        return false;
    }
    provider_key_forget_error(of->key);
    return true;
}

http_cause credentials_cause(credentials *of)
{
    return (http_cause){.tell = tell_cause, .user = of};
}

cihsm_status credentials_set_root(credentials *of, const char *path, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *url = NULL;
    cihsm_error parsing = {0};
    CIHSM_TRY(service_key_root(of->service_key, &of->root, err));
    const cihsm_status status = http_url_normalise(of->root, &url, &parsing);
    CIHSM_TRY_MEMORY(status, err);
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "service key %s: field url: %s", path,
                                parsing.message);
    }
    return http_url_origin(url, &of->origin, err);
}

/* Tells what is wrong or soon will be. A fatal finding ends it. */
static cihsm_status tell_findings(const identity_finding findings[], size_t count,
                                  const cihsm_log *log, cihsm_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (findings[i].level == IDENTITY_FATAL) {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG, "%s: %s", findings[i].sentence,
                                    findings[i].action);
        }
        log_line(log, CIHSM_LOG_WARN, "client", "%s: %s", findings[i].sentence, findings[i].action);
    }
    return CIHSM_OK;
}

static cihsm_status check_chain(const credentials *of, const cihsm_log *log, cihsm_error *err)
{
    identity_finding findings[IDENTITY_FINDINGS_MAX];
    size_t count = IDENTITY_FINDINGS_MAX;
    CIHSM_TRY(identity_chain_check(of->chain, time(NULL), findings, &count, err));
    return tell_findings(findings, count, log, err);
}

static cihsm_status check_file(const credentials *of, const cihsm_log *log, cihsm_error *err)
{
    identity_finding findings[IDENTITY_FINDINGS_MAX];
    size_t count = IDENTITY_FINDINGS_MAX;
    CIHSM_TRY(service_key_check(of->service_key, findings, &count, err));
    return tell_findings(findings, count, log, err);
}

/* The leaf of the chain file must be the certificate that the service key was made for. */
static cihsm_status check_leaf(const credentials *of, const char *chain_path, cihsm_error *err)
{
    const X509 *registered = service_key_leaf(of->service_key);
    if (certificate_same(of->chain->leaf, registered)) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *ours = NULL;
    CIHSM_AUTO(text_free) char *our_serial = NULL;
    CIHSM_AUTO(text_free) char *theirs = NULL;
    CIHSM_AUTO(text_free) char *their_serial = NULL;
    CIHSM_TRY(certificate_subject(of->chain->leaf, &ours, err));
    CIHSM_TRY(certificate_serial(of->chain->leaf, &our_serial, err));
    CIHSM_TRY(certificate_subject(registered, &theirs, err));
    CIHSM_TRY(certificate_serial(registered, &their_serial, err));
    return cihsm_fail_plain(
        err, CIHSM_E_CONFIG,
        "the leaf in %s (%.60s, serial %.40s) is not the certificate of service key %s (%.60s, "
        "serial %.40s): give the chain of that certificate, or a service key made for this one",
        chain_path, ours, our_serial, service_key_path(of->service_key), theirs, their_serial);
}

static cihsm_status chain_from_file(credentials *of, const char *path, cihsm_error *err)
{
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *pool = NULL;
    CIHSM_TRY(pem_read_file(path, "chain", &pool, err));
    CIHSM_TRY(identity_chain_build(pool, NULL, &of->chain, err));
    return check_leaf(of, path, err);
}

static cihsm_status chain_from_token(credentials *of, cihsm_error *err)
{
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *pool = NULL;
    if (of->clones == NULL) {
        pool = sk_X509_new_null();
        if (pool == NULL) {
            return cihsm_fail_memory(err);
        }
    } else {
        CIHSM_TRY(pkcs11_certificates(clones_token(of->clones), &pool, err));
    }
    return identity_chain_build(pool, service_key_leaf(of->service_key), &of->chain, err);
}

static cihsm_signer take_signer(cihsm_signer *from)
{
    const cihsm_signer taken = *from;
    *from = (cihsm_signer){0};
    return taken;
}

static cihsm_status open_external_key(credentials *of, const cihsm_client_config *config,
                                      cihsm_signer *own, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *serial = NULL;
    CIHSM_TRY(certificate_serial(of->chain->leaf, &serial, err));
    signing_record record = {.key_uri = "caller's signer",
                             .serial = serial,
                             .purpose = of->peer,
                             .host = &of->peer,
                             .log = config->log};
    EVP_PKEY *public_key = X509_get0_pubkey(of->chain->leaf);
    cihsm_signer signer = {0};
    if (own->sign != NULL) {
        CIHSM_TRY(signing_wrap(take_signer(own), &record, &signer, err));
    } else {
        CIHSM_TRY(clones_signer(of->clones, public_key, &record, &signer, err));
    }
    CIHSM_TRY(provider_key_new(signer, public_key, &of->key, err));
    return tls_identity_new(of->chain->leaf, of->chain->intermediates, provider_key_pkey(of->key),
                            &of->tls, err);
}

/* External Certificate: files are read and compared before the token is touched. */
static cihsm_status open_external(credentials *of, const cihsm_client_config *config,
                                  cihsm_signer *own, cihsm_error *err)
{
    if (config->chain != NULL) {
        CIHSM_TRY(chain_from_file(of, config->chain, err));
        CIHSM_TRY(check_chain(of, config->log, err));
    }
    if (own->sign == NULL) {
        if (config->token.module == NULL) {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                    "service key %s is an External Certificate key: give the "
                                    "PKCS#11 module that holds its private key (--module)",
                                    config->service_key);
        }
        CIHSM_TRY(clones_open(config, &of->clones, err));
    }
    if (config->chain == NULL) {
        CIHSM_TRY(chain_from_token(of, err));
        CIHSM_TRY(check_chain(of, config->log, err));
    }
    return open_external_key(of, config, own, err);
}

/* Certificate: SAP made the key, it stands in the service key. */
static cihsm_status open_software(credentials *of, const cihsm_client_config *config,
                                  cihsm_error *err)
{
    log_line(config->log, CIHSM_LOG_WARN, "client",
             "the private key of service key %s stands in that file, not on a token",
             config->service_key);
    CIHSM_TRY(identity_chain_build(service_key_chain(of->service_key),
                                   service_key_leaf(of->service_key), &of->chain, err));
    CIHSM_TRY(check_chain(of, config->log, err));
    return tls_identity_new(of->chain->leaf, of->chain->intermediates,
                            service_key_private(of->service_key), &of->tls, err);
}

static cihsm_status open_by_type(credentials *of, const cihsm_client_config *config,
                                 cihsm_signer *own, cihsm_error *err)
{
    switch (cihsm_service_key_kind(of->service_key)) {
    case CIHSM_SERVICE_KEY_EXTERNAL:
        return open_external(of, config, own, err);
    case CIHSM_SERVICE_KEY_CERTIFICATE:
        return open_software(of, config, err);
    case CIHSM_SERVICE_KEY_SECRET:
        break; /* all is in the file */
    }
    return CIHSM_OK;
}

/* What a type of service key can log in with; the first is the default. Source:
 * docs/sap-contract.md sections 1.1, 2.3 and 3. */
static const struct login_ways {
    cihsm_auth ways[2];
    const char *names;
} LOGIN_WAYS[] = {
    [CIHSM_SERVICE_KEY_EXTERNAL] = {{CIHSM_AUTH_CERTIFICATE, CIHSM_AUTH_OAUTH_CERTIFICATE},
                                    "certificate or oauth-certificate"},
    [CIHSM_SERVICE_KEY_CERTIFICATE] = {{CIHSM_AUTH_CERTIFICATE, CIHSM_AUTH_OAUTH_CERTIFICATE},
                                       "certificate or oauth-certificate"},
    [CIHSM_SERVICE_KEY_SECRET] = {{CIHSM_AUTH_OAUTH_SECRET, CIHSM_AUTH_OAUTH_SECRET},
                                  "oauth-secret"},
};

cihsm_status credentials_choose_auth(credentials *of, cihsm_auth wanted, cihsm_error *err)
{
    const cihsm_service_key *key = of->service_key;
    const struct login_ways *known = &LOGIN_WAYS[cihsm_service_key_kind(key)];
    if (wanted != CIHSM_AUTH_DEFAULT && wanted != known->ways[0] && wanted != known->ways[1]) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "service key %s is of the type %s, which logs in with --auth %s "
                                "only: use that, or another service key",
                                service_key_path(key), cihsm_service_key_kind_name(key),
                                known->names);
    }
    of->auth = wanted == CIHSM_AUTH_DEFAULT ? known->ways[0] : wanted;
    if (of->auth == CIHSM_AUTH_CERTIFICATE) {
        return CIHSM_OK;
    }
    return auth_check_key(key, of->auth == CIHSM_AUTH_OAUTH_CERTIFICATE, err);
}

cihsm_status credentials_open(const cihsm_client_config *config, cihsm_signer *own,
                              credentials **out, cihsm_error *err)
{
    if (config->service_key == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "no service key is given: use --service-key FILE or a profile");
    }
    CIHSM_AUTO(credentials_free) credentials *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_service_key_read(config->service_key, &made->service_key, err));
    CIHSM_TRY(credentials_choose_auth(made, config->auth, err));
    CIHSM_TRY(credentials_set_root(made, config->service_key, err));
    made->peer = made->origin + strlen("https://");
    CIHSM_TRY(check_file(made, config->log, err));
    CIHSM_TRY(open_by_type(made, config, own, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}
