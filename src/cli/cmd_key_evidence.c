/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm key evidence: what an auditor gets about a key, and the check of it.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"

enum { ATTACH_MAX = 64, INDENT = 2 };

static const cli_option EVIDENCE_OPTIONS[] = {
    {"attach", "FILE", "bind a file by its SHA-256, a vendor's attestation; may be repeated", 0},
    {"out", "FILE", "write the evidence there instead of stdout", 0},
    {"pss", NULL, "sign with RSASSA-PSS instead of PKCS#1 v1.5", 0},
    {"verify", "FILE", "check that evidence; needs no token", 0},
    {0},
};

static cihsm_status read_attached(const cli_env *env, const char *out[ATTACH_MAX], size_t *count,
                                  cihsm_error *err)
{
    *count = cli_times(env, "attach");
    if (*count > ATTACH_MAX) {
        return cli_fail(err, CIHSM_E_USAGE, "at most %d files can be attached", ATTACH_MAX);
    }
    for (size_t i = 0; i < *count; i++) {
        out[i] = cli_value_at(env, "attach", i);
    }
    return CIHSM_OK;
}

static cihsm_status write_evidence(const cli_env *env, const cihsm_value *evidence,
                                   cihsm_error *err)
{
    const char *path = cli_value(env, "out");
    if (path == NULL) {
        CLI_TRY(cihsm_value_write(evidence, INDENT, cli_write_stdout, NULL, err));
        CLI_TRY(cli_print_bytes("\n", 1, err));
        CLI_TRY(cli_flush_stdout(err));
    } else {
        CLI_TRY(cihsm_value_save(evidence, path, 0644, err));
    }
    const cihsm_value *key = cihsm_value_get(evidence, "key");
    cli_note("evidence about %s, signed by that key%s%s", cihsm_value_get_string(key, "uri"),
             path == NULL ? "" : ", written to ", path == NULL ? "" : path);
    cli_note("next: the auditor checks it with \"cihsm key evidence --verify FILE\"");
    return CIHSM_OK;
}

static cihsm_status run_make(cli_env *env, const cihsm_evidence_spec *spec, cihsm_error *err)
{
    if (cli_key_at(env, 1) != NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "evidence is about one key, and several are set: choose with --key URI");
    }
    CLI_TRY(cihsm_evidence_spec_check(spec, err));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *evidence = NULL;
    CLI_TRY(cihsm_evidence_make(token, cli_key_uri(env), spec, &evidence, err));
    return write_evidence(env, evidence, err);
}

static cihsm_status run_verify(cli_env *env, const cihsm_evidence_spec *spec, cihsm_error *err)
{
    if (cli_has(env, "out") || spec->pss) {
        return cli_fail(err, CIHSM_E_USAGE, "--verify goes with --attach only");
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CLI_TRY(cihsm_evidence_verify(cli_value(env, "verify"), spec->attach, spec->attach_count,
                                  &found, err));
    CLI_TRY(cli_print_object(env, found, err));
    cli_note("proven is possession of the key; that it cannot leave the token is the token's word");
    return CIHSM_OK;
}

static cihsm_status run_evidence(cli_env *env, cihsm_error *err)
{
    const char *attached[ATTACH_MAX];
    cihsm_evidence_spec spec = {.attach = attached, .pss = cli_has(env, "pss")};
    CLI_TRY(read_attached(env, attached, &spec.attach_count, err));
    return cli_has(env, "verify") ? run_verify(env, &spec, err) : run_make(env, &spec, err);
}

const cli_command CMD_KEY_EVIDENCE = {
    .name = "key evidence",
    .summary = "make signed evidence about a key for an auditor, or check it",
    .arguments = "",
    .example = "cihsm key evidence --key \"pkcs11:object=cpi-client\" --out evidence.json",
    .options = EVIDENCE_OPTIONS,
    .run = run_evidence,
};
