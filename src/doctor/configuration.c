/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "cihsm/scope.h"
#include "doctor/layers.h"
#include "doctor/row.h"
#include "http/trust.h"

static cihsm_status check_roots(const char *path, cihsm_error *err)
{
    CIHSM_AUTO(bundle_free) identity_bundle roots = {.certificates = NULL};
    return path == NULL ? CIHSM_OK : bundle_read_file(path, "list of roots", &roots, err);
}

/* The first of the files and settings that cannot be used. */
static cihsm_status check_files(examination *of, cihsm_error *err)
{
    const cihsm_client_config *config = of->config;
    credentials *identity = of->identity;
    if (config->service_key == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "no service key is given");
    }
    CIHSM_TRY(cihsm_service_key_read(config->service_key, &identity->service_key, err));
    CIHSM_TRY(credentials_choose_auth(identity, config->auth, err));
    CIHSM_TRY(credentials_set_root(identity, config->service_key, err));
    identity->peer = identity->origin + strlen("https://");
    if (config->ca != NULL) {
        CIHSM_TRY(http_trust_check_file(config->ca, err));
    }
    CIHSM_TRY(check_roots(of->options->lb_roots, err));
    if (!examination_has_certificate(of) || config->chain == NULL) {
        return CIHSM_OK;
    }
    return bundle_read_file(config->chain, "chain", &of->pool, err);
}

static cihsm_status check_token(const examination *of, cihsm_error *err)
{
    bool matches = false;
    if (!examination_uses_token(of)) {
        return CIHSM_OK;
    }
    if (of->config->token.module == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the service key is an External Certificate key, and no PKCS#11 "
                                "module is given");
    }
    CIHSM_TRY(cihsm_token_uri_matches(of->config->token.uri, "", "", &matches, err));
    return cihsm_token_uri_matches(of->config->key, "", "", &matches, err);
}

static const char *action_of(const cihsm_client_config *config)
{
    if (config->service_key == NULL) {
        return "use --service-key FILE or a profile";
    }
    return "correct the option or the profile, or copy the file again";
}

cihsm_status look_at_configuration(examination *of, doctor_row *row, cihsm_error *err)
{
    static const char *const WAYS[] = {
        [CIHSM_AUTH_DEFAULT] = "",
        [CIHSM_AUTH_CERTIFICATE] = "certificate",
        [CIHSM_AUTH_OAUTH_CERTIFICATE] = "oauth-certificate",
        [CIHSM_AUTH_OAUTH_SECRET] = "oauth-secret",
    };
    cihsm_error why = {0};
    if (check_files(of, &why) != CIHSM_OK) {
        return row_fail(row, &why, action_of(of->config), err);
    }
    if (check_token(of, &why) != CIHSM_OK) {
        return row_fail(row, &why,
                        of->config->token.module == NULL ? "use --module PATH or a profile"
                                                         : "correct --token or --key, quoted",
                        err);
    }
    row_set(row, DOCTOR_OK, NULL, "service key of type %s for %s, login by %s",
            cihsm_service_key_kind_name(of->identity->service_key), of->identity->origin,
            WAYS[of->identity->auth]);
    return CIHSM_OK;
}
