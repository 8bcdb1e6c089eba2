/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm csr: certificate signing requests.
 */
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"

enum { SAN_MAX = 64 };

static const cli_option CREATE_OPTIONS[] = {
    {"subject", "DN", "\"CN=client,O=Example,C=DE\" or \"/C=DE/O=Example/CN=client\"", 0},
    {"san", "NAME", "DNS:name, IP:address, email:address or URI:uri; may be repeated", 0},
    {"eku", "NAMES", "extended key usage (clientAuth); \"\" for none", 0},
    {"key-usage", "NAMES", "key usage (digitalSignature); \"\" for none", 0},
    {"digest", "NAME", "sha256 (default), sha384 or sha512", 0},
    {"pss", NULL, "sign with RSASSA-PSS instead of PKCS#1 v1.5", 0},
    {"der", NULL, "write DER instead of PEM", 0},
    {"out", "FILE", "write the CSR there instead of stdout", 0},
    {0},
};

static cihsm_status read_digest(const cli_env *env, cihsm_digest *out, cihsm_error *err)
{
    static const char *const NAMES[] = {
        [CIHSM_SHA256] = "sha256", [CIHSM_SHA384] = "sha384", [CIHSM_SHA512] = "sha512"};
    const char *name = cli_has(env, "digest") ? cli_value(env, "digest") : "sha256";
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(NAMES[i], name) == 0) {
            *out = (cihsm_digest)i;
            return CIHSM_OK;
        }
    }
    return cli_fail(err, CIHSM_E_USAGE, "--digest is sha256, sha384 or sha512, not \"%.40s\"",
                    name);
}

static cihsm_status read_spec(const cli_env *env, cihsm_csr_spec *spec, const char *san[SAN_MAX],
                              cihsm_error *err)
{
    *spec = (cihsm_csr_spec){
        .subject = cli_value(env, "subject"),
        .san = san,
        .san_count = cli_times(env, "san"),
        .eku = cli_value(env, "eku"),
        .key_usage = cli_value(env, "key-usage"),
        .pss = cli_has(env, "pss"),
        .der = cli_has(env, "der"),
    };
    if (spec->subject == NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "a CSR needs a subject: use --subject \"CN=client,O=Example,C=DE\"");
    }
    if (spec->san_count > SAN_MAX) {
        return cli_fail(err, CIHSM_E_USAGE, "at most %d --san can be given", SAN_MAX);
    }
    for (size_t i = 0; i < spec->san_count; i++) {
        san[i] = cli_value_at(env, "san", i);
    }
    CLI_TRY(read_digest(env, &spec->digest, err));
    return cihsm_csr_spec_check(spec, err);
}

/* What was read back from the signed CSR, for the person to look at. */
static void show(const cihsm_value *summary, const char *path)
{
    const char *subject = cihsm_value_get_string(summary, "subject");
    const char *key = cihsm_value_get_string(summary, "publicKey");
    const char *signature = cihsm_value_get_string(summary, "signatureAlgorithm");
    cli_note("CSR for %s, %s, signed with %s, signature verified%s%s", subject, key, signature,
             path == NULL ? "" : ", written to ", path == NULL ? "" : path);
    cli_note("next: have it signed by a CA that the load balancer accepts (SAP Note 2801396)");
}

static cihsm_status run_create(cli_env *env, cihsm_error *err)
{
    cihsm_csr_spec spec;
    const char *san[SAN_MAX];
    const char *path = cli_value(env, "out");
    CLI_TRY(read_spec(env, &spec, san, err));
    if (spec.der && path == NULL && isatty(STDOUT_FILENO)) {
        return cli_fail(err, CIHSM_E_USAGE, "DER is no text for a terminal: use --out FILE");
    }
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = NULL;
    CLI_TRY(cihsm_csr_create(token, cli_key_uri(env), &spec, &csr, err));

    size_t len = 0;
    const char *bytes = cihsm_csr_bytes(csr, &len);
    if (path == NULL) {
        CLI_TRY(cli_print_bytes(bytes, len, err));
    } else {
        CLI_TRY(cihsm_file_write(path, 0644, bytes, len, err));
    }
    CLI_TRY(cli_flush_stdout(err));
    show(cihsm_csr_summary(csr), path);
    return CIHSM_OK;
}

const cli_command CMD_CSR_CREATE = {
    .name = "csr create",
    .summary = "make a certificate signing request for a key on the token",
    .arguments = "",
    .example = "cihsm csr create --key \"pkcs11:object=cpi-client\" --subject "
               "\"CN=cpi-client,O=Example,C=DE\" --out client.csr",
    .options = CREATE_OPTIONS,
    .run = run_create,
};
